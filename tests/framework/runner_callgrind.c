/* What callgrind prints, and which case stands in for one that valgrind hides. */
#include "framework/runner/callgrind.h"
#include "tests/harness.h"

#include <stdlib.h>

static void the_total_is_read_from_what_callgrind_prints(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool found;
        double total;
    } cases[] = {
        { "==7== Events    : Ir\n==7== Collected : 1626687\n==7== \n", true, 1626687 },
        { "==7== Collected : 12345678901234 7 8\n", true, 12345678901234.0 },
        { "==7== Collected : \n", false, 0 },
        { "==7== Events    : Ir\n", false, 0 },
        { "", false, 0 },
        { NULL, false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double total = 0;
        assert_int_equal(callgrind_total(&total, cases[i].text), cases[i].found);
        assert_true(total == cases[i].total);
    }
}

static void the_last_other_variant_of_the_same_problem_stands_in(void **state)
{
    (void)state;
    static const char list[] = "core  k/dot/f32/ref/n=8\n"
                               "core  k/dot/f32/avx2/n=8\n"
                               "full  k/dot/f32/avx2_r4/n=8\n"
                               "full  k/dot/f32/avx2/n=16\n"
                               "full  k/dot/f16/avx2/n=8\n"
                               "full  k/dot/f32/avx2/extra/n=8\n"
                               "core  k/nop/ref\n";
    static const struct {
        const char *id, *variant, *wanted;
    } cases[] = {
        { "k/dot/f32/avx512/n=8", "avx512", "k/dot/f32/avx2_r4/n=8" },
        { "k/dot/f32/avx512/n=16", "avx512", "k/dot/f32/avx2/n=16" },
        { "k/dot/f16/avx512/n=8", "avx512", "k/dot/f16/avx2/n=8" },
        { "k/dot/f32/avx512/n=32", "avx512", NULL },
        { "k/nop/avx512", "avx512", "k/nop/ref" },
        { "avx512_bench/nop/avx512", "avx512", NULL },
        { "k/dot/f32/n=8", NULL, NULL },
        { "k/dot/f32/n=8", "avx512", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *got = callgrind_other_variant(list, cases[i].id, cases[i].variant);
        if (cases[i].wanted)
            assert_string_equal(got ? got : "(none)", cases[i].wanted);
        else
            assert_null(got);
        free(got);
    }
}

static void without_a_list_there_is_no_other_variant(void **state)
{
    (void)state;
    assert_null(callgrind_other_variant(NULL, "k/nop/avx512", "avx512"));
    assert_null(callgrind_other_variant("", "k/nop/avx512", "avx512"));
    assert_null(callgrind_other_variant("core\ncore  \n\n  \n", "k/nop/avx512", "avx512"));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_total_is_read_from_what_callgrind_prints),
    cmocka_unit_test(the_last_other_variant_of_the_same_problem_stands_in),
    cmocka_unit_test(without_a_list_there_is_no_other_variant),
};

TARE_TEST_MAIN(tests)
