foreach(part text labels console formats html)
  tare_add_test(report report_${part}.c SOURCES report_sample.c report_xml.c
    LINK tare_report tare_result tare_base PkgConfig::JANSSON DEFINE TARE_PLOTS_DIR="${PROJECT_SOURCE_DIR}/plots")
endforeach()
