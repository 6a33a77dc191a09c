/* The state split before simulated machines: a core that moves between speeds, a gauge that follows it, and a new build
 * that is slower by its work, by its layout in the slow state alone, or not at all. */
#include "tests/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/rng.h"
#include "framework/runner/judge.h"

struct machine {
    struct tare_rng rng;
    double slow_share; /* of the time that the core spends at 1.6x */
    bool by_memory;    /* it is the memory that is slow then, not the clock */
    double work;       /* the new build's, in every state */
    double layout;     /* what it takes longer in the slow state alone */
    double round_bias; /* sd of a bias of the new build that lasts one round */
    double gauge_noise;
    double slots[3];   /* what lying in a slot costs, as log-ratio */
    bool whole_rounds; /* the state changes between rounds alone */
    /* in between */
    bool slow;
};

static void next_state(struct machine *m)
{
    if (tare_rng_below(&m->rng, 20) == 0)
        m->slow = tare_rng_uniform(&m->rng) < m->slow_share;
}

static void simulate(struct tare_visit *v, struct machine *m, size_t n_blocks)
{
    *v = (struct tare_visit){ .iters = 1 };
    v->readings = calloc(n_blocks * 6, sizeof *v->readings);
    assert_non_null(v->readings);
    double bias = m->round_bias * tare_rng_normal(&m->rng);
    if (m->whole_rounds)
        m->slow = tare_rng_uniform(&m->rng) < m->slow_share;
    for (size_t b = 0; b < n_blocks; b++) {
        size_t order[3] = { 0, 1, 2 }, turn = b * 3 / n_blocks;
        tare_rng_shuffle(&m->rng, order, 3);
        if (!m->whole_rounds)
            next_state(m);
        double speed = m->slow ? 1.6 : 1, gauge[TARE_GAUGES];
        for (int g = 0; g < TARE_GAUGES; g++) {
            bool follows = (g == TARE_GAUGE_MEMORY) == m->by_memory;
            gauge[g] = 1200 * (follows ? speed : 1) * exp(m->gauge_noise * tare_rng_normal(&m->rng));
        }
        for (size_t i = 0; i < 6; i++) {
            size_t arm = i < 3 ? order[i] : order[5 - i];
            double t = 1000 * speed * (1 + 0.004 * tare_rng_normal(&m->rng));
            if (tare_rng_uniform(&m->rng) < 0.05)
                t *= 1 + 3 * -log(1 - tare_rng_uniform(&m->rng));
            if (arm == 2)
                t *= (1 + m->work) * (m->slow ? 1 + m->layout : 1) * exp(bias);
            t *= exp(m->slots[(arm + turn) % 3]);
            v->readings[v->n++] = (struct tare_reading){ .ns = t,
                                                         .arm = (uint8_t)arm,
                                                         .turn = (uint8_t)turn,
                                                         .block = (uint32_t)b,
                                                         .gauge_ns = { (float)gauge[0], (float)gauge[1] } };
            v->measured_ns += t;
        }
    }
}

static const struct judge_rules rules = { .margin = 0.005, .confidence = 0.99, .rounds = 8, .precision = 0.005 };

/* All rounds, settled or not. */
static struct tare_change judge(struct machine *m, size_t n_blocks)
{
    struct evidence e = { 0 };
    struct tare_result r = { 0 };
    for (size_t round = 0; round < rules.rounds; round++) {
        struct tare_visit v;
        simulate(&v, m, n_blocks);
        assert_int_equal(evidence_add(&e, &r, &v, 3, round), 0);
        tare_visit_free(&v);
        judge_look(&e, &r, round, &rules);
    }
    struct tare_change c = r.change;
    evidence_free(&e);
    tare_result_free(&r);
    return c;
}

enum { TRIALS = 60, BLOCKS = 200 };

/* Whether two states of a gauge differ as the mark wants it. */
static bool is_split(const struct tare_change *c)
{
    for (size_t i = 0; i < c->n_states; i++)
        for (size_t k = 0; k < i; k++) {
            const struct tare_interval a = c->states[i].ratio, b = c->states[k].ratio;
            if (c->states[i].gauge == c->states[k].gauge && (a.lo > b.hi || b.lo > a.hi) &&
                fabs(a.value - b.value) > rules.margin / 2)
                return true;
        }
    return false;
}

static const struct {
    const char *name;
    struct machine machine;
    size_t split_least, split_most; /* of TRIALS */
} table[] = {
    { "the same build", { .slow_share = 0.4, .gauge_noise = 0.005 }, 0, 1 },
    { "planted work, 2%", { .slow_share = 0.4, .gauge_noise = 0.005, .work = 0.02 }, 0, 1 },
    { "planted work, 20%", { .slow_share = 0.4, .gauge_noise = 0.005, .work = 0.2 }, 0, 1 },
    { "less work, and slow at times", { .slow_share = 0.15, .gauge_noise = 0.005, .work = -0.05 }, 0, 1 },
    { "work, under a neighbour", { .slow_share = 0.4, .gauge_noise = 0.03, .by_memory = true, .work = 0.02 }, 0, 1 },
    { "work, and lucky addresses", { .slow_share = 0.4, .work = 0.02, .round_bias = 0.005 }, 0, 2 },
    { "lucky addresses, the state that of a round",
      { .slow_share = 0.5, .gauge_noise = 0.005, .round_bias = 0.01, .whole_rounds = true },
      0,
      2 },
    { "work, and slots that cost", { .slow_share = 0.4, .work = 0.02, .slots = { 0, 0.02, -0.01 } }, 0, 1 },
    { "layout, and slots that cost",
      { .slow_share = 0.4, .gauge_noise = 0.005, .layout = 0.066, .slots = { 0, 0.02, -0.01 } },
      TRIALS - 2,
      TRIALS },
    { "layout", { .slow_share = 0.4, .gauge_noise = 0.005, .layout = 0.066 }, TRIALS - 2, TRIALS },
    { "layout that helps", { .slow_share = 0.4, .gauge_noise = 0.005, .layout = -0.03 }, TRIALS - 2, TRIALS },
    { "layout, slow at times", { .slow_share = 0.15, .gauge_noise = 0.005, .layout = 0.066 }, TRIALS - 5, TRIALS },
    { "layout, slow mostly", { .slow_share = 0.7, .gauge_noise = 0.005, .layout = 0.066 }, TRIALS - 2, TRIALS },
    { "layout, under a neighbour",
      { .slow_share = 0.4, .gauge_noise = 0.03, .by_memory = true, .layout = 0.03 },
      TRIALS - 2,
      TRIALS },
    { "layout and work",
      { .slow_share = 0.4, .gauge_noise = 0.005, .layout = 0.05, .work = 0.02 },
      TRIALS - 2,
      TRIALS },
};

static void planted_layout_is_told_from_planted_work(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        size_t split = 0, marked = 0;
        struct machine m = table[t].machine;
        for (size_t i = 0; i < TRIALS; i++) {
            tare_rng_seed(&m.rng, 500 + i);
            m.slow = false;
            struct tare_change c = judge(&m, BLOCKS);
            split += is_split(&c);
            marked += c.state_dependent;
            assert_true(c.state_dependent || !is_split(&c));
        }
        if (split < table[t].split_least || split > table[t].split_most)
            fail_msg("%s: %zu of %d told as dependent on the state (%zu marked)", table[t].name, split, TRIALS, marked);
    }
}

static void planted_work_has_its_ratio_in_every_state(void **state)
{
    (void)state;
    struct machine m = { .slow_share = 0.4, .gauge_noise = 0.005, .work = 0.02 };
    size_t states = 0, holds = 0;
    for (size_t i = 0; i < TRIALS; i++) {
        tare_rng_seed(&m.rng, 900 + i);
        struct tare_change c = judge(&m, BLOCKS);
        assert_int_equal(c.verdict, TARE_REGRESSED);
        assert_int_equal(c.n_states, 2); /* of the clock; the memory's gauge stood still */
        size_t blocks = 0;
        for (size_t k = 0; k < c.n_states; k++) {
            const struct tare_state *s = &c.states[k];
            assert_int_equal(s->gauge, TARE_GAUGE_CLOCK);
            assert_int_equal(s->bin, k);
            blocks += s->blocks;
            states++;
            holds += s->ratio.lo <= log(1.02) && log(1.02) <= s->ratio.hi;
            assert_true(fabs(s->ratio.value - log(1.02)) < 0.002);
        }
        assert_int_equal(blocks, rules.rounds * BLOCKS);
    }
    assert_true((double)holds >= 0.99 * (double)states);
}

static void a_state_tells_its_speed_and_its_own_change(void **state)
{
    (void)state;
    struct machine m = { .slow_share = 0.4, .gauge_noise = 0.005, .layout = 0.066 };
    tare_rng_seed(&m.rng, 40);
    struct tare_change c = judge(&m, 400);
    assert_int_equal(c.n_states, 2);
    const struct tare_state *fast = &c.states[0], *slow = &c.states[1];
    assert_true(fast->high <= 1 && fast->low > 0.95);
    assert_true(fabs(slow->low - 1 / 1.6) < 0.02 && fabs(slow->high - 1 / 1.6) < 0.02);
    assert_true(fabs(fast->ratio.value) < 0.001);
    assert_true(fabs(slow->ratio.value - log(1.066)) < 0.003);
    assert_true(c.state_dependent);
}

static void a_change_in_one_state_keeps_its_verdict_and_is_marked(void **state)
{
    (void)state;
    struct machine m = { .slow_share = 0.8, .gauge_noise = 0.005, .layout = 0.066 };
    tare_rng_seed(&m.rng, 41);
    struct tare_change c = judge(&m, 400);
    assert_int_equal(c.verdict, TARE_REGRESSED);
    assert_true(c.state_dependent);
}

/* Four blocks of a turn are too few for a median: the state's value is that of all its blocks, without an interval. */
static void a_state_of_few_blocks_has_a_value_and_no_interval(void **state)
{
    (void)state;
    struct machine m = { .slow_share = 0.5, .gauge_noise = 0.005, .work = 0.02, .whole_rounds = true };
    tare_rng_seed(&m.rng, 43);
    struct tare_change c = judge(&m, 12);
    assert_int_equal(c.n_states, 2);
    for (size_t i = 0; i < c.n_states; i++) {
        assert_true(fabs(c.states[i].ratio.value - log(1.02)) < 0.01);
        assert_true(isinf(c.states[i].ratio.lo) && isinf(c.states[i].ratio.hi));
    }
    assert_false(is_split(&c));
}

static void without_gauges_there_are_no_states(void **state)
{
    (void)state;
    struct machine m = { .slow_share = 0.4, .gauge_noise = 0.005, .work = 0.02 };
    struct evidence e = { 0 };
    struct tare_result r = { 0 };
    struct tare_visit v;
    tare_rng_seed(&m.rng, 42);
    for (size_t round = 0; round < 3; round++) {
        simulate(&v, &m, BLOCKS);
        for (size_t i = 0; i < v.n; i++)
            memset(v.readings[i].gauge_ns, 0, sizeof v.readings[i].gauge_ns);
        assert_int_equal(evidence_add(&e, &r, &v, 3, round), 0);
        judge_look(&e, &r, round, &rules);
        tare_visit_free(&v);
    }
    assert_int_equal(r.change.verdict, TARE_REGRESSED);
    assert_int_equal(r.change.n_states, 0);
    assert_false(r.change.state_dependent);
    evidence_free(&e);
    tare_result_free(&r);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(planted_layout_is_told_from_planted_work),
    cmocka_unit_test(planted_work_has_its_ratio_in_every_state),
    cmocka_unit_test(a_state_tells_its_speed_and_its_own_change),
    cmocka_unit_test(a_change_in_one_state_keeps_its_verdict_and_is_marked),
    cmocka_unit_test(a_state_of_few_blocks_has_a_value_and_no_interval),
    cmocka_unit_test(without_gauges_there_are_no_states),
};

TARE_TEST_MAIN(tests)
