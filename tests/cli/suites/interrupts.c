/* Two variants, the first of which interrupts the run before it is measured, as a user does at a terminal. */
#include "tests/cli/suites/suite.h"

#include <signal.h>
#include <unistd.h>

static int setup_interrupt(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    (void)fixture;
    (void)c;
    (void)host;
    return kill(getppid(), SIGINT);
}

static int emit(const struct tare_host *host)
{
    int rc = host->add(host, &(struct tare_case){ .size = sizeof(struct tare_case),
                                                  .group = "chain",
                                                  .variant = "fast",
                                                  .setup = setup_interrupt,
                                                  .run = run_nothing });
    return rc ? rc
              : host->add(host, &(struct tare_case){ .size = sizeof(struct tare_case),
                                                     .group = "chain",
                                                     .variant = "slow",
                                                     .run = run_nothing });
}

SUITE("interrupts")
