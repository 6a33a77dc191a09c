/* A case with outputs, y[0..63] and a count, that tells its steps (suite.h); other builds of it are faster by half and
 * compute, by ANSWER, the same (0), the same within the bound (1), something else (2), a NaN (3), an element less (4),
 * nothing twice the same (5), or declare no outputs (6); ANSWER_SLOW builds are not faster. */
#include "tests/cli/suites/suite.h"

#include <math.h>
#include <time.h>

#ifndef ANSWER
#define ANSWER      0
#define ANSWER_SLOW 1
#endif

enum { COUNT = 64, OLD_STEPS = 400 };

struct fixture {
    float *y; /* [COUNT] */
    int32_t count;
};

static long nanoseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_nsec;
}

static int setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    (void)c;
    struct fixture *f = host->alloc(host, sizeof *f);
    if (!f || !(f->y = host->scratch(host, COUNT * sizeof *f->y)))
        return -1;
    *fixture = f;
    return 0;
}

static void run(void *fixture, const struct tare_loop *loop)
{
    struct fixture *f = fixture;
    for (uint64_t i = 0; i < loop->iters; i++) {
        for (int k = 0; k < COUNT; k++)
            f->y[k] = (float)(k + 1) / 3;
        f->count = COUNT;
        if (ANSWER == 1)
            f->y[17] = nextafterf(f->y[17], 0);
        if (ANSWER == 2)
            f->y[17] *= 1.001f;
        if (ANSWER == 3)
            f->y[17] = NAN;
        if (ANSWER == 5)
            f->y[17] += (float)nanoseconds();
        tare_use(f);
    }
    tell_steps(loop, ANSWER_SLOW ? OLD_STEPS : OLD_STEPS / 2);
}

static int output(void *fixture, size_t index, struct tare_output *out)
{
    struct fixture *f = fixture;
    const struct tare_output outputs[] = {
        { .size = sizeof *out,
          .type = TARE_OUTPUT_F32,
          .name = "y",
          .data = f->y,
          .count = COUNT - (ANSWER == 4),
          .bound = 4 },
        { .size = sizeof *out, .type = TARE_OUTPUT_I32, .name = "count", .data = &f->count, .count = 1 },
    };
    if (index >= 2)
        return 0;
    *out = outputs[index];
    return 1;
}

static int emit(const struct tare_host *host)
{
    const struct tare_case c = { .size = sizeof c,
                                 .flags = TARE_CASE_CORE,
                                 .group = "thirds",
                                 .setup = setup,
                                 .run = run,
                                 .value = TARE_VALUE_NS,
                                 .output = ANSWER == 6 ? NULL : output };
    return host->add(host, &c);
}

SUITE("answers")
