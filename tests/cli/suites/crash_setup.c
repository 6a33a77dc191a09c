/* Dies of SIGSEGV in setup; the case beside it is fine. */
#include "tests/cli/suites/suite.h"

#include <signal.h>

static int setup_crash(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    (void)fixture;
    (void)c;
    (void)host;
    raise(SIGSEGV);
    return 0;
}

static int emit(const struct tare_host *host)
{
    int rc = add_case(host, "crash", setup_crash, run_nothing);
    return rc ? rc : add_case(host, "fine", NULL, run_nothing);
}

SUITE("crash_setup")
