tare_add_test(framework suite_worker.c LINK tare_suite_layer)
