/* Whether two builds of a case compute the same: each runs once on the same inputs, and what they wrote is held side by
 * side (tare/bench.h, struct tare_output, says how far apart it may lie). */
#ifndef TARE_MEASURE_ANSWER_H
#define TARE_MEASURE_ANSWER_H

#include "framework/measure/lab.h"
#include "framework/result/result.h"

/* Arm 0 is the old build, the last one the new; of three, arm 1 is the old one again: where it does not repeat arm 0's
 * answer, nothing can be said about the new one's. Arms share their scratch, so the old outputs are copied,
 * `most_bytes` at the most: of larger ones every second, third ... element, beginning at one that `seed` draws. Runs
 * nothing where an arm declares no outputs. TARE_ENOMEM; TARE_EUSAGE when a suite describes its outputs in a way that
 * makes no sense. */
int tare_answer_check(struct tare_answer *answer, struct tare_fixture *const *arms, size_t n_arms, size_t most_bytes,
                      uint64_t seed);

#endif
