/* A suite of nothing. */
#include "tests/cli/suites/suite.h"

static int emit(const struct tare_host *host)
{
    (void)host;
    return 0;
}

SUITE("no_cases")
