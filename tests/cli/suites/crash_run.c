/* Dies of SIGSEGV while it is measured; the case beside it is fine. */
#include "tests/cli/suites/suite.h"

#include <signal.h>

static void run_crash(void *fixture, const struct tare_loop *loop)
{
    (void)fixture;
    if (loop->iters)
        raise(SIGSEGV);
}

static int emit(const struct tare_host *host)
{
    int rc = add_case(host, "crash", NULL, run_crash);
    return rc ? rc : add_case(host, "fine", NULL, run_nothing);
}

SUITE("crash_run")
