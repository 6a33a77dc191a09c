/* Verdicts on more builds than two: how each arm stands to the oldest one, and to the arm before it. */
#ifndef TARE_RUNNER_ARMS_H
#define TARE_RUNNER_ARMS_H

#include "framework/runner/judge.h"

struct arm_change {
    struct tare_interval ratio; /* ln(time / time of arm 0) */
    struct tare_interval step;  /* ln(time / time of the build before); the one before arm 2 is arm 0, and with
                                  rules->to_first the one before every arm */
    enum tare_verdict verdict;  /* of the step; TARE_UNDECIDED for arms 0 and 1 */
    double p, q;                /* of the step, as in struct tare_change */
};

/* Looks at all arms after judge_look has looked at round `round`, with its share of the error: fills builds[n_arms]. No
 * step is decided while r->change, judge_look's, says that the oldest build differs from itself. True when every step
 * is settled. */
bool judge_arms(struct arm_change *builds, size_t n_arms, const struct evidence *e, const struct tare_result *r,
                size_t round, const struct judge_rules *rules);

/* At the end: false discoveries are controlled over all steps of all cases; a step that does not survive becomes
 * inconclusive. steps: [n], borrowed; each has a verdict. TARE_ENOMEM. */
int judge_steps(struct arm_change *const *steps, size_t n, const struct judge_rules *rules);

#endif
