/* Built for an interface that does not exist yet. */
#include "tests/cli/suites/suite.h"

static int emit(const struct tare_host *host)
{
    return add_case(host, "fine", NULL, run_nothing);
}

TARE_EXPORT const struct tare_suite tare_suite = {
    .size = sizeof(struct tare_suite),
    .abi = TARE_SUITE_ABI + 1,
    .name = "wrong_abi",
    .emit = emit,
};
