/* Measures what `tare trust` plans: comparisons with a known truth, made as those of users are. */
#ifndef TARE_RUNNER_TRUST_RUN_H
#define TARE_RUNNER_TRUST_RUN_H

#include "framework/result/trust.h"
#include "framework/runner/session.h"

struct trust_aim {
    double minutes;
    unsigned loads; /* mask, 1 << enum tare_load */
    size_t suite_runs;
};

/* Finds the cases in the suites of the session, then measures until the minutes are used or the user stops it
 * (s->run.interrupted). Adds warnings to s->run for what is left out. TARE_ENOENT without suite selfcheck. */
int trust_measure(struct tare_trust *t, struct session *s, const struct trust_aim *aim);

#endif
