/* Needs a function that nobody has: cannot be loaded with RTLD_NOW. */
#include "tests/cli/suites/suite.h"

int nobody_has_this(void);

static int emit(const struct tare_host *host)
{
    return nobody_has_this() ? -1 : add_case(host, "fine", NULL, run_nothing);
}

SUITE("undefined_symbol")
