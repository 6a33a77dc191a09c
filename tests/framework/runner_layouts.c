/* What layout does is told from what work does: the decision itself, and before a simulated machine. */
#include "tests/harness.h"

#include <math.h>

#include "framework/runner/arms.h"
#include "tests/framework/runner_machine.h"

/* Percent, with half a width. */
static struct tare_interval percent(double value, double half)
{
    return (struct tare_interval){ log1p(value / 100), log1p((value - half) / 100), log1p((value + half) / 100) };
}

static const struct judge_rules rules = { .margin = 0.005, .confidence = 0.99, .rounds = 8, .precision = 0.005 };

static void a_change_must_be_larger_than_the_spread_of_the_layouts(void **state)
{
    (void)state;
    static const struct {
        double change, half;
        double layouts[4];
        bool settled; /* what judge_look said */
        enum tare_verdict verdict;
        bool layout, ends; /* layout-dependent; nothing to gain from going on */
    } cases[] = {
        { 5, 0.1, { 5, 5, 5, 5 }, true, TARE_REGRESSED, false, true },
        { 5, 0.1, { 5, 5, 5, 5 }, false, TARE_REGRESSED, false, false },
        { -5, 0.1, { -5, -5, -4, -5 }, true, TARE_IMPROVED, false, true },
        { 5, 0.1, { 0, 0, 5, 5 }, true, TARE_INCONCLUSIVE, true, false }, /* as large as the spread: on the edge */
        { 5, 0.1, { 0, -1, 9, 5 }, true, TARE_INCONCLUSIVE, true, true }, /* clearly less */
        { 5, 0.1, { 0, -1, 9, 5 }, false, TARE_INCONCLUSIVE, true, false },
        { -5, 0.1, { 1, 0, 0, 0 }, true, TARE_INCONCLUSIVE, true, true },
        { 5, 0.1, { 3, 3, 3, 3 }, true, TARE_REGRESSED, false, true },  /* more than half of it is work */
        { 5, 3, { 5, 5, 5, 5 }, true, TARE_INCONCLUSIVE, true, false }, /* layouts that are not known closely */
        { 0, 0.1, { 0, 4, 0, 0 }, true, TARE_UNCHANGED, false, true },  /* as built nothing changed */
        { 0.4, 0.3, { 0, 4, 0, 0 }, false, TARE_INCONCLUSIVE, false, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tare_change c = { .ratio = percent(cases[i].change, cases[i].half) };
        struct tare_interval layouts[4];
        for (size_t k = 0; k < 4; k++)
            layouts[k] = percent(cases[i].layouts[k], cases[i].half);
        c.verdict = tare_decide(c.ratio, rules.margin);
        bool ends = judge_layouts(&c, layouts, 4, cases[i].settled);
        if (c.verdict != cases[i].verdict || c.layout_dependent != cases[i].layout || ends != cases[i].ends)
            fail_msg("case %zu: %s, layout %d, ends %d", i, tare_verdict_name(c.verdict), c.layout_dependent, ends);
        assert_int_equal(c.n_layouts, 4);
        assert_int_equal(c.layouts[3].shift, 64);
        assert_true(c.smallest_visible >= expm1(tare_layout_spread(&c).width.hi));
    }
}

static void without_blocks_layouts_admit_everything(void **state)
{
    (void)state;
    struct tare_change c = { .ratio = percent(5, 0.1), .verdict = TARE_REGRESSED };
    const struct tare_interval unknown = { NAN, -INFINITY, INFINITY };
    assert_false(judge_layouts(&c, &unknown, 1, true));
    assert_int_equal(c.verdict, TARE_INCONCLUSIVE);
    assert_true(c.layout_dependent);
}

static void the_spread_reaches_over_the_build_as_it_is(void **state)
{
    (void)state;
    struct tare_change c = { .ratio = { 0.05, 0.04, 0.06 }, .n_layouts = 2 };
    c.layouts[0] = (struct tare_layout){ 16, { 0.01, 0, 0.02 } };
    c.layouts[1] = (struct tare_layout){ 32, { 0.03, 0.02, 0.04 } };
    struct tare_spread s = tare_layout_spread(&c);
    assert_true(s.least == 0.01 && s.most == 0.05);
    assert_true(fabs(s.width.value - 0.04) < 1e-15); /* 0.05 - 0.01 */
    assert_true(fabs(s.width.lo - 0.02) < 1e-15);    /* 0.04 - 0.02 */
    assert_true(fabs(s.width.hi - 0.06) < 1e-15);    /* 0.06 - 0 */
    c.layouts[0].ratio = c.layouts[1].ratio = c.ratio;
    assert_true(tare_layout_spread(&c).width.value == 0 && tare_layout_spread(&c).width.lo == 0);
    c.n_layouts = 0;
    s = tare_layout_spread(&c);
    assert_true(s.least == 0 && s.most == 0 && s.width.hi == 0);
}

/* To its end, as the conductor does it. */
static struct tare_change measure(const double *slower, size_t n_arms, uint64_t seed, size_t *rounds)
{
    struct evidence e = { 0 };
    struct tare_result r = { .iters = 1 };
    struct arm_change builds[TARE_MAX_ARMS];
    struct tare_interval ratios[TARE_MAX_ARMS];
    struct tare_rng rng;
    tare_rng_seed(&rng, seed);
    size_t round = 0;
    for (bool ends = false; round < rules.rounds && !ends; round++) {
        struct tare_visit v;
        simulate(&v, &rng, slower, n_arms);
        assert_int_equal(evidence_add(&e, &r, &v, n_arms, round), 0);
        tare_visit_free(&v);
        ends = judge_look(&e, &r, round, &rules);
        judge_arms(builds, n_arms, &e, &r, round, &rules);
        for (size_t a = 3; a < n_arms; a++)
            ratios[a - 3] = builds[a].ratio;
        ends = judge_layouts(&r.change, ratios, n_arms - 3, ends);
    }
    struct tare_change c = r.change;
    evidence_free(&e);
    tare_result_free(&r);
    *rounds = round;
    return c;
}

static void a_planted_layout_effect_is_told_from_planted_work(void **state)
{
    (void)state;
    enum { TRIALS = 20 };
    static const struct {
        double slower[8]; /* the old build twice, the new one, its layouts */
        enum tare_verdict verdict;
        bool layout;
    } cases[] = {
        { { 0, 0, 0.06, 0.06, 0.06, 0.06, 0.06, 0.06 }, TARE_REGRESSED, false }, /* work */
        { { 0, 0, 0.06, 0, 0, 0.06, 0, 0 }, TARE_INCONCLUSIVE, true },           /* a place that is slow */
        { { 0, 0, 0.03, 0, -0.02, 0.05, 0, 0.01 }, TARE_INCONCLUSIVE, true },    /* every place is another */
        { { 0, 0, -0.06, 0, 0, 0, 0, 0.01 }, TARE_INCONCLUSIVE, true },          /* a lucky place */
        { { 0, 0, -0.06, -0.06, -0.05, -0.06, -0.05, -0.06 }, TARE_IMPROVED, false },
        { { 0, 0, 0, 0, 0, 0, 0, 0 }, TARE_UNCHANGED, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t k = 0; k < TRIALS; k++) {
            size_t rounds;
            struct tare_change c = measure(cases[i].slower, 8, 100 * i + k, &rounds);
            if (c.verdict != cases[i].verdict || c.layout_dependent != cases[i].layout)
                fail_msg("case %zu, trial %zu: %s, layout %d", i, k, tare_verdict_name(c.verdict), c.layout_dependent);
            if (!cases[i].layout)
                assert_true(rounds < rules.rounds); /* what is settled ends early */
        }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_change_must_be_larger_than_the_spread_of_the_layouts),
    cmocka_unit_test(without_blocks_layouts_admit_everything),
    cmocka_unit_test(the_spread_reaches_over_the_build_as_it_is),
    cmocka_unit_test(a_planted_layout_effect_is_told_from_planted_work),
};

TARE_TEST_MAIN(tests)
