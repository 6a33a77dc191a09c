/* What every test program includes: cmocka with the headers it wants, and a main that runs one test by name. */
#ifndef TARE_TESTS_HARNESS_H
#define TARE_TESTS_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* main for `static const struct CMUnitTest tests[]`: all of them, or the one named on the command line. */
#define TARE_TEST_MAIN(tests)                                                                                          \
    int main(int argc, char **argv)                                                                                    \
    {                                                                                                                  \
        if (argc > 1)                                                                                                  \
            cmocka_set_test_filter(argv[1]);                                                                           \
        return cmocka_run_group_tests_name(argv[0], tests, NULL, NULL);                                                \
    }

#endif
