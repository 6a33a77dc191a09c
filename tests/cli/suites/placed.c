/* A case whose time may hang on where its code lies. PLACED_PERCENT=50 makes it slower by half, with
 * PLACED_BY_ADDRESS=1 only where it lies as the compiler wanted it. */
#include "tests/cli/suites/placed.h"
#include "tests/cli/suites/suite.h"

static void run_chain(void *fixture, const struct tare_loop *loop)
{
    uint64_t x = 1;
    (void)fixture;
    for (uint64_t i = 0; i < loop->iters; i++)
        x = placed_chain(x, PLACED_PERCENT, PLACED_BY_ADDRESS);
    tare_use(x);
}

static int emit(const struct tare_host *host)
{
    return add_case(host, "chain", NULL, run_chain);
}

SUITE("placed")
