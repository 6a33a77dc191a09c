/* A case without its function. */
#include "tests/cli/suites/suite.h"

static int emit(const struct tare_host *host)
{
    return add_case(host, "empty", NULL, NULL);
}

SUITE("no_run")
