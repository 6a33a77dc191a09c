/* The paired estimate, verdicts, looks and many cases: what they say of given numbers. */
#include <string.h>

#include "framework/base/error.h"
#include "framework/stats/compare.h"
#include "tests/framework/stats_check.h"

static const double inf = INFINITY;

static void verdicts_follow_the_interval_and_the_margin(void **state)
{
    /* Margin 0.5%: ln 1.005 = 0.004987541511039, ln 0.995 = -0.005012541823545. */
    static const struct {
        double lo, hi, margin;
        enum tare_verdict expected;
    } table[] = {
        { 0.006, 0.010, 0.005, TARE_REGRESSED },
        { 0.0049876, 0.01, 0.005, TARE_REGRESSED },
        { 0.0049875, 0.01, 0.005, TARE_INCONCLUSIVE },
        { -0.010, -0.006, 0.005, TARE_IMPROVED },
        { -0.01, -0.0050126, 0.005, TARE_IMPROVED },
        { -0.01, -0.0050125, 0.005, TARE_INCONCLUSIVE },
        { -0.005, 0.0049, 0.005, TARE_UNCHANGED },
        { 0.001, 0.002, 0.005, TARE_UNCHANGED }, /* surely not 0, and surely within the margin */
        { -0.006, 0.006, 0.005, TARE_INCONCLUSIVE },
        { -0.0051, 0, 0.005, TARE_INCONCLUSIVE },
        { -INFINITY, INFINITY, 0.005, TARE_INCONCLUSIVE },
        { 0.1, INFINITY, 0.005, TARE_REGRESSED },
        { 0.001, 0.002, 0, TARE_REGRESSED },
        { 0, 0, 0, TARE_UNCHANGED },
        { 0, 0.001, 0, TARE_INCONCLUSIVE },
        { -20, -10, 1, TARE_UNCHANGED }, /* a margin of 100%: nothing is that much faster */
        { -20, -10, 3, TARE_UNCHANGED },
        { 1, 2, 1, TARE_REGRESSED },
        { 0.1, 0.2, -0.01, TARE_INCONCLUSIVE },
        { 0.1, 0.2, NAN, TARE_INCONCLUSIVE },
        { NAN, 0.2, 0.005, TARE_INCONCLUSIVE },
        { 0.1, NAN, 0.005, TARE_INCONCLUSIVE },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        double value = table[i].lo / 2 + table[i].hi / 2;
        struct tare_interval change = { isfinite(value) ? value : 0, table[i].lo, table[i].hi };
        if (tare_decide(change, table[i].margin) != table[i].expected)
            fail_msg("row %zu: %s, expected %s", i, tare_verdict_name(tare_decide(change, table[i].margin)),
                     tare_verdict_name(table[i].expected));
    }
    assert_int_equal(tare_decide((struct tare_interval){ NAN, 0.1, 0.2 }, 0.005), TARE_INCONCLUSIVE);
}

static void verdicts_have_names(void **state)
{
    static const char *const expected[TARE_VERDICTS] = { "", "unchanged", "improved", "regressed", "inconclusive" };
    (void)state;
    for (int v = 0; v < TARE_VERDICTS; v++)
        assert_string_equal(tare_verdict_name((enum tare_verdict)v), expected[v]);
    assert_string_equal(tare_verdict_name(TARE_VERDICTS), "");
}

static void paired_estimate_is_the_median_of_blocks_with_its_cross_check(void **state)
{
    double x[] = { 0.3, -0.1, 0.2, 0.25, 0.1, 0.15, 9.0, 0.05, 0.2, 0.12 };
    struct tare_paired got = tare_paired_estimate(x, 10, 0.95);
    (void)state;
    assert_int_equal(got.blocks, 10);
    assert_near(got.median.value, 0.175, 1e-15, 0);
    assert_near(got.median.lo, 0.05, 0, 0); /* ranks 2 and 9 of 10: see stats_interval.c */
    assert_near(got.median.hi, 0.3, 0, 0);
    /* R 4.2.2, the formula in stats_interval.c with 20% trimming */
    assert_near(got.trimmed.value, 0.17, 1e-14, 0);
    assert_near(got.trimmed.lo, 0.077840667691582183, 1e-12, 0);
    assert_near(got.trimmed.hi, 0.262159332308417814, 1e-12, 0);
    assert_false(got.disagree);
}

static void estimates_that_do_not_meet_disagree(void **state)
{
    /* A machine in two states, the change in one of them only: 60% of the blocks at 0, 40% at +6.6%. */
    double x[200];
    (void)state;
    for (size_t i = 0; i < 200; i++)
        x[i] = (i < 120 ? 0 : 0.066) + 1e-5 * (double)(i % 7);
    struct tare_paired got = tare_paired_estimate(x, 200, 0.95);
    assert_true(got.disagree);
    assert_true(got.median.hi < got.trimmed.lo);
    for (size_t i = 0; i < 200; i++)
        x[i] = -x[i];
    got = tare_paired_estimate(x, 200, 0.95);
    assert_true(got.disagree);
    assert_true(got.trimmed.hi < got.median.lo);
}

static void blocks_that_tell_nothing_bound_nothing(void **state)
{
    double hole[] = { 0.1, NAN, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1 }, one[] = { 0.25 };
    (void)state;
    struct tare_paired got = tare_paired_estimate(hole, 9, 0.95);
    assert_unbounded(got.median, NAN);
    assert_unbounded(got.trimmed, NAN);
    assert_false(got.disagree);
    assert_int_equal(tare_decide(got.median, 0.005), TARE_INCONCLUSIVE);
    got = tare_paired_estimate(NULL, 0, 0.95);
    assert_unbounded(got.median, NAN);
    assert_unbounded(got.trimmed, NAN);
    got = tare_paired_estimate(one, 1, 0.95);
    assert_unbounded(got.median, 0.25);
    assert_unbounded(got.trimmed, 0.25);
}

static void change_p_is_the_sign_test_beyond_the_margin(void **state)
{
    /* R 4.2.2: binom.test(above, n)$p.value where `above` are on the majority's side: (12, 15), (20, 40), (50, 80),
     * (7, 7); values within the margin, and at it, are on the other side. */
    static const struct {
        size_t above, within, below;
        double p;
    } table[] = {
        { 12, 3, 0, 0.035156250000000014 },
        { 12, 0, 3, 0.035156250000000014 },
        { 3, 0, 12, 0.035156250000000014 },
        { 0, 3, 12, 0.035156250000000014 },
        { 20, 10, 10, 1 },
        { 50, 15, 15, 0.032992618426476106 },
        { 7, 0, 0, 0.015625000000000007 },
        { 0, 9, 0, 1 },
        { 0, 0, 0, 1 },
    };
    const double margin = 0.02, up = log1p(0.02);
    double x[80];
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        size_t n = 0;
        for (size_t k = 0; k < table[i].below; k++)
            x[n++] = -0.03;
        for (size_t k = 0; k < table[i].within; k++)
            x[n++] = k % 2 ? up : 0;
        for (size_t k = 0; k < table[i].above; k++)
            x[n++] = 0.03;
        tare_sort(x, n);
        assert_near(tare_change_p(x, n, margin), table[i].p, 1e-12, i);
    }
}

static void change_p_keeps_its_digits_when_it_is_tiny(void **state)
{
    double x[400];
    (void)state;
    for (size_t i = 0; i < 400; i++)
        x[i] = 1;
    assert_near(tare_change_p(x, 400, 0.005), ldexp(1, -399), 1e-12, 0); /* 2 * 2^-400 */
}

static void looks_share_out_alpha_and_no_more(void **state)
{
    static const double at[] = { 0.1, 0.25, 0.25, 0.2, 0.6, 1, 1, 1.5 }; /* a standstill, a step back, past the end */
    static const double share[] = { 0.01, 0.0525, 0, 0, 0.2975, 0.64, 0, 0 }; /* of the squares */
    struct tare_looks looks = tare_looks_start(0.99);
    double spent = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(at); i++) {
        double confidence = tare_looks_next(&looks, at[i]);
        assert_near(1 - confidence, 0.01 * share[i], 1e-12, i);
        spent += 1 - confidence;
    }
    assert_near(spent, 0.01, 1e-12, 0);
    looks = tare_looks_start(0.99);
    assert_near(tare_looks_next(&looks, NAN), 1, 0, 0);
    assert_near(tare_looks_next(&looks, 1), 0.99, 1e-15, 0);
}

static void a_look_with_nothing_to_spend_decides_nothing(void **state)
{
    double x[100];
    struct tare_looks looks = tare_looks_start(0.95);
    (void)state;
    for (size_t i = 0; i < 100; i++)
        x[i] = 0.5;
    tare_looks_next(&looks, 0.5);
    struct tare_paired got = tare_paired_estimate(x, 100, tare_looks_next(&looks, 0.5));
    assert_true(got.median.lo == -inf && got.median.hi == inf);
    assert_int_equal(tare_decide(got.median, 0.005), TARE_INCONCLUSIVE);
}

static void false_discovery_rates_are_those_of_r(void **state)
{
    /* R 4.2.2: p.adjust(p, "BH"). The first are the 15 p-values of Benjamini and Hochberg (1995), section 3.2, here in
     * another order. NA in R is NaN here. */
    static const struct {
        double p[15], q[15];
        size_t n;
    } table[] = {
        { { 0.0459, 0.0001, 0.3240, 0.0019, 0.0095, 1, 0.0201, 0.0278, 0.0298, 0.0344, 0.0004, 0.4262, 0.5719, 0.6528,
            0.7590 },
          { 0.0765, 0.0015, 0.486, 0.0095, 0.035625, 1, 0.0603, 0.0638571428571428623, 0.0638571428571428623, 0.0645,
            0.003, 0.5811818181818181328, 0.7148749999999999272, 0.7532307692307692593, 0.8132142857142856673 },
          15 },
        { { 0.04, NAN, 0.01, 0.03, 0.03, NAN, 0.9 }, { 0.05, NAN, 0.05, 0.05, 0.05, NAN, 0.9 }, 7 },
        { { 0.2 }, { 0.2 }, 1 },
        { { NAN }, { NAN }, 1 },
        { { 0 }, { 0 }, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        double q[15], in_place[15];
        size_t n = table[i].n;
        memcpy(in_place, table[i].p, n * sizeof *in_place);
        assert_int_equal(tare_benjamini_hochberg(q, table[i].p, n), 0);
        assert_int_equal(tare_benjamini_hochberg(in_place, in_place, n), 0);
        for (size_t k = 0; k < n; k++) {
            assert_near(q[k], table[i].q[k], 1e-13, i);
            assert_near(in_place[k], table[i].q[k], 1e-13, i);
        }
    }
}

static void more_cases_than_memory_are_refused(void **state)
{
    double p = 0.5, q = 7;
    (void)state;
    assert_int_equal(tare_benjamini_hochberg(&q, &p, SIZE_MAX), TARE_ENOMEM);
    assert_near(q, 7, 0, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(verdicts_follow_the_interval_and_the_margin),
    cmocka_unit_test(verdicts_have_names),
    cmocka_unit_test(paired_estimate_is_the_median_of_blocks_with_its_cross_check),
    cmocka_unit_test(estimates_that_do_not_meet_disagree),
    cmocka_unit_test(blocks_that_tell_nothing_bound_nothing),
    cmocka_unit_test(change_p_is_the_sign_test_beyond_the_margin),
    cmocka_unit_test(change_p_keeps_its_digits_when_it_is_tiny),
    cmocka_unit_test(looks_share_out_alpha_and_no_more),
    cmocka_unit_test(a_look_with_nothing_to_spend_decides_nothing),
    cmocka_unit_test(false_discovery_rates_are_those_of_r),
    cmocka_unit_test(more_cases_than_memory_are_refused),
};

TARE_TEST_MAIN(tests)
