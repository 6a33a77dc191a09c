tare_add_test(result result_summary.c LINK tare_result)
tare_add_test(result result_json.c SOURCES result_sample.c LINK tare_result)
tare_add_test(result result_contest.c LINK tare_result)
tare_add_test(result result_trust.c LINK tare_result PkgConfig::JANSSON)
