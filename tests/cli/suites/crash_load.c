/* Dies of SIGSEGV as soon as it is loaded. */
#include "tests/cli/suites/suite.h"

#include <signal.h>

__attribute__((constructor)) static void on_load(void)
{
    raise(SIGSEGV);
}

static int emit(const struct tare_host *host)
{
    return add_case(host, "fine", NULL, run_nothing);
}

SUITE("crash_load")
