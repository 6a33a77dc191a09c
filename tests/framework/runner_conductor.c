/* How long a run may take. */
#include "tests/harness.h"

#include <math.h>

#include "framework/runner/conductor.h"

static void warming_up_keeps_its_share_of_the_budget(void **state)
{
    (void)state;
    static const double budgets_ns[] = { 2e6, 0.25e9, 1e9, 60e9 };
    for (size_t i = 0; i < n_schedules; i++)
        for (size_t k = 0; k < sizeof budgets_ns / sizeof *budgets_ns; k++) {
            const struct schedule *preset = &schedules[i];
            struct schedule s = *preset;
            schedule_set_budget(&s, budgets_ns[k]);
            assert_true(s.budget_ns == budgets_ns[k]);
            assert_true(fabs(s.warmup_ns / s.budget_ns - preset->warmup_ns / preset->budget_ns) < 1e-12);
            assert_true(fabs(s.rewarm_ns / s.budget_ns - preset->rewarm_ns / preset->budget_ns) < 1e-12);
            assert_int_equal(s.rounds, preset->rounds);
        }
}

/* Takes what is planned, round by round, and counts. A paired visit takes multiples of six of each arm. */
static size_t taken_in_all(const struct schedule *schedule, bool counted, size_t n_arms, enum tare_quantity quantity)
{
    struct tare_result r = { .quantity = quantity };
    struct tare_run run = { .results = &r, .n_results = 1 };
    struct bench_setting setting = { 0 };
    struct conductor c = { .run = &run, .setting = &setting, .schedule = *schedule };
    struct entry e = { .n_arms = n_arms, .counted = counted };
    for (; e.rounds < schedule->rounds; e.rounds++) {
        size_t n = conductor_plan(&c, &e, 1).repetitions;
        r.samples.n += n_arms > 1 ? (n + 5) / 6 * 6 : n;
    }
    return r.samples.n;
}

static void a_preset_promises_so_many_repetitions(void **state)
{
    (void)state;
    static const struct {
        const char *preset;
        size_t repetitions;
    } presets[] = { { "quick", 20 }, { "default", 50 }, { "thorough", 100 } };
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        struct schedule s = *schedule_find(presets[i].preset);
        size_t n = presets[i].repetitions;
        assert_int_equal(taken_in_all(&s, true, 1, TARE_QUANTITY_TIME), n);
        assert_int_equal(taken_in_all(&s, true, 1, TARE_QUANTITY_BYTES), n);
        assert_in_range(taken_in_all(&s, true, 3, TARE_QUANTITY_TIME), n, n + 5);
        assert_int_equal(taken_in_all(&s, false, 1, TARE_QUANTITY_TIME), 0);
        s.rounds = 37; /* more processes than a preset has rounds */
        assert_in_range(taken_in_all(&s, true, 1, TARE_QUANTITY_TIME), n, n);
        schedule_set_budget(&s, 3e9);
        assert_int_equal(taken_in_all(&s, true, 1, TARE_QUANTITY_TIME), 0);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_preset_promises_so_many_repetitions),
    cmocka_unit_test(warming_up_keeps_its_share_of_the_budget),
};

TARE_TEST_MAIN(tests)
