/* The judge before simulated machines: readings are drawn from a model of a noisy core, so that the truth is known. */
#include "tests/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/rng.h"
#include "framework/runner/judge.h"

/* A machine that moves between speeds and drifts; the new build takes `slow` longer. */
struct machine {
    struct tare_rng rng;
    double drift;      /* slope of the speed over a visit */
    bool states;       /* jumps between 1.0x, 1.1x, 1.5x and 2x */
    double tail;       /* share of samples with a heavy positive tail */
    double noise;      /* sd of a sample */
    double slow;       /* truth */
    double slots[3];   /* what lying in a slot costs, as log-ratio */
    double step_ns;    /* of the clock; samples begin anywhere in a step */
    double round_bias; /* sd of a bias of the new build that lasts one round: a lucky address */
};

static double next_state(struct machine *m, double speed)
{
    static const double speeds[] = { 1.0, 1.1, 1.5, 2.0 };
    return m->states && tare_rng_below(&m->rng, 50) == 0 ? speeds[tare_rng_below(&m->rng, 4)] : speed;
}

static void simulate(struct tare_visit *v, struct machine *m, size_t n_blocks)
{
    *v = (struct tare_visit){ .iters = 1 };
    v->readings = calloc(n_blocks * 6, sizeof *v->readings);
    assert_non_null(v->readings);
    double speed = 1, bias = m->round_bias * tare_rng_normal(&m->rng);
    for (size_t b = 0; b < n_blocks; b++) {
        size_t turn = b * 3 / n_blocks;
        size_t order[3] = { 0, 1, 2 };
        tare_rng_shuffle(&m->rng, order, 3);
        for (size_t i = 0; i < 6; i++) {
            size_t arm = i < 3 ? order[i] : order[5 - i];
            speed = next_state(m, speed);
            double t = 1000 * speed * (1 + m->drift * (double)b / (double)n_blocks);
            t *= 1 + m->noise * tare_rng_normal(&m->rng);
            if (tare_rng_uniform(&m->rng) < m->tail)
                t *= 1 + 3 * -log(1 - tare_rng_uniform(&m->rng));
            if (arm == 2)
                t *= (1 + m->slow) * exp(bias);
            t *= exp(m->slots[(arm + turn) % 3]);
            if (m->step_ns > 0)
                t = floor(t / m->step_ns + tare_rng_uniform(&m->rng)) * m->step_ns;
            v->readings[v->n++] =
                (struct tare_reading){ .ns = t, .arm = (uint8_t)arm, .turn = (uint8_t)turn, .block = (uint32_t)b };
            v->measured_ns += t;
        }
    }
}

static const struct judge_rules rules = { .margin = 0.005, .confidence = 0.99, .rounds = 8, .precision = 0.005 };

/* One comparison to its end; its rounds come in *rounds where that is not NULL. */
static struct tare_change compare(struct machine *m, size_t n_blocks, const struct judge_rules *by, size_t *rounds)
{
    struct evidence e = { 0 };
    struct tare_result r = { .iters = 1 };
    size_t round = 0;
    for (bool settled = false; round < by->rounds && !settled; round++) {
        struct tare_visit v;
        simulate(&v, m, n_blocks);
        assert_int_equal(evidence_add(&e, &r, &v, 3, round), 0);
        tare_visit_free(&v);
        settled = judge_look(&e, &r, round, by);
    }
    struct tare_change change = r.change;
    if (rounds)
        *rounds = round;
    evidence_free(&e);
    tare_result_free(&r);
    return change;
}

static enum tare_verdict judge(struct machine *m, size_t n_blocks, size_t *rounds)
{
    return compare(m, n_blocks, &rules, rounds).verdict;
}

struct rates {
    size_t verdicts[TARE_VERDICTS];
};

static struct rates judge_many(struct machine m, size_t n, size_t n_blocks)
{
    struct rates rates = { { 0 } };
    for (size_t i = 0; i < n; i++) {
        tare_rng_seed(&m.rng, 1000 + i);
        rates.verdicts[judge(&m, n_blocks, NULL)]++;
    }
    return rates;
}

static const struct {
    const char *name;
    struct machine machine;
} machines[] = {
    { "quiet", { .noise = 0.002 } },
    { "drifting", { .noise = 0.005, .drift = 0.3 } },
    { "changing speed", { .noise = 0.01, .states = true } },
    { "heavy tails", { .noise = 0.01, .tail = 0.1 } },
    { "mostly disturbed", { .noise = 0.005, .tail = 0.5 } },
    { "all of it", { .noise = 0.01, .tail = 0.1, .states = true, .drift = 0.2 } },
};
enum { N_MACHINES = sizeof machines / sizeof *machines };

static void identical_code_is_never_called_changed(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_MACHINES; i++) {
        struct rates r = judge_many(machines[i].machine, 200, 400);
        assert_int_equal(r.verdicts[TARE_REGRESSED] + r.verdicts[TARE_IMPROVED], 0);
        assert_true(r.verdicts[TARE_UNCHANGED] >= 190);
    }
}

static void a_change_of_two_percent_is_found_with_its_direction(void **state)
{
    (void)state;
    static const double slow[] = { 0.02, -0.02 };
    for (size_t i = 0; i < N_MACHINES; i++)
        for (size_t k = 0; k < 2; k++) {
            struct machine m = machines[i].machine;
            m.slow = slow[k];
            struct rates r = judge_many(m, 100, 400);
            enum tare_verdict right = slow[k] > 0 ? TARE_REGRESSED : TARE_IMPROVED;
            enum tare_verdict wrong = slow[k] > 0 ? TARE_IMPROVED : TARE_REGRESSED;
            assert_true(r.verdicts[right] >= 98);
            assert_int_equal(r.verdicts[wrong], 0);
        }
}

/* 208 blocks a round are a second at 0.1 ms a sample, as one in memory takes; many are slower by what others do. */
static void half_a_percent_among_disturbed_samples_is_found_in_a_second(void **state)
{
    (void)state;
    static const struct machine disturbed[] = { { .noise = 0.009, .tail = 0.3, .slow = 0.005 },
                                                { .noise = 0.005, .tail = 0.5, .slow = 0.005 } };
    const struct judge_rules close = { .margin = 0.0025, .confidence = 0.99, .rounds = 8, .precision = 0.005 };
    for (size_t k = 0; k < 2; k++) {
        struct machine m = disturbed[k];
        size_t found = 0;
        for (size_t i = 0; i < 100; i++) {
            tare_rng_seed(&m.rng, 7000 + i);
            found += compare(&m, 208, &close, NULL).verdict == TARE_REGRESSED;
        }
        assert_true(found >= 90);
    }
}

static void an_address_that_is_lucky_for_one_round_is_no_change(void **state)
{
    (void)state;
    struct machine m = { .noise = 0.002, .round_bias = 0.01 };
    struct rates r = judge_many(m, 400, 400);
    /* up to six looks at 99%, the first with three rounds alone; the control over a run's cases comes on top */
    assert_true(r.verdicts[TARE_REGRESSED] + r.verdicts[TARE_IMPROVED] <= 0.02 * 400);
}

static void what_a_slot_costs_cancels_exactly(void **state)
{
    (void)state;
    struct machine m = { .noise = 0.001, .slots = { 0, 0.02, 0.12 } };
    static const size_t n_blocks[] = { 600, 24 }; /* many a turn, and few */
    for (size_t i = 0; i < 2; i++) {
        m.slow = 0;
        assert_int_equal(judge_many(m, 100, n_blocks[i]).verdicts[TARE_UNCHANGED], 100);
        m.slow = 0.01;
        assert_int_equal(judge_many(m, 100, n_blocks[i]).verdicts[TARE_REGRESSED], 100);
    }
}

static void a_change_needs_three_rounds_and_no_change_two(void **state)
{
    (void)state;
    struct machine m = { .noise = 0.002, .slow = 0.05 };
    size_t rounds;
    tare_rng_seed(&m.rng, 3);
    assert_int_equal(judge(&m, 400, &rounds), TARE_REGRESSED);
    assert_int_equal(rounds, 3);
    m.slow = 0;
    assert_int_equal(judge(&m, 400, &rounds), TARE_UNCHANGED);
    assert_int_equal(rounds, 2);
}

/* Of a thousand comparisons one change survives the control over them if its p-value is below 1e-5. */
static void a_change_that_would_not_survive_among_many_cases_is_measured_on(void **state)
{
    (void)state;
    struct judge_rules many = rules;
    many.cases = 1000;
    size_t rounds_alone = 0, rounds_among_many = 0, kept = 0;
    for (size_t i = 0; i < 50; i++) {
        struct machine m = { .noise = 0.002, .slow = 0.01, .round_bias = 0.0002 };
        size_t rounds;
        tare_rng_seed(&m.rng, i);
        assert_int_equal(compare(&m, 200, &rules, &rounds).verdict, TARE_REGRESSED);
        rounds_alone += rounds;
        tare_rng_seed(&m.rng, i);
        struct tare_change c = compare(&m, 200, &many, &rounds);
        assert_true(rounds == many.rounds || c.p * 1000 <= 1 - many.confidence);
        rounds_among_many += rounds;
        kept += c.p * 1000 <= 1 - many.confidence;
    }
    assert_true(rounds_alone <= 50 * 4);
    assert_true(rounds_among_many > rounds_alone);
    assert_true(kept >= 45);
}

/* A sample of 1000 ns is told in steps of 1 ns: most of these changes lie between two steps. */
static void the_interval_of_a_change_is_no_narrower_than_a_step_of_the_clock(void **state)
{
    (void)state;
    static const double slow[] = { 0, 0.0035, 0.007 };
    struct judge_rules by = rules;
    by.grain_ns = 1;
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 50; k++) {
            struct machine m = { .noise = 1e-6, .slow = slow[i] + 0.0001 * (double)(k % 10), .step_ns = 1 };
            tare_rng_seed(&m.rng, k);
            struct tare_change c = compare(&m, 100, &by, NULL);
            assert_true(c.ratio.lo <= log1p(m.slow) && log1p(m.slow) <= c.ratio.hi);
            assert_true(c.check.lo <= 0 && 0 <= c.check.hi);
            assert_true(c.ratio.hi - c.ratio.lo >= 0.0019);
        }
}

static void a_change_within_the_margin_is_no_change(void **state)
{
    (void)state;
    struct machine m = { .noise = 0.001, .slow = 0.002 };
    struct rates r = judge_many(m, 100, 400);
    assert_int_equal(r.verdicts[TARE_UNCHANGED], 100);
}

static void few_blocks_are_inconclusive_and_say_what_they_could_see(void **state)
{
    (void)state;
    struct machine m = { .noise = 0.02 };
    struct evidence e = { 0 };
    struct tare_result r = { 0 };
    struct tare_visit v;
    tare_rng_seed(&m.rng, 5);
    simulate(&v, &m, 15);
    assert_int_equal(evidence_add(&e, &r, &v, 3, 0), 0);
    assert_false(judge_look(&e, &r, 0, &rules));
    assert_int_equal(r.change.verdict, TARE_INCONCLUSIVE);
    assert_true(r.change.smallest_visible > rules.margin);
    tare_visit_free(&v);
    evidence_free(&e);
    tare_result_free(&r);
}

/* One block of six samples of each build in a round: what a preset takes of generations that last seconds. */
static void of_long_repetitions_few_blocks_decide(void **state)
{
    (void)state;
    enum { RUNS = 400 };
    for (size_t i = 0; i < N_MACHINES; i++) {
        struct rates r = judge_many(machines[i].machine, RUNS, 3);
        if (r.verdicts[TARE_REGRESSED] + r.verdicts[TARE_IMPROVED] > RUNS / 100)
            fail_msg("%s: %zu of %d unchanged builds changed", machines[i].name,
                     r.verdicts[TARE_REGRESSED] + r.verdicts[TARE_IMPROVED], RUNS);
    }
    struct rates r = judge_many((struct machine){ .noise = 0.01, .slow = 0.05, .slots = { 0, 0.05, 0.1 } }, RUNS, 3);
    assert_true(r.verdicts[TARE_REGRESSED] > RUNS * 9 / 10);
    assert_int_equal(r.verdicts[TARE_IMPROVED], 0);
    r = judge_many((struct machine){ .noise = 0.0005 }, RUNS, 3);
    assert_true(r.verdicts[TARE_UNCHANGED] > RUNS * 9 / 10);
}

static void a_disturbed_sample_is_passed_over_and_a_disturbed_block_set_aside(void **state)
{
    (void)state;
    struct machine m = { .noise = 0.001 };
    struct evidence e = { 0 };
    struct tare_result r = { 0 };
    struct tare_visit v;
    tare_rng_seed(&m.rng, 6);
    simulate(&v, &m, 60);
    bool first = true;
    for (size_t i = 0; i < v.n; i++) {
        struct tare_reading *x = &v.readings[i];
        if (x->arm == 2 && (x->block == 3 || (x->block == 9 && first))) { /* both of block 3, one of block 9 */
            x->ns *= 0.1;                                                 /* it would win as the minimum */
            x->cause = TARE_CAUSE_PREEMPTED;
            first = first && x->block != 9;
        }
    }
    assert_int_equal(evidence_add(&e, &r, &v, 3, 0), 0);
    assert_int_equal(e.n_blocks, 59); /* of 60 */
    assert_int_equal(e.blocks_set_aside, 1);
    for (size_t i = 0; i < e.n_blocks; i++)
        assert_true(fabs(e.ratio[i]) < 0.1);
    tare_visit_free(&v);
    evidence_free(&e);
    tare_result_free(&r);
}

static void a_cause_that_most_samples_have_belongs_to_the_work(void **state)
{
    (void)state;
    struct machine m = { .noise = 0.001 };
    struct evidence e = { 0 };
    struct tare_result r = { 0 };
    struct tare_visit v;
    tare_rng_seed(&m.rng, 7);
    simulate(&v, &m, 60);
    for (size_t i = 0; i < v.n; i++)
        v.readings[i].cause = TARE_CAUSE_FAULT;
    assert_int_equal(evidence_add(&e, &r, &v, 3, 0), 0);
    assert_int_equal(e.n_blocks, 60);
    tare_visit_free(&v);
    evidence_free(&e);
    tare_result_free(&r);
}

static void a_change_of_the_check_makes_a_verdict_inconclusive(void **state)
{
    (void)state;
    struct machine m = { .noise = 0.001, .slow = 0.05 };
    struct evidence e = { 0 };
    struct tare_result r = { 0 };
    tare_rng_seed(&m.rng, 8);
    for (size_t round = 0; round < rules.rounds; round++) {
        struct tare_visit v;
        simulate(&v, &m, 200);
        for (size_t i = 0; i < v.n; i++)
            if (v.readings[i].arm == 1)
                v.readings[i].ns *= 1.02;
        assert_int_equal(evidence_add(&e, &r, &v, 3, round), 0);
        judge_look(&e, &r, round, &rules);
        tare_visit_free(&v);
    }
    assert_int_equal(r.change.verdict, TARE_INCONCLUSIVE);
    assert_true(r.change.has_check && r.change.check.lo > rules.margin);
    evidence_free(&e);
    tare_result_free(&r);
}

static void false_discoveries_are_controlled_over_the_run(void **state)
{
    (void)state;
    struct tare_run run = { 0 };
    for (size_t i = 0; i < 100; i++) {
        struct tare_result *r = tare_run_add(&run);
        assert_non_null(r);
        r->change.method = TARE_METHOD_PAIRED;
        r->change.verdict = TARE_UNCHANGED;
        r->change.p = 1;
    }
    run.results[10].change = (struct tare_change){ .method = TARE_METHOD_PAIRED, .verdict = TARE_REGRESSED, .p = 1e-6 };
    run.results[20].change = (struct tare_change){ .method = TARE_METHOD_PAIRED, .verdict = TARE_REGRESSED, .p = 5e-3 };
    assert_int_equal(judge_run(&run, &rules), 0);
    assert_int_equal(run.results[10].change.verdict, TARE_REGRESSED);    /* q = 1e-4 */
    assert_int_equal(run.results[20].change.verdict, TARE_INCONCLUSIVE); /* q = 0.25 */
    assert_int_equal(run.results[30].change.verdict, TARE_UNCHANGED);
    tare_run_free(&run);
}

/* A run that ends early is judged with the looks that were taken: what they settled stands, the rest stays open. */
static void what_was_settled_at_a_look_stays_when_the_run_ends_there(void **state)
{
    (void)state;
    for (size_t looks = 1; looks <= rules.rounds; looks++) {
        struct machine machines_of_run[] = { { .noise = 0.005, .slow = 0.05 }, { .noise = 0.005 }, { .noise = 0.2 } };
        struct judge_rules of_run = rules;
        struct evidence e[3] = { 0 };
        struct tare_run run = { 0 };
        of_run.cases = 3;
        for (size_t i = 0; i < 3; i++) {
            assert_non_null(tare_run_add(&run));
            run.results[i].iters = 1;
            tare_rng_seed(&machines_of_run[i].rng, 40 + i);
            bool settled = false;
            for (size_t round = 0; round < looks && !settled; round++) {
                struct tare_visit v;
                simulate(&v, &machines_of_run[i], 120);
                assert_int_equal(evidence_add(&e[i], &run.results[i], &v, 3, round), 0);
                tare_visit_free(&v);
                settled = judge_look(&e[i], &run.results[i], round, &of_run);
            }
            evidence_free(&e[i]);
        }
        assert_int_equal(judge_run(&run, &of_run), 0);
        assert_int_equal(run.results[0].change.verdict, looks < 3 ? TARE_INCONCLUSIVE : TARE_REGRESSED);
        assert_int_equal(run.results[1].change.verdict, looks < 2 ? TARE_INCONCLUSIVE : TARE_UNCHANGED);
        assert_int_equal(run.results[2].change.verdict, TARE_INCONCLUSIVE);
        tare_run_free(&run);
    }
}

/* ---- stored samples ---- */

static void store_samples(struct tare_result *r, struct tare_rng *rng, double ns)
{
    r->samples.n = 200;
    r->samples.ns = calloc(200, sizeof(double));
    r->samples.cause = calloc(200, 1);
    r->samples.round = calloc(200, 1);
    for (size_t i = 0; i < 200; i++)
        r->samples.ns[i] = ns * (1 + 0.002 * tare_rng_normal(rng));
    assert_int_equal(tare_result_summarise(r, 0.99), 0);
}

static enum tare_verdict judge_stored_pair(double change)
{
    struct tare_run run = { 0 };
    struct tare_result old = { 0 };
    struct tare_rng rng;
    tare_rng_seed(&rng, 9);
    struct tare_result *r = tare_run_add(&run);
    store_samples(&old, &rng, 1000);
    store_samples(r, &rng, 1000 * (1 + change));
    assert_int_equal(judge_stored(r, &old, &rules), 0);
    assert_int_equal(judge_drift(&run, &rules, NULL), 0);
    assert_true(r->change.drift > 0);
    assert_true(fabs(expm1(r->change.ratio.value) - change) < 0.002);
    enum tare_verdict v = r->change.verdict;
    tare_run_free(&run);
    tare_result_free(&old);
    return v;
}

static void stored_samples_say_nothing_inside_ten_percent(void **state)
{
    (void)state;
    static const struct {
        double change;
        enum tare_verdict verdict;
    } table[] = {
        { 0, TARE_INCONCLUSIVE },    { 0.01, TARE_INCONCLUSIVE },  { -0.01, TARE_INCONCLUSIVE },
        { 0.09, TARE_INCONCLUSIVE }, { -0.08, TARE_INCONCLUSIVE }, { 0.15, TARE_REGRESSED },
        { -0.15, TARE_IMPROVED },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(judge_stored_pair(table[i].change), table[i].verdict);
}

/* ---- processes, answers ---- */

static void verdicts_wait_for_their_processes(void **state)
{
    (void)state;
    static const struct {
        size_t processes;
        double slow;
        enum tare_verdict verdict;
        size_t rounds;
    } table[] = {
        { 1, 0, TARE_UNCHANGED, 2 },    { 2, 0, TARE_UNCHANGED, 3 },    { 5, 0, TARE_UNCHANGED, 5 },
        { 8, 0, TARE_UNCHANGED, 8 },    { 1, 0.05, TARE_REGRESSED, 3 }, { 2, 0.05, TARE_REGRESSED, 3 },
        { 5, 0.05, TARE_REGRESSED, 5 }, { 7, -0.05, TARE_IMPROVED, 7 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct machine m = { .noise = 0.001, .slow = table[i].slow };
        struct judge_rules asked = rules;
        size_t rounds;
        asked.processes = table[i].processes;
        tare_rng_seed(&m.rng, 3);
        assert_int_equal(compare(&m, 400, &asked, &rounds).verdict, table[i].verdict);
        assert_int_equal(rounds, table[i].rounds);
    }
}

/* Each process has a bias of its own, of half the margin: the blocks settle it, three processes do not. */
static void unchanged_needs_the_interval_over_processes(void **state)
{
    (void)state;
    size_t unchanged[2] = { 0 };
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < 100; i++) {
            struct machine m = { .noise = 0.0005, .round_bias = 0.0025 };
            struct judge_rules asked = rules;
            asked.processes = k ? 2 : 1;
            asked.rounds = 3;
            tare_rng_seed(&m.rng, 2000 + i);
            unchanged[k] += compare(&m, 400, &asked, NULL).verdict == TARE_UNCHANGED;
        }
    assert_true(unchanged[0] > 50);
    assert_true(unchanged[1] < 25); /* 9.92 s / sqrt(3) < margin; 2 s^2 / sd^2 is chi-squared: 1 - e^-0.12 = 11% */
}

static void faster_and_wrong_is_no_improvement(void **state)
{
    (void)state;
    static const struct {
        enum tare_verdict before, after;
        struct tare_answer answer;
        size_t warnings;
    } table[] = {
        { TARE_IMPROVED, TARE_IMPROVED, { 0 }, 0 },
        { TARE_IMPROVED, TARE_IMPROVED, { .compared = true, .ulp = 4, .bound = 4 }, 0 },
        { TARE_IMPROVED, TARE_INCONCLUSIVE, { .compared = true, .ulp = 4.1, .bound = 4 }, 1 },
        { TARE_IMPROVED, TARE_INCONCLUSIVE, { .compared = true, .ulp = INFINITY, .bound = 4 }, 1 },
        { TARE_IMPROVED, TARE_IMPROVED, { .compared = true, .ulp = INFINITY, .bound = INFINITY }, 0 },
        { TARE_IMPROVED, TARE_IMPROVED, { .unsteady = true, .ulp = INFINITY }, 1 },
        { TARE_REGRESSED, TARE_REGRESSED, { .compared = true, .ulp = 1 }, 1 },
        { TARE_UNCHANGED, TARE_UNCHANGED, { .compared = true, .ulp = 1 }, 1 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct tare_run run = { 0 };
        struct tare_result *r = tare_run_add(&run);
        r->id = strdup("suite/case");
        r->change =
            (struct tare_change){ .method = TARE_METHOD_PAIRED, .verdict = table[i].before, .answer = table[i].answer };
        assert_int_equal(judge_answers(&run), 0);
        assert_int_equal(run.results[0].change.verdict, table[i].after);
        assert_int_equal(run.n_warnings, table[i].warnings);
        tare_run_free(&run);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(identical_code_is_never_called_changed),
    cmocka_unit_test(a_change_of_two_percent_is_found_with_its_direction),
    cmocka_unit_test(half_a_percent_among_disturbed_samples_is_found_in_a_second),
    cmocka_unit_test(an_address_that_is_lucky_for_one_round_is_no_change),
    cmocka_unit_test(what_a_slot_costs_cancels_exactly),
    cmocka_unit_test(a_change_needs_three_rounds_and_no_change_two),
    cmocka_unit_test(a_change_that_would_not_survive_among_many_cases_is_measured_on),
    cmocka_unit_test(the_interval_of_a_change_is_no_narrower_than_a_step_of_the_clock),
    cmocka_unit_test(a_change_within_the_margin_is_no_change),
    cmocka_unit_test(few_blocks_are_inconclusive_and_say_what_they_could_see),
    cmocka_unit_test(of_long_repetitions_few_blocks_decide),
    cmocka_unit_test(a_disturbed_sample_is_passed_over_and_a_disturbed_block_set_aside),
    cmocka_unit_test(a_cause_that_most_samples_have_belongs_to_the_work),
    cmocka_unit_test(a_change_of_the_check_makes_a_verdict_inconclusive),
    cmocka_unit_test(false_discoveries_are_controlled_over_the_run),
    cmocka_unit_test(what_was_settled_at_a_look_stays_when_the_run_ends_there),
    cmocka_unit_test(stored_samples_say_nothing_inside_ten_percent),
    cmocka_unit_test(verdicts_wait_for_their_processes),
    cmocka_unit_test(unchanged_needs_the_interval_over_processes),
    cmocka_unit_test(faster_and_wrong_is_no_improvement),
};

TARE_TEST_MAIN(tests)
