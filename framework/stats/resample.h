/* Intervals by resampling. Deterministic for a seed. Errors: TARE_ENOMEM only. Under two values, or a NaN among them,
 * give an infinite interval. */
#ifndef TARE_STATS_RESAMPLE_H
#define TARE_STATS_RESAMPLE_H

#include "framework/stats/sample.h"

/* A statistic of a sample. `x` comes in ascending order (so tare_median and its kin can be called at once, without a
 * sort a resample) and is scratch. Resamples where the statistic is NaN are left out. */
typedef double (*tare_statistic)(double *x, size_t n, void *ctx);

enum tare_bootstrap_kind {
    TARE_BOOTSTRAP_PERCENTILE, /* Efron (1979) */
    TARE_BOOTSTRAP_BCA,        /* bias-corrected and accelerated, Efron (1987); acceleration by the jackknife */
};

struct tare_bootstrap_plan {
    enum tare_bootstrap_kind kind;
    size_t resamples; /* 0 = 2000 */
    double confidence;
    uint64_t seed;
};

int tare_bootstrap(struct tare_interval *out, const double *x, size_t n, tare_statistic statistic, void *ctx,
                   const struct tare_bootstrap_plan *plan);

/* Bootstrap of a statistic of two samples resampled independently (percentile, whatever plan->kind), for stored,
 * unpaired comparisons. */
typedef double (*tare_statistic2)(double *x, size_t nx, double *y, size_t ny, void *ctx);
int tare_bootstrap2(struct tare_interval *out, const double *x, size_t nx, const double *y, size_t ny,
                    tare_statistic2 statistic, void *ctx, const struct tare_bootstrap_plan *plan);

#endif
