/* Variants of one work, which tell their steps (suite.h): `slow` does it twice, `same` as `fast` does; `lonely` has
 * cases that no other has. */
#include "tests/cli/suites/suite.h"

static void run_once(void *fixture, const struct tare_loop *loop)
{
    (void)fixture;
    tell_steps(loop, 150);
}

static void run_twice(void *fixture, const struct tare_loop *loop)
{
    (void)fixture;
    tell_steps(loop, 300);
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
                                                  .run = cases[i].run,
                                                  .value = TARE_VALUE_NS });
    }
    return rc;
}

SUITE("variants")
