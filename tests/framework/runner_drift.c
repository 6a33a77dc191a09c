/* Stored samples, judged with and without a history of the machine. */
#include "tests/harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "framework/base/mem.h"
#include "framework/base/rng.h"
#include "framework/runner/judge.h"

static const struct judge_rules rules = { .margin = 0.005, .confidence = 0.99, .rounds = 8, .precision = 0.005 };

enum { SAMPLES = 200 };

static void take_samples(struct tare_result *r, struct tare_rng *rng, const char *id, double ns)
{
    r->id = tare_strdup(id);
    r->samples.n = SAMPLES;
    r->samples.ns = calloc(SAMPLES, sizeof(double));
    r->samples.cause = calloc(SAMPLES, 1);
    r->samples.round = calloc(SAMPLES, 1);
    for (size_t i = 0; i < SAMPLES; i++)
        r->samples.ns[i] = ns * (1 + 0.002 * tare_rng_normal(rng));
    assert_int_equal(tare_result_summarise(r, 0.99), 0);
}

/* `runs` runs of a build on a machine whose runs drift by sd. */
static void remember(struct tare_history *h, struct tare_rng *rng, const char *id, const char *build, size_t runs,
                     double sd)
{
    for (size_t i = 0; i < runs; i++)
        assert_int_equal(tare_history_add(h, id, build, 1000 * exp(sd * tare_rng_normal(rng))), 0);
}

/* One case that took 1000 ns and takes (1 + change) times that. The caller frees the run. */
static struct tare_change judge(double change, struct tare_history *history, struct tare_rng *rng)
{
    struct tare_run run = { 0 };
    struct tare_result old = { 0 };
    struct tare_result *r = tare_run_add(&run);
    assert_non_null(r);
    take_samples(&old, rng, "s/case", 1000);
    take_samples(r, rng, "s/case", 1000 * (1 + change));
    assert_int_equal(judge_stored(r, &old, &rules), 0);
    assert_int_equal(judge_drift(&run, &rules, history), 0);
    struct tare_change c = r->change;
    tare_run_free(&run);
    tare_result_free(&old);
    return c;
}

/* The widths follow from t(0.995; runs - builds) * sqrt(2) * sd, the history's sd being what it is by construction:
 * medians at exp(±sd), as many above as below, have sd * sqrt(n / (n - 1)). t by R 4.2: qt(.995, 19) = 2.860935. */
static void a_history_widens_by_its_own_spread(void **state)
{
    (void)state;
    enum { RUNS = 20 };
    static const double sd[] = { 0.001, 0.01, 0.05 };
    for (size_t k = 0; k < 3; k++) {
        struct tare_history h = { 0 };
        struct tare_rng rng;
        tare_rng_seed(&rng, 1);
        for (size_t i = 0; i < RUNS; i++)
            assert_int_equal(tare_history_add(&h, "s/case", "a", 1000 * exp(i % 2 ? sd[k] : -sd[k])), 0);
        struct tare_change c = judge(0, &h, &rng);
        double drift = sqrt(2.0 * RUNS / (RUNS - 1)) * sd[k], half = (c.ratio.hi - c.ratio.lo) / 2;
        assert_int_equal(c.drift_runs, RUNS);
        assert_true(fabs(c.drift - drift) < 1e-9);
        assert_true(half > 2.860934 * drift && half < hypot(2.860936 * drift, 0.0012));
        tare_history_free(&h);
    }
}

static void verdicts_with_and_without_a_history(void **state)
{
    (void)state;
    static const struct {
        size_t runs; /* of one build, in the history */
        double sd;   /* of them */
        double change;
        enum tare_verdict verdict;
    } table[] = {
        { 0, 0, 0, TARE_INCONCLUSIVE },         { 0, 0, 0.09, TARE_INCONCLUSIVE },
        { 0, 0, -0.08, TARE_INCONCLUSIVE },     { 0, 0, 0.15, TARE_REGRESSED },
        { 0, 0, -0.15, TARE_IMPROVED },         { 2, 0.001, 0.09, TARE_INCONCLUSIVE }, /* two runs are none */
        { 2, 0.2, 0.15, TARE_REGRESSED },                                              /* nor to the contrary */
        { 20, 0.005, 0, TARE_INCONCLUSIVE }, /* the drift is wider than the margin */
        { 20, 0.0005, 0, TARE_UNCHANGED },   /* a very quiet machine */
        { 20, 0.005, 0.09, TARE_REGRESSED },    { 20, 0.005, -0.08, TARE_IMPROVED },
        { 20, 0.005, 0.01, TARE_INCONCLUSIVE }, { 20, 0.05, 0.09, TARE_INCONCLUSIVE },
        { 20, 0.1, 0.15, TARE_INCONCLUSIVE }, /* it drifts by more than is assumed of an unknown one */
        { 20, 0.1, -0.15, TARE_INCONCLUSIVE },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct tare_history h = { 0 };
        struct tare_rng rng;
        tare_rng_seed(&rng, 2);
        remember(&h, &rng, "s/case", "a", table[i].runs, table[i].sd);
        struct tare_change c = judge(table[i].change, &h, &rng);
        if (c.verdict != table[i].verdict)
            fail_msg("line %zu: %s", i, tare_verdict_name(c.verdict));
        assert_int_equal(c.drift_runs, table[i].runs >= 3 ? table[i].runs : 0);
        tare_history_free(&h);
    }
}

/* A fresh machine in each trial: its history, the old run and the new one drift alike, and nothing changed. */
static void unchanged_code_is_seldom_called_changed_however_short_the_history(void **state)
{
    (void)state;
    static const size_t lengths[] = { 3, 5, 20 };
    enum { TRIALS = 4000 };
    struct tare_rng rng;
    tare_rng_seed(&rng, 3);
    for (size_t k = 0; k < 3; k++) {
        size_t wrong = 0, covered = 0;
        for (size_t i = 0; i < TRIALS; i++) {
            struct tare_history h = { 0 };
            double sd = 0.03, between = sd * tare_rng_normal(&rng) - sd * tare_rng_normal(&rng);
            remember(&h, &rng, "s/case", "a", lengths[k], sd);
            struct tare_change c = judge(expm1(between), &h, &rng);
            wrong += c.verdict == TARE_REGRESSED || c.verdict == TARE_IMPROVED;
            covered += c.ratio.lo <= 0 && 0 <= c.ratio.hi;
            tare_history_free(&h);
        }
        assert_true(wrong <= 0.01 * TRIALS + 3 * sqrt(0.01 * 0.99 * TRIALS)); /* three deviations of the binomial */
        assert_true(covered >= 0.99 * TRIALS - 3 * sqrt(0.01 * 0.99 * TRIALS));
    }
}

static void a_case_that_was_lucky_borrows_the_spread_of_the_others(void **state)
{
    (void)state;
    struct tare_run run = { 0 };
    struct tare_history h = { 0 };
    struct tare_rng rng;
    tare_rng_seed(&rng, 4);
    for (size_t i = 0; i < 5; i++) {
        char id[32];
        struct tare_result old = { 0 }, *r = tare_run_add(&run);
        assert_non_null(r);
        snprintf(id, sizeof id, "s/%zu", i);
        take_samples(&old, &rng, id, 1000);
        take_samples(r, &rng, id, 1000);
        assert_int_equal(judge_stored(r, &old, &rules), 0);
        if (i < 4)
            remember(&h, &rng, id, "a", 20, i == 0 ? 0 : 0.04);
        tare_result_free(&old);
    }
    assert_int_equal(judge_drift(&run, &rules, &h), 0);
    assert_true(run.results[0].change.drift > 0.03);
    assert_int_equal(run.results[0].change.drift_runs, 20);
    assert_int_equal(run.results[4].change.drift_runs, 0); /* no history of its own: assumed */
    assert_true(run.results[4].change.ratio.hi >= log1p(0.10));
    tare_history_free(&h);
    tare_run_free(&run);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_history_widens_by_its_own_spread),
    cmocka_unit_test(verdicts_with_and_without_a_history),
    cmocka_unit_test(unchanged_code_is_seldom_called_changed_however_short_the_history),
    cmocka_unit_test(a_case_that_was_lucky_borrows_the_spread_of_the_others),
};

TARE_TEST_MAIN(tests)
