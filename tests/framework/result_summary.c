#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/result/result.h"
#include "tests/harness.h"

/* Letters for causes in the tables below. */
static const char letters[TARE_CAUSES + 1] = ".pfms!-";

static struct tare_result result_of(const double *ns, size_t n, const char *causes, const char *rounds)
{
    struct tare_result r = { .id = tare_strdup("suite/case") };
    r.samples.n = n;
    r.samples.ns = malloc((n + 1) * sizeof *r.samples.ns);
    r.samples.cause = calloc(n + 1, 1);
    r.samples.round = calloc(n + 1, 1);
    for (size_t i = 0; i < n; i++) {
        r.samples.ns[i] = ns[i];
        r.samples.cause[i] = causes ? (uint8_t)(strchr(letters, causes[i]) - letters) : 0;
        r.samples.round[i] = rounds ? (uint8_t)(rounds[i] - '0') : 0;
    }
    return r;
}

static void assert_causes(const struct tare_result *r, const char *wanted)
{
    char found[64] = "";
    for (size_t i = 0; i < r->samples.n; i++)
        found[i] = letters[r->samples.cause[i]];
    assert_string_equal(found, wanted);
}

/* Quartiles by hand (type 7): of the ten values 101 .. 110, 103.25 and 107.75, so the fences are 89.75, 96.5, 114.5 and
 * 121.25; of 1 .. 9 with one more value the fences are as the comments say. */
static void samples_are_set_aside_by_cause_then_by_fence(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t n;
        double ns[12];
        const char *before, *after;
        size_t n_used;
    } cases[] = {
        { "nothing to set aside", 4, { 100, 101, 102, 103 }, "....", "....", 4 },
        { "a cause is kept", 5, { 100, 101, 500, 102, 103 }, "..p..", "..p..", 4 },
        /* quartiles 103.5 and 108.5 of 101 .. 110, 116: inner fence 116 exactly, so 116 lies on it */
        { "on the fence is inside",
          11,
          { 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 116 },
          "...........",
          "...........",
          11 },
        /* the same quartiles: inner fences 96 and 116, outer 88.5 and 123.5 */
        { "mild above",
          11,
          { 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 116.01 },
          "...........",
          "..........-",
          11 },
        { "severe above",
          11,
          { 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 123.51 },
          "...........",
          "..........!",
          10 },
        /* quartiles 102.5 and 107.5 with a value below: inner 95 and 115, outer 87.5 and 122.5 */
        { "mild below",
          11,
          { 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 94.9 },
          "...........",
          "..........-",
          11 },
        { "severe below",
          11,
          { 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 87.4 },
          "...........",
          "..........!",
          10 },
        { "the fence sees clean samples alone",
          12,
          { 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 900, 901 },
          "..........pf",
          "..........pf",
          10 },
        { "a cause in half of them stays", 4, { 100, 101, 102, 103 }, "pp..", "pp..", 2 },
        { "a cause in more than half is lifted", 5, { 100, 101, 102, 103, 104 }, "fffp.", "...p.", 4 },
        { "half preempted, half faults: one is lifted", 4, { 100, 101, 102, 103 }, "ppff", "..ff", 2 },
        { "earlier outliers are judged anew", 4, { 100, 101, 102, 103 }, "!-!-", "....", 4 },
        { "no spread, no fence", 6, { 100, 100, 100, 100, 100, 130 }, "......", "......", 6 },
        { "one sample", 1, { 100 }, ".", ".", 1 },
        { "one sample, disturbed", 1, { 100 }, "s", ".", 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].what);
        struct tare_result r = result_of(cases[i].ns, cases[i].n, cases[i].before, NULL);
        assert_int_equal(tare_result_summarise(&r, 0.95), 0);
        assert_causes(&r, cases[i].after);
        assert_int_equal(r.summary.n_used, cases[i].n_used);
        assert_int_equal(r.summary.n, cases[i].n);
        size_t marked = 0;
        for (size_t k = 0; k < cases[i].n; k++)
            marked += cases[i].after[k] != '.';
        size_t counted = 0;
        for (int c = 0; c < TARE_CAUSES; c++)
            counted += r.summary.set_aside[c];
        assert_int_equal(counted, marked);
        assert_int_equal(r.summary.set_aside[TARE_CAUSE_NONE], 0);
        tare_result_free(&r);
    }
}

/* Worked by hand: the used samples are 10 20 30 40 50 60 70 80 90 100 (median 55, mean 55, variance 8250/9, absolute
 * deviations from 55: 5 5 15 15 25 25 35 35 45 45, their median 25; 5% quantile 10 + 0.45 * 10, 95% 90 + 0.55 * 10).
 * The 95% interval of a median of ten is the 2nd to the 9th value: P(B <= 1) = 11/1024 <= 0.025, P(B <= 2) = 56/1024.
 */
static void figures_are_of_the_used_samples(void **state)
{
    (void)state;
    static const double ns[] = { 100, 10, 20, 5000, 30, 40, 50, 60, 70, 80, 90 };
    struct tare_result r = result_of(ns, 11, "...p.......", "00000111111");
    assert_int_equal(tare_result_summarise(&r, 0.95), 0);
    const struct tare_summary *s = &r.summary;
    const struct {
        double found, wanted;
    } figures[] = {
        { s->time_ns.value, 55 },
        { s->time_ns.lo, 20 },
        { s->time_ns.hi, 90 },
        { s->mean_ns, 55 },
        { s->sd_ns, sqrt(8250.0 / 9) },
        { s->mad_ns, 1.4826 * 25 },
        { s->min_ns, 10 },
        { s->max_ns, 100 },
        { s->p5_ns, 14.5 },
        { s->p95_ns, 95.5 },
        { s->confidence, 0.95 },
        /* rounds: 100 10 20 30 (median 25), 40 .. 90 (median 65): mean 45, deviation 40 / sqrt(2) */
        { s->round_spread, 40 / sqrt(2) / 45 },
    };
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        assert_true(fabs(figures[i].found - figures[i].wanted) <= 1e-4 * fabs(figures[i].wanted));
    tare_result_free(&r);
}

/* The interval of a median at confidence c needs n values with 2 * 0.5^n <= 1 - c: six for 95%, eight for 99%. */
static void too_few_samples_leave_the_interval_open(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double confidence;
        bool bounded;
    } cases[] = { { 5, 0.95, false }, { 6, 0.95, true }, { 7, 0.99, false }, { 8, 0.99, true } };
    static const double ns[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tare_result r = result_of(ns, cases[i].n, NULL, NULL);
        assert_int_equal(tare_result_summarise(&r, cases[i].confidence), 0);
        assert_int_equal(isfinite(r.summary.time_ns.lo) && isfinite(r.summary.time_ns.hi), cases[i].bounded);
        assert_true(r.summary.time_ns.value > 0);
        assert_true(r.summary.round_spread == 0);
        tare_result_free(&r);
    }
}

static void no_samples_give_an_empty_summary(void **state)
{
    (void)state;
    struct tare_result r = result_of(NULL, 0, NULL, NULL);
    r.summary.n_used = 99;
    assert_int_equal(tare_result_summarise(&r, 0.95), 0);
    assert_int_equal(r.summary.n, 0);
    assert_int_equal(r.summary.n_used, 0);
    assert_true(isinf(r.summary.time_ns.lo) && isinf(r.summary.time_ns.hi));
    tare_result_free(&r);
}

static void a_sample_that_is_no_time_is_an_error(void **state)
{
    (void)state;
    static const double bad[] = { NAN, INFINITY, -INFINITY, 0, -1 };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct tare_result r = result_of((double[]){ 1, 2, bad[i], 4 }, 4, NULL, NULL);
        assert_int_equal(tare_result_summarise(&r, 0.95), TARE_EPARSE);
        assert_non_null(strstr(tare_error(), "suite/case: sample 2 is"));
        tare_result_free(&r);
    }
}

static void summarising_twice_changes_nothing(void **state)
{
    (void)state;
    static const double ns[] = { 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 118, 200 };
    struct tare_result r = result_of(ns, 12, "f...........", NULL);
    assert_int_equal(tare_result_summarise(&r, 0.99), 0);
    struct tare_summary first = r.summary;
    uint8_t causes[12];
    memcpy(causes, r.samples.cause, 12);
    assert_int_equal(tare_result_summarise(&r, 0.99), 0);
    assert_memory_equal(&first, &r.summary, sizeof first);
    assert_memory_equal(causes, r.samples.cause, 12);
    assert_int_equal(first.set_aside[TARE_CAUSE_SEVERE], 1);
    assert_int_equal(first.set_aside[TARE_CAUSE_MILD], 1);
    tare_result_free(&r);
}

static void rates_come_in_the_unit_that_is_declared(void **state)
{
    (void)state;
    static const struct {
        struct tare_work_done work;
        double ns;
        bool known;
        double rate;
        const char *unit;
    } cases[] = {
        { { .flops = 2e6, .bytes_read = 1, .items = 1 }, 1000, true, 2000, "GFLOP/s" },
        { { .bytes_read = 3000, .bytes_written = 1000, .items = 1 }, 1000, true, 4, "GB/s" },
        { { .bytes_written = 500 }, 1000, true, 0.5, "GB/s" },
        { { .flops = 2e6, .bytes_read = 7, .items = 1, .item_unit = "tokens" }, 20e6, true, 50, "tokens/s" },
        { { .flops = 2e6, .item_unit = "tokens" }, 1000, true, 2000, "GFLOP/s" },
        { { .items = 1, .item_unit = "tokens" }, 20e6, true, 50, "tokens/s" },
        { { .items = 1, .item_unit = "tokens" }, 1e6, true, 1, "ktokens/s" },
        { { .items = 32, .item_unit = "tokens" }, 1e4, true, 3.2, "Mtokens/s" },
        { { .items = 5 }, 1, true, 5, "Gitems/s" },
        { { .items = 1, .item_unit = "a unit whose name is longer than the buffer" },
          1e9,
          true,
          1,
          "a unit whose name is longer /s" },
        { { .flops = 0 }, 1000, false, 0, NULL },
        { { .flops = 1 }, 0, false, 0, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double rate;
        char unit[32];
        struct tare_result r = { .work = cases[i].work };
        r.summary.n_used = 1;
        r.summary.time_ns.value = cases[i].ns;
        assert_int_equal(tare_result_rate(&rate, unit, &r), cases[i].known);
        if (cases[i].known) {
            assert_true(fabs(rate - cases[i].rate) < 1e-9 * cases[i].rate);
            assert_string_equal(unit, cases[i].unit);
        }
        r.quantity = TARE_QUANTITY_BYTES;
        assert_false(tare_result_rate(&rate, unit, &r));
        r.quantity = TARE_QUANTITY_TIME;
        r.summary.n_used = 0;
        assert_false(tare_result_rate(&rate, unit, &r));
    }
}

static void utilisation_is_the_part_of_each_roof(void **state)
{
    (void)state;
    double mfu, mbu, share;
    struct tare_result r = { .bound = { .ns = 50, .arithmetic_ns = 10, .memory_ns = 50 } };
    r.summary.n_used = 1;
    r.summary.time_ns.value = 200;
    assert_true(tare_result_utilisation(&mfu, &mbu, &r));
    assert_true(mfu == 0.05 && mbu == 0.25);
    r.quantity = TARE_QUANTITY_NS;
    assert_false(tare_result_utilisation(&mfu, &mbu, &r));
    assert_true(mfu == 0 && mbu == 0 && !tare_result_share(&share, &r) && !tare_result_bandwidth(&share, &r));
    r.quantity = TARE_QUANTITY_TIME;
    r.bound = (struct tare_bound){ 0 };
    assert_false(tare_result_utilisation(&mfu, &mbu, &r));
}

static void totals_count_cases_verdicts_and_samples(void **state)
{
    (void)state;
    struct tare_run run = { 0 };
    for (int i = 0; i < 40; i++) {
        struct tare_result *r = tare_run_add(&run);
        assert_non_null(r);
        r->id = tare_format("case/%d", i);
        r->status = i < 3 ? TARE_CASE_FAILED : i < 5 ? TARE_CASE_UNMEASURED : TARE_CASE_OK;
        r->change.verdict = i < 7 ? TARE_REGRESSED : TARE_UNCHANGED;
        r->change.presence = i < 2 ? TARE_ONLY_NEW : i < 3 ? TARE_ONLY_OLD : TARE_IN_BOTH;
        r->summary.n = 10;
        r->summary.set_aside[TARE_CAUSE_STOLEN] = 2;
    }
    struct tare_totals t = tare_run_totals(&run);
    assert_int_equal(t.cases, 40);
    assert_int_equal(t.failed, 3);
    assert_int_equal(t.unmeasured, 2);
    assert_int_equal(t.verdicts[TARE_REGRESSED], 7);
    assert_int_equal(t.verdicts[TARE_UNCHANGED], 33);
    assert_int_equal(t.only_new, 2);
    assert_int_equal(t.only_old, 1);
    assert_int_equal(t.samples, 400);
    assert_int_equal(t.set_aside[TARE_CAUSE_STOLEN], 80);
    assert_ptr_equal(tare_run_find(&run, "case/17"), &run.results[17]);
    assert_null(tare_run_find(&run, "case/170"));
    tare_run_free(&run);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(samples_are_set_aside_by_cause_then_by_fence),
    cmocka_unit_test(figures_are_of_the_used_samples),
    cmocka_unit_test(too_few_samples_leave_the_interval_open),
    cmocka_unit_test(no_samples_give_an_empty_summary),
    cmocka_unit_test(a_sample_that_is_no_time_is_an_error),
    cmocka_unit_test(summarising_twice_changes_nothing),
    cmocka_unit_test(rates_come_in_the_unit_that_is_declared),
    cmocka_unit_test(utilisation_is_the_part_of_each_roof),
    cmocka_unit_test(totals_count_cases_verdicts_and_samples),
};
TARE_TEST_MAIN(tests)
