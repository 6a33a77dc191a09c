/* Declares work that is not a number, infinite and negative. */
#include "tests/cli/suites/suite.h"

#include <math.h>

static int emit(const struct tare_host *host)
{
    static const struct {
        const char *group;
        double flops;
    } cases[] = { { "nan", NAN }, { "infinite", INFINITY }, { "negative", -1 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct tare_case c = { .size = sizeof c,
                                     .flags = TARE_CASE_CORE,
                                     .group = cases[i].group,
                                     .work = { .flops = cases[i].flops },
                                     .run = run_nothing };
        int rc = host->add(host, &c);
        if (rc)
            return rc;
    }
    return 0;
}

SUITE("nan_work")
