/* A case whose steps (told: suite.h) may hang on where its code lies. PLACED_PERCENT=50 makes it slower by half, with
 * PLACED_BY_ADDRESS=1 only where it lies as the compiler wanted it. */
#include "tests/cli/suites/placed.h"
#include "tests/cli/suites/suite.h"

static void run_chain(void *fixture, const struct tare_loop *loop)
{
    (void)fixture;
    tell_steps(loop, placed_steps(PLACED_PERCENT, PLACED_BY_ADDRESS));
}

static int emit(const struct tare_host *host)
{
    const struct tare_case c = {
        .size = sizeof c, .flags = TARE_CASE_CORE, .group = "chain", .run = run_chain, .value = TARE_VALUE_NS
    };
    return host->add(host, &c);
}

SUITE("placed")
