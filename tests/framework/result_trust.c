/* The tally of `tare trust` against tables made by hand. Intervals of proportions: R's binom.test(k, n)$conf.int, and
 * for none or all of n the closed form 1 - 0.025^(1/n). */
#include "tests/harness.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/result/trust.h"

static void a_rate_has_its_binomial_interval(void **state)
{
    (void)state;
    static const struct {
        size_t k, n;
        double lo, hi;
    } cases[] = {
        { 0, 0, 0, 1 },
        { 9, 10, 0.5549839, 0.9974714 }, /* R */
        { 1, 20, 0.0012651, 0.2487328 }, /* R */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tare_rate r = tare_rate_of(cases[i].k, cases[i].n);
        assert_true(fabs(r.lo - cases[i].lo) < 1e-6 && fabs(r.hi - cases[i].hi) < 1e-6);
    }
    static const size_t n[] = { 1, 35, 36, 1000 };
    for (size_t i = 0; i < 4; i++) {
        double far = 1 - pow(0.025, 1.0 / (double)n[i]);
        assert_true(fabs(tare_rate_of(0, n[i]).hi - far) < 1e-9);
        assert_true(fabs(tare_rate_of(n[i], n[i]).lo - (1 - far)) < 1e-9);
    }
}

/* ---- counting ---- */

static int count(struct tare_trust_row *row, enum tare_verdict verdict, double lo, double hi)
{
    struct tare_result r = { .measured_ns = 3e8, .warmup_ns = 1e8 };
    r.change =
        (struct tare_change){ .verdict = verdict, .ratio = { (lo + hi) / 2, lo, hi }, .smallest_visible = hi - lo };
    return tare_trust_count(row, &r);
}

static void every_verdict_is_counted_for_what_it_is_worth(void **state)
{
    (void)state;
    static const struct {
        double change;
        size_t right, wrong;
    } cases[] = {
        { 0, 3, 3 },     /* of identical code: unchanged and inconclusive; regressed and improved */
        { 0.01, 2, 1 },  /* regressed; improved */
        { -0.01, 1, 2 }, /* improved; regressed */
    };
    static const enum tare_verdict verdicts[] = { TARE_REGRESSED, TARE_REGRESSED,    TARE_IMPROVED,
                                                  TARE_UNCHANGED, TARE_INCONCLUSIVE, TARE_INCONCLUSIVE };
    for (size_t i = 0; i < 3; i++) {
        struct tare_trust t = { 0 };
        struct tare_trust_row *row = tare_trust_row(&t);
        row->change = cases[i].change;
        for (size_t k = 0; k < 6; k++)
            assert_int_equal(count(row, verdicts[k], -0.001, 0.001), 0);
        assert_int_equal(row->n, 6);
        assert_int_equal(tare_trust_right(row), cases[i].right);
        assert_int_equal(tare_trust_wrong(row), cases[i].wrong);
        tare_trust_free(&t);
    }
}

static void an_interval_covers_the_logarithm_of_the_truth(void **state)
{
    (void)state;
    static const struct {
        double lo, hi;
        size_t covered;
    } cases[] = {
        { 0.0487, 0.0489, 1 }, /* ln 1.05 = 0.048790 */
        { 0.0488, 0.0501, 0 }, /* 5% as a ratio, not as a logarithm */
        { -INFINITY, INFINITY, 1 },
        { 0.0400, 0.0487, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tare_trust t = { 0 };
        struct tare_trust_row *row = tare_trust_row(&t);
        row->change = 0.05;
        assert_int_equal(count(row, TARE_REGRESSED, cases[i].lo, cases[i].hi), 0);
        assert_int_equal(row->covered, cases[i].covered);
        tare_trust_free(&t);
    }
}

static void what_could_not_be_measured_counts_apart(void **state)
{
    (void)state;
    struct tare_trust t = { 0 };
    struct tare_trust_row *row = tare_trust_row(&t);
    struct tare_result failed = { .status = TARE_CASE_FAILED }, undecided = { .status = TARE_CASE_OK };
    assert_int_equal(tare_trust_count(row, &failed), 0);
    assert_int_equal(tare_trust_count(row, &undecided), 0);
    assert_int_equal(row->n, 0);
    assert_int_equal(row->failed, 2);
    tare_trust_free(&t);
}

static void the_smallest_visible_change_is_a_quantile_that_occurred(void **state)
{
    (void)state;
    static const double half[] = { 4, 1, 5, 2, 3, 10, 6, 9, 8, 7 }; /* in thousandths, any order */
    static const struct {
        double p, value;
    } cases[] = { { 0, 0.002 }, { 0.1, 0.002 }, { 0.5, 0.010 }, { 0.91, 0.020 }, { 0.95, 0.020 }, { 1, 0.020 } };
    struct tare_trust t = { 0 };
    struct tare_trust_row *row = tare_trust_row(&t);
    double x;
    assert_int_equal(tare_trust_visible(&x, row, 0.5), 0);
    assert_true(isnan(x));
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(count(row, TARE_UNCHANGED, -half[i] / 1000, half[i] / 1000), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(tare_trust_visible(&x, row, cases[i].p), 0);
        assert_true(fabs(x - cases[i].value) < 1e-12);
    }
    tare_trust_free(&t);
}

/* ---- what may be believed ---- */

struct part {
    double change, budget_ns;
    size_t regressed, improved, other;
};

static void add_part(struct tare_trust *t, const struct part *p)
{
    struct tare_trust_row *row = tare_trust_row(t);
    assert_non_null(row);
    row->change = p->change;
    row->budget_ns = p->budget_ns;
    row->verdicts[TARE_REGRESSED] = p->regressed;
    row->verdicts[TARE_IMPROVED] = p->improved;
    row->verdicts[TARE_INCONCLUSIVE] = p->other;
    row->n = p->regressed + p->improved + p->other;
}

static void a_size_is_believed_when_it_and_all_greater_ones_were_found_reliably(void **state)
{
    (void)state;
    static const struct {
        struct part parts[5];
        double believe; /* NaN: too few, infinite: none */
    } cases[] = {
        { { { 0.005, 1, 100, 0, 0 }, { 0.01, 1, 100, 0, 0 }, { 0.05, 1, 36, 0, 0 } }, 0.005 },
        { { { 0.005, 1, 50, 0, 50 }, { 0.01, 1, 100, 0, 0 }, { 0.05, 1, 36, 0, 0 } }, 0.01 },
        { { { 0.005, 1, 100, 0, 0 }, { 0.01, 1, 50, 0, 50 }, { 0.05, 1, 36, 0, 0 } }, 0.05 },
        { { { 0.005, 1, 100, 1, 0 }, { 0.01, 1, 100, 0, 0 } }, 0.01 },    /* one the wrong way */
        { { { 0.01, 0.25, 10, 0, 90 }, { 0.01, 1, 100, 0, 0 } }, 0.01 },  /* the longer budget counts */
        { { { 0.01, 1, 35, 0, 0 }, { 0.05, 1, 35, 0, 0 } }, NAN },        /* 36 would do */
        { { { 0.01, 1, 35, 0, 0 }, { 0.05, 1, 36, 0, 0 } }, 0.05 },       /* for 1% too few */
        { { { 0.01, 1, 10, 0, 90 }, { 0.05, 1, 10, 0, 90 } }, INFINITY }, /* enough, not found */
        { { { 0, 1, 0, 0, 1000 }, { 0.01, 1, 100, 0, 0 } }, 0.01 },       /* no false alarm */
        { { { 0, 1, 3, 2, 95 }, { 0.01, 1, 100, 0, 0 } }, INFINITY },     /* 5 of 100: R: from 1.6% */
        { { { 0, 1, 1, 0, 99 }, { 0.01, 1, 100, 0, 0 } }, 0.01 },         /* 1 of 100 at 99% */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tare_trust t = { 0 };
        for (size_t k = 0; k < 5 && cases[i].parts[k].budget_ns > 0; k++)
            add_part(&t, &cases[i].parts[k]);
        double x = tare_trust_believe(&t, TARE_LOAD_NONE, TARE_MEMORY_L1, 0.99), want = cases[i].believe;
        if (!(isnan(want) ? isnan(x) : x == want))
            fail_msg("case %zu: %g, not %g", i, x, want);
        assert_true(isnan(tare_trust_believe(&t, TARE_LOAD_NONE, TARE_MEMORY_DRAM, 0.99)) || isinf(want));
        tare_trust_free(&t);
    }
}

static void alarms_and_wrong_directions_are_summed_by_load(void **state)
{
    (void)state;
    struct tare_trust t = { 0 };
    add_part(&t, &(struct part){ 0, 1, 1, 2, 97 });
    add_part(&t, &(struct part){ 0, 1, 0, 0, 50 });
    add_part(&t, &(struct part){ 0.01, 1, 90, 4, 6 });
    add_part(&t, &(struct part){ 0, 1, 7, 0, 3 });
    t.rows[1].suite = true;
    t.rows[3].load = TARE_LOAD_CPU;
    struct tare_rate alarms = tare_trust_alarms(&t, TARE_LOAD_NONE), wrong = tare_trust_reversed(&t, TARE_LOAD_NONE);
    assert_int_equal(alarms.k, 3);
    assert_int_equal(alarms.n, 150);
    assert_int_equal(wrong.k, 4);
    assert_int_equal(wrong.n, 100);
    assert_int_equal(tare_trust_alarms(&t, TARE_LOAD_CPU).k, 7);
    assert_int_equal(tare_trust_reversed(&t, TARE_LOAD_CPU).n, 0);
    tare_trust_free(&t);
}

/* ---- JSON ---- */

static void the_document_holds_every_row_and_nulls_for_what_is_not_known(void **state)
{
    (void)state;
    struct tare_trust t = { .minutes = 20, .suite_wanted = 20, .suite_runs = 3, .suite_cases = 200, .suite_alarms = 1 };
    struct tare_run run = { .margin = 0.0025, .confidence = 0.99, .seed = 5 };
    struct tare_buf text = { 0 };
    json_error_t error;
    tare_trust_row(&t)->change = 0.01;
    t.rows[0].id = strdup("suite/case");
    assert_int_equal(count(&t.rows[0], TARE_REGRESSED, 0.009, 0.011), 0);
    assert_int_equal(count(&t.rows[0], TARE_INCONCLUSIVE, -INFINITY, INFINITY), 0);
    tare_trust_row(&t)->load = TARE_LOAD_MEMORY;
    assert_int_equal(tare_trust_document(&text, &t, &run), 0);
    json_t *d = json_loads(text.data, 0, &error);
    assert_non_null(d);
    assert_string_equal(json_string_value(json_object_get(d, "schema")), "tare.trust/1");
    assert_int_equal(json_array_size(json_object_get(d, "rows")), 2);
    assert_int_equal(json_array_size(json_object_get(d, "loads")), 2);
    const json_t *row = json_array_get(json_object_get(d, "rows"), 0), *right = json_object_get(row, "right");
    assert_string_equal(json_string_value(json_object_get(row, "id")), "suite/case");
    assert_int_equal(json_integer_value(json_object_get(right, "count")), 1);
    assert_int_equal(json_integer_value(json_object_get(right, "of")), 2);
    assert_true(json_real_value(json_object_get(right, "rate")) == 0.5);
    assert_true(json_is_null(json_object_get(row, "visible_p95"))); /* one of two had no bound */
    const json_t *empty = json_array_get(json_object_get(d, "rows"), 1);
    assert_string_equal(json_string_value(json_object_get(empty, "load")), "memory");
    assert_true(json_is_null(json_object_get(json_object_get(empty, "wrong"), "rate")));
    const json_t *suite = json_object_get(d, "suite");
    assert_int_equal(json_integer_value(json_object_get(suite, "runs")), 3);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(suite, "with_alarm"), "count")), 1);
    json_decref(d);
    tare_buf_free(&text);
    tare_trust_free(&t);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_rate_has_its_binomial_interval),
    cmocka_unit_test(every_verdict_is_counted_for_what_it_is_worth),
    cmocka_unit_test(an_interval_covers_the_logarithm_of_the_truth),
    cmocka_unit_test(what_could_not_be_measured_counts_apart),
    cmocka_unit_test(the_smallest_visible_change_is_a_quantile_that_occurred),
    cmocka_unit_test(a_size_is_believed_when_it_and_all_greater_ones_were_found_reliably),
    cmocka_unit_test(alarms_and_wrong_directions_are_summed_by_load),
    cmocka_unit_test(the_document_holds_every_row_and_nulls_for_what_is_not_known),
};

TARE_TEST_MAIN(tests)
