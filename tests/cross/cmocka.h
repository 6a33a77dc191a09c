/* As much of cmocka as the tests of kernels use, for machines whose cmocka is not at hand: a failure ends the program.
 */
#ifndef TESTS_CROSS_CMOCKA_H
#define TESTS_CROSS_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*test)(void **state);
};

#define cmocka_unit_test(f)                                                                                            \
    {                                                                                                                  \
#f, f                                                                                                          \
    }

static const char *cmocka_filter;

static inline void cmocka_set_test_filter(const char *name)
{
    cmocka_filter = name;
}

static inline int cmocka_run_group(const struct CMUnitTest *tests, size_t n)
{
    int ran = 0;
    for (size_t i = 0; i < n; i++) {
        void *state = NULL;
        if (cmocka_filter && strcmp(cmocka_filter, tests[i].name) != 0)
            continue;
        printf("[ RUN      ] %s\n", tests[i].name);
        fflush(stdout);
        tests[i].test(&state);
        ran++;
    }
    printf("%d test(s) run\n", ran);
    return ran == 0;
}

#define cmocka_run_group_tests_name(name, tests, setup, teardown)                                                      \
    ((void)(name), cmocka_run_group(tests, sizeof(tests) / sizeof *(tests)))

#define fail_msg(...) (printf("%s:%d: ", __FILE__, __LINE__), printf(__VA_ARGS__), putchar('\n'), exit(1))
#define assert_true(c)                                                                                                 \
    do {                                                                                                               \
        if (!(c))                                                                                                      \
            fail_msg("not so: %s", #c);                                                                                \
    } while (0)
#define assert_false(c)                  assert_true(!(c))
#define assert_null(p)                   assert_true((p) == NULL)
#define assert_non_null(p)               assert_true((p) != NULL)
#define assert_int_equal(a, b)           assert_true((long long)(a) == (long long)(b))
#define assert_int_not_equal(a, b)       assert_true((long long)(a) != (long long)(b))
#define assert_ptr_equal(a, b)           assert_true((const void *)(a) == (const void *)(b))
#define assert_ptr_not_equal(a, b)       assert_true((const void *)(a) != (const void *)(b))
#define assert_in_range(a, low, high)    assert_true((a) >= (low) && (a) <= (high))
#define assert_string_equal(a, b)        assert_true(strcmp(a, b) == 0)
#define assert_string_not_equal(a, b)    assert_true(strcmp(a, b) != 0)
#define assert_memory_equal(a, b, n)     assert_true(memcmp(a, b, n) == 0)
#define assert_memory_not_equal(a, b, n) assert_true(memcmp(a, b, n) != 0)
#define skip()                           return

#endif
