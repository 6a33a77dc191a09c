/* Never comes back from being loaded. */
#include "tests/cli/suites/suite.h"

#include <unistd.h>

__attribute__((constructor)) static void on_load(void)
{
    for (;;)
        pause();
}

static int emit(const struct tare_host *host)
{
    return add_case(host, "fine", NULL, run_nothing);
}

SUITE("hang_load")
