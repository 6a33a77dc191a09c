/* Never comes back from run; the case beside it is fine. */
#include "tests/cli/suites/suite.h"

#include <unistd.h>

static void run_hang(void *fixture, const struct tare_loop *loop)
{
    (void)fixture;
    (void)loop;
    for (;;)
        pause();
}

static int emit(const struct tare_host *host)
{
    int rc = add_case(host, "hang", NULL, run_hang);
    return rc ? rc : add_case(host, "fine", NULL, run_nothing);
}

SUITE("hang_run")
