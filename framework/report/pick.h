/* Choosing and ordering the results of a section. */
#ifndef TARE_REPORT_PICK_H
#define TARE_REPORT_PICK_H

#include "framework/result/result.h"

/* The results that `want` takes: in the run's order, or by falling size of their change when `by_size`. *picked is
 * freed by the caller (NULL when there are none). TARE_ENOMEM. */
int tare_pick(const struct tare_result ***picked, size_t *n, const struct tare_run *run,
              bool (*want)(const struct tare_result *r), bool by_size);

bool tare_is_comparison(const struct tare_run *run); /* against a baseline, even if no case was in both */
bool tare_any_bandwidth(const struct tare_run *run); /* a case has bytes beside its throughput */
bool tare_any_share(const struct tare_run *run);     /* a case's share of the roof is known */

bool tare_any_utilisation(
    const struct tare_run *run); /* a case whose throughput counts items has parts of both roofs */

/* What the sections take. */
bool tare_is_measured(const struct tare_result *r);   /* has an estimate of its time */
bool tare_has_bandwidth(const struct tare_result *r); /* measured, and declares operations and bytes */
bool tare_is_compared(const struct tare_result *r);   /* has a change from both sides */
bool tare_is_regressed(const struct tare_result *r);
bool tare_is_improved(const struct tare_result *r);
bool tare_is_inconclusive(const struct tare_result *r);
bool tare_is_state_dependent(const struct tare_result *r);
bool tare_is_layout_dependent(const struct tare_result *r); /* inconclusive, because of its layouts */
bool tare_is_wrong(const struct tare_result *r);            /* its answer lies beyond its bound, whatever the verdict */
bool tare_is_failed(const struct tare_result *r);
bool tare_is_unmeasured(const struct tare_result *r); /* its turn did not come; a gone case is not counted here */
bool tare_is_new(const struct tare_result *r);
bool tare_is_gone(const struct tare_result *r);
bool tare_is_imprecise(const struct tare_result *r); /* the budget ended before the wanted precision was reached */

#endif
