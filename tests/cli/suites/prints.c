/* Writes to standard output at every step: none of it may end up among the results. */
#include "tests/cli/suites/suite.h"

#include <stdio.h>
#include <unistd.h>

static void chatter(const char *where)
{
    printf("chatter from %s\n", where);
    fflush(stdout);
}

static int setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    (void)fixture;
    (void)c;
    (void)host;
    chatter("setup");
    return 0;
}

static void run(void *fixture, const struct tare_loop *loop)
{
    (void)fixture;
    static int told;
    for (uint64_t i = 0; i < loop->iters; i++)
        if (!told++)
            chatter("run");
}

static int emit(const struct tare_host *host)
{
    chatter("emit");
    return add_case(host, "loud", setup, run);
}

SUITE("prints")
