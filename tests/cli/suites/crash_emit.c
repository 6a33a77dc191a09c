/* Dies of SIGABRT while it lists its cases. */
#include "tests/cli/suites/suite.h"

#include <stdlib.h>

static int emit(const struct tare_host *host)
{
    (void)add_case(host, "fine", NULL, run_nothing);
    abort();
}

SUITE("crash_emit")
