/* One case cannot be set up and says why; another says nothing; the third is fine. */
#include "tests/cli/suites/suite.h"

static int setup_fails(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    (void)fixture;
    (void)c;
    return host->fail(host, "no weights of %s in %d places", "the model", 3);
}

static int setup_fails_silently(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    (void)fixture;
    (void)c;
    (void)host;
    return -1;
}

static int emit(const struct tare_host *host)
{
    int rc = add_case(host, "fails", setup_fails, run_nothing);
    if (!rc)
        rc = add_case(host, "fails_silently", setup_fails_silently, run_nothing);
    return rc ? rc : add_case(host, "fine", NULL, run_nothing);
}

SUITE("fail_setup")
