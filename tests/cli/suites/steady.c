/* Nothing wrong with it: three cases of some hundred nanoseconds, one of them outside the default run. Compiled with
 * STEADY_SLOWER=percent its case `chain/a` is slower by that; with STEADY_WITHOUT it lacks `chain/b`; with STEADY_TOLD
 * it tells its steps (suite.h). */
#include "tests/cli/suites/suite.h"

#ifndef STEADY_SLOWER
#define STEADY_SLOWER 0
#endif
#ifndef STEADY_TOLD
#define STEADY_TOLD 0
#endif

static void chain(const struct tare_loop *loop, int steps)
{
    uint64_t x = 1;
    if (STEADY_TOLD) {
        tell_steps(loop, steps);
        return;
    }
    for (uint64_t i = 0; i < loop->iters; i++) {
        for (int k = 0; k < steps; k++) {
            x = x * 0x9e3779b97f4a7c15u + 1;
            tare_hide(x);
        }
    }
    tare_use(x);
}

static void run_a(void *fixture, const struct tare_loop *loop)
{
    (void)fixture;
    chain(loop, 200 * (100 + STEADY_SLOWER) / 100);
}

static void run_b(void *fixture, const struct tare_loop *loop)
{
    (void)fixture;
    chain(loop, 100);
}

static int emit(const struct tare_host *host)
{
    static const struct {
        uint32_t flags;
        const char *group, *variant;
        void (*run)(void *fixture, const struct tare_loop *loop);
    } cases[] = {
        { TARE_CASE_CORE, "chain/a", NULL, run_a },
#ifndef STEADY_WITHOUT
        { TARE_CASE_CORE, "chain/b", NULL, run_b },
#endif
        { 0, "chain", "full", run_b },
    };
    int rc = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases && rc == 0; i++) {
        const struct tare_case c = { .size = sizeof c,
                                     .flags = cases[i].flags,
                                     .group = cases[i].group,
                                     .variant = cases[i].variant,
                                     .run = cases[i].run,
                                     .value = STEADY_TOLD ? TARE_VALUE_NS : TARE_VALUE_TIME };
        rc = host->add(host, &c);
    }
    return rc;
}

SUITE("steady")
