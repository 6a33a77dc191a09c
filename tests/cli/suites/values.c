/* Cases that tell what they found out: bytes, a time, a ratio, by VALUES_MORE percent more in another build; one that
 * tells nothing, one whose quantity is another (time) in that build, and a sleep that counts its repetitions. */
#include "tests/cli/suites/suite.h"

#include <time.h>

#ifndef VALUES_MORE
#define VALUES_MORE 0
#endif

static const double bytes = 8 << 20, ns = 2e6, ratio = 0.25, none = 0;

static int setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    (void)host;
    *fixture = (void *)(uintptr_t)c->arg;
    return 0;
}

static void tell(void *fixture, const struct tare_loop *loop)
{
    const double *value = fixture;
    run_nothing(NULL, loop);
    if (*value > 0)
        tare_tell(loop, *value * (1 + VALUES_MORE / 100.0));
}

static void sleep_long(void *fixture, const struct tare_loop *loop)
{
    (void)fixture;
    for (uint64_t i = 0; i < loop->iters; i++)
        nanosleep(&(struct timespec){ .tv_nsec = 60000000 }, NULL);
}

static int emit(const struct tare_host *host)
{
    static const struct {
        const char *group;
        uint32_t value;
        const double *arg;
    } cases[] = {
        { "memory", TARE_VALUE_BYTES, &bytes },
        { "percentile", TARE_VALUE_NS, &ns },
        { "share", TARE_VALUE_RATIO, &ratio },
        { "silent", TARE_VALUE_BYTES, &none },
        { "other", VALUES_MORE ? TARE_VALUE_TIME : TARE_VALUE_BYTES, &bytes },
    };
    int rc = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases && rc == 0; i++) {
        const struct tare_case c = { .size = sizeof c,
                                     .flags = TARE_CASE_CORE,
                                     .group = cases[i].group,
                                     .work = { .flops = 1, .bytes_read = 1, .items = 1 }, /* is not looked at */
                                     .arg = cases[i].arg,
                                     .setup = setup,
                                     .run = tell,
                                     .value = cases[i].value };
        rc = host->add(host, &c);
    }
    const struct tare_case counted = {
        .size = sizeof counted, .flags = TARE_CASE_CORE | TARE_CASE_COUNTED, .group = "counted", .run = sleep_long
    };
    return rc ? rc : host->add(host, &counted);
}

SUITE("values")
