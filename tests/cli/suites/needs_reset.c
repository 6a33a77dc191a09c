/* Uses up what reset refills: dies where reset is not called before every sample, or is called inside one. */
#include "tests/cli/suites/suite.h"

#include <stdlib.h>

struct supply {
    int full;
};

static int setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    (void)c;
    *fixture = host->alloc(host, sizeof(struct supply));
    return *fixture ? 0 : -1;
}

static void reset(void *fixture)
{
    ((struct supply *)fixture)->full = 1;
}

static void run(void *fixture, const struct tare_loop *loop)
{
    struct supply *s = fixture;
    if (!s->full)
        abort();
    run_nothing(fixture, loop);
    s->full = 0;
}

static int emit(const struct tare_host *host)
{
    const struct tare_case c = {
        .size = sizeof c, .flags = TARE_CASE_CORE, .group = "supply", .setup = setup, .reset = reset, .run = run
    };
    return host->add(host, &c);
}

SUITE("needs_reset")
