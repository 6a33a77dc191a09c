/* What the small suites of the command-line tests share. */
#ifndef TARE_TESTS_CLI_SUITE_H
#define TARE_TESTS_CLI_SUITE_H

#include <stddef.h>
#include <tare/bench.h>

/* A case that is measured and has no fault. */
static inline void run_nothing(void *fixture, const struct tare_loop *loop)
{
    (void)fixture;
    for (uint64_t i = 0; i < loop->iters; i++)
        tare_use(i);
}

/* What a case that is to be judged does in place of taking its time: it tells how many steps it would do, a
 * millisecond each, so that a verdict hangs on nothing else that runs on the machine. */
static inline void tell_steps(const struct tare_loop *loop, double steps)
{
    run_nothing(NULL, loop);
    tare_tell(loop, steps * 1e6);
}

static inline int add_case(const struct tare_host *host, const char *group,
                           int (*setup)(void **fixture, const struct tare_case *c, const struct tare_host *host),
                           void (*run)(void *fixture, const struct tare_loop *loop))
{
    const struct tare_case c = {
        .size = sizeof c, .flags = TARE_CASE_CORE, .group = group, .setup = setup, .run = run
    };
    return host->add(host, &c);
}

/* The suite of a file: its name, and the function `emit` above. */
#define SUITE(suite_name)                                                                                              \
    TARE_EXPORT const struct tare_suite tare_suite = { TARE_SUITE_HEAD, .name = suite_name, .emit = emit };

#endif
