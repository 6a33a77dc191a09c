/* A simulated machine that measures several builds, whose truth is known. */
#ifndef TARE_TESTS_RUNNER_MACHINE_H
#define TARE_TESTS_RUNNER_MACHINE_H

#include <stdlib.h>

#include "framework/base/rng.h"
#include "framework/runner/judge.h"
#include "tests/harness.h"

enum { TURN_BLOCKS = 60 };

/* slower[a] is the truth of arm a, as a share of arm 0's time. The machine jumps between speeds and drifts by 30%; one
 * place in memory costs a tenth, and every arm has it for one turn. */
static void simulate(struct tare_visit *v, struct tare_rng *rng, const double *slower, size_t n_arms)
{
    static const double speeds[] = { 1.0, 1.1, 1.5, 2.0 };
    *v = (struct tare_visit){ .iters = 1 };
    v->readings = calloc(n_arms * TURN_BLOCKS * 2 * n_arms, sizeof *v->readings);
    assert_non_null(v->readings);
    double speed = 1;
    size_t n_blocks = n_arms * TURN_BLOCKS;
    for (size_t b = 0; b < n_blocks; b++) {
        size_t turn = b / TURN_BLOCKS;
        size_t order[TARE_MAX_ARMS];
        for (size_t a = 0; a < n_arms; a++)
            order[a] = a;
        tare_rng_shuffle(rng, order, n_arms);
        for (size_t i = 0; i < 2 * n_arms; i++) {
            size_t arm = i < n_arms ? order[i] : order[2 * n_arms - 1 - i];
            if (tare_rng_below(rng, 100) == 0)
                speed = speeds[tare_rng_below(rng, 4)];
            double t = 1000 * speed * (1 + 0.3 * (double)b / (double)n_blocks) * (1 + slower[arm]);
            t *= 1 + 0.005 * tare_rng_normal(rng);
            t *= (arm + turn) % n_arms == 0 ? 1.1 : 1;
            v->readings[v->n++] =
                (struct tare_reading){ .ns = t, .arm = (uint8_t)arm, .turn = (uint8_t)turn, .block = (uint32_t)b };
        }
    }
}

#endif
