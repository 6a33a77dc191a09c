/* Variants of one work: `slow` does it twice, `same` as `fast` does; `lonely` has cases that no other has. */
#include "tests/cli/suites/suite.h"

static void chain(const struct tare_loop *loop, int steps)
{
    uint64_t x = 1;
    for (uint64_t i = 0; i < loop->iters; i++) {
        for (int k = 0; k < steps; k++) {
            x = x * 0x9e3779b97f4a7c15u + 1;
            tare_hide(x);
        }
    }
    tare_use(x);
}

static void run_once(void *fixture, const struct tare_loop *loop)
{
    (void)fixture;
    chain(loop, 150);
}

static void run_twice(void *fixture, const struct tare_loop *loop)
{
    (void)fixture;
    chain(loop, 300);
}

static int emit(const struct tare_host *host)
{
    static const struct {
        const char *group, *variant;
        int64_t n;
        void (*run)(void *fixture, const struct tare_loop *loop);
    } cases[] = {
        { "chain", "fast", 1, run_once },  { "chain", "slow", 1, run_twice },  { "chain", "same", 1, run_once },
        { "chain", "fast", 2, run_once },  { "chain", "slow", 2, run_twice },  { "other", "fast", 1, run_once },
        { "other", "slow", 1, run_twice }, { "chain", "lonely", 3, run_once },
    };
    int rc = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases && rc == 0; i++) {
        const struct tare_param n = { .name = "n", .num = cases[i].n };
        rc = host->add(host, &(struct tare_case){ .size = sizeof(struct tare_case),
                                                  .flags = TARE_CASE_CORE,
                                                  .group = cases[i].group,
                                                  .variant = cases[i].variant,
                                                  .params = &n,
                                                  .n_params = 1,
                                                  .run = cases[i].run });
    }
    return rc;
}

SUITE("variants")
