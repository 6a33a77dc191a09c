/* A visit to a case: how often what is called, and in which order the arms take turns. Nothing here looks at times but
 * through their signs. */
#include "tests/harness.h"

#include <math.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/measure/visit.h"
#include "framework/result/result.h"

/* A fixture that counts what is done with it. */
struct tally {
    uint64_t iters, runs, resets, runs_since_reset;
    int spin; /* dependent steps an iteration */
};

static void tally_reset(void *fixture)
{
    struct tally *t = fixture;
    t->resets++;
    t->runs_since_reset = 0;
}

static void tally_run(void *fixture, const struct tare_loop *loop)
{
    struct tally *t = fixture;
    uint64_t x = 1;
    for (uint64_t i = 0; i < loop->iters; i++)
        for (int k = 0; k < t->spin; k++) {
            x = x * 6364136223846793005u + 1;
            tare_hide(x);
        }
    t->iters += loop->iters;
    t->runs++;
    t->runs_since_reset++;
}

/* Every arm is a case of its own, with its own tally; the slots it was set up in are noted. */
static struct tally tallies[TARE_MAX_ARMS];
static size_t setups[TARE_MAX_ARMS];
static const void *places[TARE_MAX_ARMS][TARE_MAX_ARMS]; /* [arm][turn] where its memory was */
static size_t arm_numbers[TARE_MAX_ARMS];

static int tally_setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    size_t arm = *(const size_t *)c->arg;
    places[arm][setups[arm]++] = host->alloc(host, 100);
    *fixture = &tallies[arm];
    return 0;
}

static struct tare_visit visit(size_t n_arms, const struct tare_visit_plan *plan)
{
    struct tare_case cases[TARE_MAX_ARMS];
    const struct tare_case *arms[TARE_MAX_ARMS];
    struct tare_visit v;
    struct tare_lab *lab;
    for (size_t i = 0; i < n_arms; i++) {
        tallies[i] = (struct tally){ .spin = 20 };
        setups[i] = 0;
        arm_numbers[i] = i;
        cases[i] = (struct tare_case){ .size = sizeof cases[i],
                                       .group = "g",
                                       .arg = &arm_numbers[i],
                                       .setup = tally_setup,
                                       .reset = tally_reset,
                                       .run = tally_run };
        arms[i] = &cases[i];
    }
    assert_int_equal(tare_lab_create(&lab, &(struct tare_lab_options){ .n_threads = 1 }), 0);
    assert_int_equal(tare_visit_run(&v, lab, arms, n_arms, plan), 0);
    tare_lab_free(lab);
    return v;
}

static const struct tare_visit_plan short_plan = {
    .warmup_ns = 1e5, .budget_ns = 1e6, .sample_ns = 2e4, .min_samples = 10, .max_samples = 40, .seed = 11, .cpu = -1
};

static void every_sample_is_preceded_by_a_reset(void **state)
{
    (void)state;
    struct tare_visit v = visit(1, &short_plan);
    const struct tally *t = &tallies[0];
    assert_int_equal(t->resets, t->runs);
    assert_int_equal(t->runs_since_reset, 1);
    assert_true(v.n >= 10 && v.n <= 40);
    for (size_t i = 0; i < v.n; i++) {
        assert_true(v.readings[i].ns >= 0 && isfinite(v.readings[i].ns));
        assert_int_equal(v.readings[i].arm, 0);
        assert_int_equal(v.readings[i].turn, 0);
        assert_int_equal(v.readings[i].block, i);
    }
    tare_visit_free(&v);
}

static void given_iterations_are_kept(void **state)
{
    (void)state;
    struct tare_visit_plan plan = short_plan;
    plan.iters = 17;
    struct tare_visit v = visit(1, &plan);
    assert_int_equal(v.iters, 17);
    assert_int_equal(tallies[0].iters, 17 * tallies[0].runs);
    tare_visit_free(&v);
}

/* A plan that the number of samples ends: 12 blocks a turn. */
static struct tare_visit_plan counted_plan(size_t n_arms)
{
    struct tare_visit_plan plan = short_plan;
    plan.min_samples = plan.max_samples = 24 * n_arms;
    plan.budget_ns = 1e10;
    return plan;
}

/* A turn's first block has none before it to tell whether blocks are long enough. */
static void gauges_are_asked_once_a_block_of_several_arms(void **state)
{
    (void)state;
    struct tare_gauges *gauges;
    assert_int_equal(tare_gauges_create(&gauges, tare_clock_get()), 0);
    static const struct {
        size_t n_arms;
        double sample_ns;
        bool asked;
    } table[] = {
        { 3, 2e6, true },
        { 2, 2e6, true },
        { 3, 100, false }, /* too short: the gauges would take too much of the time */
        { 1, 2e6, false },
    };
    for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
        struct tare_visit_plan plan = short_plan;
        plan.sample_ns = table[k].sample_ns;
        plan.gauges = gauges;
        struct tare_visit v = visit(table[k].n_arms, &plan);
        size_t asked = 0, blocks = 0, firsts = 0;
        for (size_t i = 0, to; i < v.n; i = to) {
            const struct tare_reading *first = &v.readings[i];
            for (to = i; to < v.n && v.readings[to].block == first->block && v.readings[to].turn == first->turn; to++)
                assert_memory_equal(first->gauge_ns, v.readings[to].gauge_ns, sizeof first->gauge_ns);
            bool both = first->gauge_ns[TARE_GAUGE_CLOCK] > 0 && first->gauge_ns[TARE_GAUGE_MEMORY] > 0;
            blocks++;
            asked += both;
            firsts += first->block == 0 && !both;
        }
        assert_int_equal(firsts, table[k].n_arms); /* one in each turn */
        assert_int_equal(asked, table[k].asked ? blocks - firsts : 0);
        tare_visit_free(&v);
    }
    tare_gauges_free(gauges);
}

static void a_block_is_an_order_and_its_mirror(void **state)
{
    (void)state;
    for (size_t n_arms = 2; n_arms <= 5; n_arms++) {
        const struct tare_visit_plan plan = counted_plan(n_arms);
        struct tare_visit v = visit(n_arms, &plan);
        assert_int_equal(v.n, 24 * n_arms * n_arms);
        size_t orders = 0;
        for (size_t b = 0; b < 12 * n_arms; b++) {
            const struct tare_reading *block = &v.readings[b * 2 * n_arms];
            size_t seen[5] = { 0 };
            for (size_t i = 0; i < 2 * n_arms; i++) {
                assert_int_equal(block[i].turn, b / 12);
                assert_int_equal(block[i].block, b % 12);
                assert_int_equal(block[i].arm, block[2 * n_arms - 1 - i].arm);
                seen[block[i].arm]++;
            }
            for (size_t a = 0; a < n_arms; a++)
                assert_int_equal(seen[a], 2);
            orders += block[0].arm != v.readings[0].arm;
        }
        assert_true(orders > 0); /* not always the same arm first */
        tare_visit_free(&v);
    }
}

static void over_the_turns_every_arm_has_every_slot(void **state)
{
    (void)state;
    for (size_t n_arms = 1; n_arms <= 5; n_arms++) {
        const struct tare_visit_plan plan = counted_plan(n_arms);
        struct tare_visit v = visit(n_arms, &plan);
        for (size_t a = 0; a < n_arms; a++) {
            assert_int_equal(setups[a], n_arms);
            for (size_t turn = 0; turn < n_arms; turn++) {
                for (size_t earlier = 0; earlier < turn; earlier++)
                    assert_ptr_not_equal(places[a][turn], places[a][earlier]);
                size_t owners = 0; /* arms that had this place in the first turn */
                for (size_t other = 0; other < n_arms; other++)
                    owners += places[other][0] == places[a][turn];
                assert_int_equal(owners, 1);
            }
        }
        tare_visit_free(&v);
    }
}

static void the_same_seed_gives_the_same_order(void **state)
{
    (void)state;
    struct tare_visit_plan plan = counted_plan(3);
    struct tare_visit a = visit(3, &plan), b = visit(3, &plan);
    plan.seed++;
    struct tare_visit c = visit(3, &plan);
    size_t same = 0;
    for (size_t i = 0; i < a.n; i++) {
        assert_int_equal(a.readings[i].arm, b.readings[i].arm);
        same += a.readings[i].arm == c.readings[i].arm;
    }
    assert_true(same < a.n);
    tare_visit_free(&a);
    tare_visit_free(&b);
    tare_visit_free(&c);
}

static void too_many_or_no_arms_are_refused(void **state)
{
    (void)state;
    struct tare_visit v;
    assert_int_equal(tare_visit_run(&v, NULL, NULL, 0, &short_plan), TARE_EUSAGE);
    assert_int_equal(tare_visit_run(&v, NULL, NULL, TARE_MAX_ARMS + 1, &short_plan), TARE_EUSAGE);
}

static int alive_count;

static void count_alive(void *ctx)
{
    assert_ptr_equal(ctx, &alive_count);
    alive_count++;
}

static void signs_of_life_are_given(void **state)
{
    (void)state;
    struct tare_visit_plan plan = short_plan;
    plan.alive = count_alive;
    plan.ctx = &alive_count;
    alive_count = 0;
    struct tare_visit v = visit(1, &plan);
    assert_true((size_t)alive_count >= v.n);
    tare_visit_free(&v);
}

/* A case whose every iteration touches a new page: the page faults are told apart from the rest. */
static volatile char pages[1 << 24];

static int fault_setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    (void)c;
    *fixture = host->alloc(host, sizeof(size_t));
    return *fixture ? 0 : -1;
}

static void fault_run(void *fixture, const struct tare_loop *loop)
{
    size_t *next = fixture;
    for (uint64_t i = 0; i < loop->iters; i++) {
        pages[*next % sizeof pages] = 1;
        *next += 4096;
    }
}

static void a_page_fault_is_charged_to_its_sample(void **state)
{
    (void)state;
    static const struct tare_case c = { .size = sizeof c, .group = "fault", .setup = fault_setup, .run = fault_run };
    const struct tare_case *arms[1] = { &c };
    struct tare_lab *lab;
    struct tare_visit_plan plan = short_plan;
    struct tare_visit v;
    plan.iters = 1;
    plan.warmup_ns = 0;
    assert_int_equal(tare_lab_create(&lab, &(struct tare_lab_options){ .n_threads = 1 }), 0);
    assert_int_equal(tare_visit_run(&v, lab, arms, 1, &plan), 0);
    tare_lab_free(lab);
    size_t faults = 0;
    for (size_t i = 0; i < v.n; i++)
        faults += v.readings[i].cause == TARE_CAUSE_FAULT;
    assert_true(faults > 0);
    tare_visit_free(&v);
}

/* Runs that take next to nothing and tell the numbers 1, 2, 3 ... times `unit`. */
static double told_unit;

static void telling_run(void *fixture, const struct tare_loop *loop)
{
    struct tally *t = fixture;
    t->runs++;
    t->iters += loop->iters;
    tare_tell(loop, told_unit * (double)t->runs);
}

static struct tally telling_tally;

static int telling_setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    (void)c, (void)host;
    telling_tally = (struct tally){ 0 };
    *fixture = &telling_tally;
    return 0;
}

static int visit_telling(struct tare_visit *v, uint32_t value, const struct tare_visit_plan *plan)
{
    const struct tare_case c = {
        .size = sizeof c, .group = "tells", .setup = telling_setup, .run = telling_run, .value = value
    };
    const struct tare_case *arms[1] = { &c };
    struct tare_lab *lab;
    assert_int_equal(tare_lab_create(&lab, &(struct tare_lab_options){ .n_threads = 1 }), 0);
    int rc = tare_visit_run(v, lab, arms, 1, plan);
    tare_lab_free(lab);
    return rc;
}

static void what_a_case_tells_is_its_reading(void **state)
{
    (void)state;
    static const uint32_t values[] = { TARE_VALUE_NS, TARE_VALUE_BYTES, TARE_VALUE_RATIO };
    told_unit = 1e12; /* longer than any run here */
    for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
        struct tare_visit v;
        assert_int_equal(visit_telling(&v, values[k], &short_plan), 0);
        assert_int_equal(v.iters, 1);
        assert_int_equal(telling_tally.iters, telling_tally.runs);
        assert_true(v.n >= 10 && v.measured_ns < 1e12);
        for (size_t i = 0; i < v.n; i++) {
            double number = v.readings[i].ns / told_unit;
            assert_true(number == (double)(telling_tally.runs - v.n + i + 1));
            if (values[k] != TARE_VALUE_NS)
                assert_int_equal(v.readings[i].cause, TARE_CAUSE_NONE);
        }
        tare_visit_free(&v);
    }
}

static void what_is_no_number_above_0_fails_the_case(void **state)
{
    (void)state;
    static const double units[] = { 0, -1, NAN, INFINITY };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        struct tare_visit v;
        told_unit = units[i];
        assert_int_equal(visit_telling(&v, TARE_VALUE_BYTES, &short_plan), TARE_EUSAGE);
        assert_non_null(strstr(tare_error(), "tare_tell"));
    }
}

/* A loop of a runner from before there were values ends in front of the pointer. */
static void an_older_loop_is_told_nothing(void **state)
{
    (void)state;
    double value = 1;
    struct tare_loop loop = { .size = (uint32_t)offsetof(struct tare_loop, value), .iters = 1, .value = &value };
    tare_tell(&loop, 2);
    assert_true(value == 1);
    loop.size = sizeof loop;
    tare_tell(&loop, 2);
    assert_true(value == 2);
    loop.value = NULL;
    tare_tell(&loop, 3);
    assert_true(value == 2);
}

static void promised_repetitions_are_taken_whatever_they_take(void **state)
{
    (void)state;
    for (size_t n_arms = 1; n_arms <= 3; n_arms += 2) {
        struct tare_visit_plan plan = short_plan;
        plan.budget_ns = 1;
        plan.min_samples = 1;
        plan.iters = 1000;
        plan.repetitions = 17;
        struct tare_visit v = visit(n_arms, &plan);
        size_t of_arm[3] = { 0 };
        for (size_t i = 0; i < v.n; i++)
            of_arm[v.readings[i].arm]++;
        for (size_t a = 0; a < n_arms; a++) /* of three arms: 6 in each of three turns, in blocks of two */
            assert_int_equal(of_arm[a], n_arms == 1 ? 17 : 18);
        tare_visit_free(&v);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_a_case_tells_is_its_reading),
    cmocka_unit_test(what_is_no_number_above_0_fails_the_case),
    cmocka_unit_test(an_older_loop_is_told_nothing),
    cmocka_unit_test(promised_repetitions_are_taken_whatever_they_take),
    cmocka_unit_test(every_sample_is_preceded_by_a_reset),
    cmocka_unit_test(given_iterations_are_kept),
    cmocka_unit_test(gauges_are_asked_once_a_block_of_several_arms),
    cmocka_unit_test(a_block_is_an_order_and_its_mirror),
    cmocka_unit_test(over_the_turns_every_arm_has_every_slot),
    cmocka_unit_test(the_same_seed_gives_the_same_order),
    cmocka_unit_test(too_many_or_no_arms_are_refused),
    cmocka_unit_test(signs_of_life_are_given),
    cmocka_unit_test(a_page_fault_is_charged_to_its_sample),
};

TARE_TEST_MAIN(tests)
