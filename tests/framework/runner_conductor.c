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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(warming_up_keeps_its_share_of_the_budget),
};

TARE_TEST_MAIN(tests)
