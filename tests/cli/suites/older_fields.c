/* Built when the structures were shorter: a case ends with `run`, a suite with `emit`; what follows in memory is not
 * theirs, and must not be read. */
#include "tests/cli/suites/suite.h"

#include <math.h>
#include <string.h>

static void never(void *fixture)
{
    (void)fixture;
    __builtin_trap();
}

static int never_output(void *fixture, size_t index, struct tare_output *out)
{
    (void)index, (void)out;
    never(fixture);
    return 0;
}

static int emit(const struct tare_host *host)
{
    struct tare_case c;
    memset(&c, 0, sizeof c);
    c.size = (uint32_t)offsetof(struct tare_case, teardown);
    c.flags = TARE_CASE_CORE;
    c.group = "short";
    c.run = run_nothing;
    c.teardown = never; /* beyond size: reads as NULL */
    c.output = never_output;
    c.work.flops = 1;
    c.working_set = NAN; /* would be refused */
    c.peak = TARE_PEAK_F32;
    c.n_threads = 1000000;
    return host->add(host, &c);
}

SUITE("older_fields")
