/* Nothing wrong with it: three cases of some hundred nanoseconds, one of them outside the default run. Compiled with
 * STEADY_SLOWER=percent its case `chain/a` is slower by that; with STEADY_WITHOUT it lacks `chain/b`. */
#include "tests/cli/suites/suite.h"

#ifndef STEADY_SLOWER
#define STEADY_SLOWER 0
#endif

static void chain(const struct tare_loop *loop, int steps)
{
    uint64_t x = 1;
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
    const struct tare_case full = { .size = sizeof full, .group = "chain", .variant = "full", .run = run_b };
    int rc = add_case(host, "chain/a", NULL, run_a);
#ifndef STEADY_WITHOUT
    if (!rc)
        rc = add_case(host, "chain/b", NULL, run_b);
#endif
    return rc ? rc : host->add(host, &full);
}

SUITE("steady")
