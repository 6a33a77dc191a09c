/* Variants side by side: the best of many, and many cases together. */
#include <math.h>

#include "framework/base/rng.h"
#include "framework/result/contest.h"
#include "tests/harness.h"

static struct tare_rival rival(double value, double half, enum tare_verdict verdict)
{
    return (struct tare_rival){ .measured = true, .ratio = { value, value - half, value + half }, .verdict = verdict };
}

static void the_best_of_the_others_is_the_one_that_leaves_the_first_the_least(void **state)
{
    (void)state;
    const struct tare_rival rivals[] = {
        rival(0.5, 0.01, TARE_REGRESSED),
        { .measured = false },
        rival(0.2, 0.3, TARE_INCONCLUSIVE),
        rival(0.1, 0.05, TARE_REGRESSED),
    };
    struct tare_rival best = tare_rivals_best(rivals, 4);
    assert_true(best.measured);
    assert_true(best.ratio.value == 0.1 && best.ratio.lo == 0.2 - 0.3 && best.ratio.hi == 0.1 + 0.05);
    assert_string_equal(tare_rival_word(&best), "open");
    best = tare_rivals_best(&rivals[1], 1);
    assert_false(best.measured);
    assert_string_equal(tare_rival_word(&best), "");
}

static void the_first_is_as_fast_as_the_best_only_where_none_is_faster(void **state)
{
    (void)state;
    static const struct {
        enum tare_verdict of[2];
        const char *word;
    } cases[] = {
        { { TARE_REGRESSED, TARE_REGRESSED }, "faster" },  { { TARE_REGRESSED, TARE_UNCHANGED }, "even" },
        { { TARE_UNCHANGED, TARE_INCONCLUSIVE }, "open" }, { { TARE_IMPROVED, TARE_INCONCLUSIVE }, "slower" },
        { { TARE_REGRESSED, TARE_IMPROVED }, "slower" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct tare_rival rivals[2] = { rival(0, 1, cases[i].of[0]), rival(0, 1, cases[i].of[1]) };
        struct tare_rival best = tare_rivals_best(rivals, 2);
        assert_string_equal(tare_rival_word(&best), cases[i].word);
    }
}

enum { CASES = 20 };

/* Cases whose errors are independent, each interval at 99%: the mean's must hold the truth as often. */
static void the_mean_over_cases_has_an_interval_that_holds(void **state)
{
    (void)state;
    struct tare_rng rng;
    tare_rng_seed(&rng, 7);
    struct tare_rival rivals[CASES];
    struct tare_contest_case cases[CASES] = { 0 };
    const struct tare_contest c = { .n_rivals = 1, .cases = cases, .n_cases = CASES };
    size_t held = 0, trials = 2000;
    for (size_t t = 0; t < trials; t++) {
        double truth = 0;
        for (size_t i = 0; i < CASES; i++) {
            double real = 0.1 * (double)i, sd = 0.01 * (double)(1 + i % 3);
            rivals[i] = rival(real + sd * tare_rng_normal(&rng), 2.575829 * sd, TARE_REGRESSED);
            cases[i].rivals = &rivals[i];
            truth += real / CASES;
        }
        struct tare_contest_sum s = tare_contest_sum(&c, 0, CASES, 0);
        assert_int_equal(s.cases, CASES);
        assert_int_equal(s.won, CASES);
        held += s.mean.lo <= truth && truth <= s.mean.hi;
    }
    assert_in_range(held, 1968, 1992); /* 1980, and three deviations to either side */
}

static void a_case_without_bounds_leaves_the_mean_without(void **state)
{
    (void)state;
    struct tare_rival rivals[] = { rival(0.1, 0.01, TARE_REGRESSED),
                                   rival(0.3, INFINITY, TARE_INCONCLUSIVE),
                                   { .measured = false } };
    struct tare_contest_case cases[] = { { .rivals = &rivals[0] }, { .rivals = &rivals[1] }, { .rivals = &rivals[2] } };
    const struct tare_contest c = { .n_rivals = 1, .cases = cases, .n_cases = 3 };
    struct tare_contest_sum s = tare_contest_sum(&c, 0, 3, 0);
    assert_true(s.cases == 2 && s.won == 1 && s.open == 1 && s.even == 0 && s.lost == 0);
    assert_true(fabs(s.mean.value - 0.2) < 1e-15 && isinf(s.mean.lo) && isinf(s.mean.hi));
    assert_true(isnan(tare_contest_sum(&c, 2, 3, 0).mean.value));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_best_of_the_others_is_the_one_that_leaves_the_first_the_least),
    cmocka_unit_test(the_first_is_as_fast_as_the_best_only_where_none_is_faster),
    cmocka_unit_test(the_mean_over_cases_has_an_interval_that_holds),
    cmocka_unit_test(a_case_without_bounds_leaves_the_mean_without),
};

TARE_TEST_MAIN(tests)
