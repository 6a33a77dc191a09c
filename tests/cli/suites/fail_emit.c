/* Cannot list its cases, and says why. */
#include "tests/cli/suites/suite.h"

static int emit(const struct tare_host *host)
{
    int rc = add_case(host, "fine", NULL, run_nothing);
    return rc ? rc : host->fail(host, "the table of shapes is empty");
}

SUITE("fail_emit")
