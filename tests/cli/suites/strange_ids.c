/* Names that no id can carry: nothing, a blank, a line end, a slash at the ends. */
#include "tests/cli/suites/suite.h"

static int emit(const struct tare_host *host)
{
    static const char *const names[] = { "", "a b", "a\nb", "/a", "a/", "a\x1b[31m" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int rc = add_case(host, names[i], NULL, run_nothing);
        if (rc)
            return rc;
    }
    return 0;
}

SUITE("strange_ids")
