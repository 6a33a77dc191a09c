/* More builds than two before a simulated machine: the truth of every build is known. */
#include "tests/harness.h"

#include <math.h>

#include "framework/runner/arms.h"
#include "tests/framework/runner_machine.h"

static const struct judge_rules rules = { .margin = 0.005, .confidence = 0.99, .rounds = 8, .precision = 0.005 };

/* Fills builds and *change; the rounds it took. */
static size_t judge_by(const struct judge_rules *by, struct arm_change *builds, struct tare_change *change,
                       struct tare_rng *rng, const double *slower, size_t n_arms)
{
    struct evidence e = { 0 };
    struct tare_result r = { 0 };
    size_t round = 0;
    for (bool settled = false; round < by->rounds && !settled; round++) {
        struct tare_visit v;
        simulate(&v, rng, slower, n_arms);
        assert_int_equal(evidence_add(&e, &r, &v, n_arms, round), 0);
        assert_int_equal(r.samples.n, 2 * TURN_BLOCKS * n_arms * (round + 1)); /* of one arm */
        tare_visit_free(&v);
        judge_look(&e, &r, round, by);
        settled = judge_arms(builds, n_arms, &e, &r, round, by);
    }
    *change = r.change;
    evidence_free(&e);
    tare_result_free(&r);
    return round;
}

static size_t judge(struct arm_change *builds, struct tare_change *change, struct tare_rng *rng, const double *slower,
                    size_t n_arms)
{
    return judge_by(&rules, builds, change, rng, slower, n_arms);
}

static void every_build_gets_its_own_change_and_its_own_step(void **state)
{
    (void)state;
    static const struct {
        size_t n_arms;
        double slower[TARE_MAX_ARMS];
        enum tare_verdict steps[TARE_MAX_ARMS];
    } cases[] = {
        { 5, { 0, 0, 0, 0.03, 0.03 }, { 0, 0, TARE_UNCHANGED, TARE_REGRESSED, TARE_UNCHANGED } },
        { 6, { 0, 0, -0.1, -0.1, 0, 0.5 }, { 0, 0, TARE_IMPROVED, TARE_UNCHANGED, TARE_REGRESSED, TARE_REGRESSED } },
        { 16,
          { [9] = 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02 },
          { 0, 0, TARE_UNCHANGED, TARE_UNCHANGED, TARE_UNCHANGED, TARE_UNCHANGED, TARE_UNCHANGED, TARE_UNCHANGED,
            TARE_UNCHANGED, TARE_REGRESSED, TARE_UNCHANGED, TARE_UNCHANGED, TARE_UNCHANGED, TARE_UNCHANGED,
            TARE_UNCHANGED, TARE_UNCHANGED } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arm_change builds[TARE_MAX_ARMS];
        struct tare_change change;
        struct tare_rng rng;
        tare_rng_seed(&rng, 40 + i);
        judge(builds, &change, &rng, cases[i].slower, cases[i].n_arms);
        for (size_t a = 2; a < cases[i].n_arms; a++) {
            double truth = log1p(cases[i].slower[a]);
            double step = truth - log1p(a == 2 ? 0 : cases[i].slower[a - 1]);
            assert_int_equal(builds[a].verdict, cases[i].steps[a]);
            assert_true(builds[a].ratio.lo <= truth && truth <= builds[a].ratio.hi);
            assert_true(builds[a].step.lo <= step && step <= builds[a].step.hi);
            assert_true(builds[a].ratio.hi - builds[a].ratio.lo < 0.02);
        }
    }
}

static void of_three_arms_the_last_is_judged_as_a_comparison_is(void **state)
{
    (void)state;
    static const double truths[] = { 0, 0.004, 0.02, -0.3 };
    for (size_t i = 0; i < 4; i++) {
        const double slower[3] = { 0, 0, truths[i] };
        struct arm_change builds[3];
        struct tare_change change;
        struct tare_rng rng;
        tare_rng_seed(&rng, 60 + i);
        judge(builds, &change, &rng, slower, 3);
        assert_int_equal(builds[2].verdict, change.verdict);
        assert_true(fabs(builds[2].ratio.value - change.ratio.value) < 1e-15);
        assert_true(fabs(builds[2].ratio.lo - change.ratio.lo) < 1e-15);
        assert_true(fabs(builds[2].ratio.hi - change.ratio.hi) < 1e-15);
        assert_true(fabs(builds[2].p - change.p) < 1e-15);
    }
}

static void builds_that_are_the_same_show_no_step(void **state)
{
    (void)state;
    static const double slower[TARE_MAX_ARMS] = { 0 };
    size_t changed = 0, unchanged = 0;
    for (size_t i = 0; i < 25; i++) {
        struct arm_change builds[8];
        struct tare_change change;
        struct tare_rng rng;
        tare_rng_seed(&rng, 100 + i);
        judge(builds, &change, &rng, slower, 8);
        for (size_t a = 2; a < 8; a++) {
            changed += builds[a].verdict == TARE_REGRESSED || builds[a].verdict == TARE_IMPROVED;
            unchanged += builds[a].verdict == TARE_UNCHANGED;
        }
    }
    assert_int_equal(changed, 0);
    assert_true(unchanged >= 140); /* of 150 */
}

static void an_oldest_build_that_differs_from_itself_decides_nothing(void **state)
{
    (void)state;
    static const double slower[5] = { 0, 0.05, 0, 0.1, 0.1 };
    struct arm_change builds[5];
    struct tare_change change;
    struct tare_rng rng;
    tare_rng_seed(&rng, 200);
    assert_int_equal(judge(builds, &change, &rng, slower, 5), rules.rounds);
    assert_int_equal(builds[3].verdict, TARE_INCONCLUSIVE);
    assert_int_equal(builds[4].verdict, TARE_UNCHANGED);
}

/* Benjamini and Hochberg by hand: of four hypotheses, q = min over the larger p of p * 4 / rank. */
static void a_step_must_survive_the_control_over_all_steps(void **state)
{
    (void)state;
    struct arm_change c[4] = {
        { .verdict = TARE_REGRESSED, .p = 0.001 },
        { .verdict = TARE_IMPROVED, .p = 0.006 },
        { .verdict = TARE_UNCHANGED, .p = 1 },
        { .verdict = TARE_INCONCLUSIVE, .p = 0.5 },
    };
    struct arm_change *steps[] = { &c[0], &c[1], &c[2], &c[3] };
    assert_int_equal(judge_steps(steps, 4, &rules), 0);
    assert_int_equal(c[0].verdict, TARE_REGRESSED); /* q = 0.004 */
    assert_true(fabs(c[0].q - 0.004) < 1e-12);
    assert_int_equal(c[1].verdict, TARE_INCONCLUSIVE); /* q = 0.012 */
    assert_true(fabs(c[1].q - 0.012) < 1e-12);
    assert_int_equal(c[2].verdict, TARE_UNCHANGED);
    assert_int_equal(judge_steps(steps, 0, &rules), 0);
}

/* Where steps are judged arm 4 is even with arm 3; against arm 0 it is not. */
static void with_the_first_arm_in_front_every_other_is_held_against_it(void **state)
{
    (void)state;
    static const double slower[5] = { 0, 0, 0, 0.1, 0.1 };
    static const struct judge_rules to_first = {
        .margin = 0.005, .confidence = 0.99, .rounds = 8, .precision = 0.005, .to_first = true
    };
    struct arm_change arms[5];
    struct tare_change change;
    struct tare_rng rng;
    tare_rng_seed(&rng, 300);
    judge_by(&to_first, arms, &change, &rng, slower, 5);
    assert_int_equal(arms[2].verdict, TARE_UNCHANGED);
    assert_int_equal(arms[3].verdict, TARE_REGRESSED);
    assert_int_equal(arms[4].verdict, TARE_REGRESSED);
    assert_true(arms[4].step.lo == arms[4].ratio.lo && arms[4].step.hi == arms[4].ratio.hi);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(with_the_first_arm_in_front_every_other_is_held_against_it),
    cmocka_unit_test(every_build_gets_its_own_change_and_its_own_step),
    cmocka_unit_test(of_three_arms_the_last_is_judged_as_a_comparison_is),
    cmocka_unit_test(builds_that_are_the_same_show_no_step),
    cmocka_unit_test(an_oldest_build_that_differs_from_itself_decides_nothing),
    cmocka_unit_test(a_step_must_survive_the_control_over_all_steps),
};

TARE_TEST_MAIN(tests)
