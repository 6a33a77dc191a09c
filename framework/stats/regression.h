/* Straight lines and trends. */
#ifndef TARE_STATS_REGRESSION_H
#define TARE_STATS_REGRESSION_H

#include "framework/stats/sample.h"

struct tare_line {
    struct tare_interval slope, intercept; /* intervals by Student's t */
    double r2;                             /* 1 where y has no variance: the line passes through all */
};

/* Ordinary least squares of y on x (time on iterations); n >= 3 and x not all equal, else all NaN. */
struct tare_line tare_regress(const double *x, const double *y, size_t n, double confidence);

/* Slope through the origin, as Criterion fits it: sum(xy) / sum(xx); NaN where x is all 0. */
double tare_slope_origin(const double *x, const double *y, size_t n);

/* Mann (1945) and Kendall: is there a monotone trend in a series? Returns the one-sided p-value for a falling series
 * (normal approximation with tie correction and continuity correction). n >= 4, else 1; 1 too where no memory can be
 * had, a value is NaN or all are equal. O(n log n). */
double tare_trend_falling(const double *y, size_t n);

#endif
