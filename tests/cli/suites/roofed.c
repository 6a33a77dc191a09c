/* Cases that say what bounds them, in one way and another; they do next to nothing. */
#include "tests/cli/suites/suite.h"

static int add(const struct tare_host *host, const char *group, uint32_t peak, uint32_t n_threads, double working_set)
{
    const struct tare_case c = {
        .size = sizeof c,
        .flags = TARE_CASE_CORE,
        .group = group,
        .work = { .flops = peak ? 2 : 0, .bytes_read = working_set > 0 ? 64 : 0 },
        .run = run_nothing,
        .peak = peak,
        .n_threads = n_threads,
        .working_set = working_set,
    };
    return host->add(host, &c);
}

static int emit(const struct tare_host *host)
{
    int rc = add(host, "float", TARE_PEAK_F32, 0, 0);
    if (rc == 0)
        rc = add(host, "bytes", TARE_PEAK_NONE, 1, 4096);
    if (rc == 0)
        rc = add(host, "many_threads", TARE_PEAK_F32, 12345, 0);
    if (rc == 0)
        rc = add(host, "newer_peak", 77, 1, 0);
    return rc == 0 ? add(host, "nothing", TARE_PEAK_NONE, 0, 0) : rc;
}

SUITE("roofed")
