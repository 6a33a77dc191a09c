tare_add_test(framework measure_lab.c LINK tare_measure)
tare_add_test(framework measure_visit.c LINK tare_measure)
tare_add_test(framework measure_answer.c LINK tare_measure)
