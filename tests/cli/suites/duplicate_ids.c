/* Two cases of one id. */
#include "tests/cli/suites/suite.h"

static int emit(const struct tare_host *host)
{
    int rc = add_case(host, "twice", NULL, run_nothing);
    return rc ? rc : add_case(host, "twice", NULL, run_nothing);
}

SUITE("duplicate_ids")
