/* Descriptive statistics of one sample. Pure functions: no clock, no printing. `sorted` means ascending, without NaN.
 * Of no values at all (n = 0) an estimate is NaN and its interval infinite. */
#ifndef TARE_STATS_SAMPLE_H
#define TARE_STATS_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

/* An estimate with its interval. lo and hi may be infinite: the data do not bound it. */
struct tare_interval {
    double value, lo, hi;
};

/* A whole number of NaN or infinite values among n. */
size_t tare_not_finite(const double *x, size_t n);

void tare_sort(double *x, size_t n); /* ascending; NaN last */
double tare_mean(const double *x, size_t n);
double tare_variance(const double *x, size_t n); /* unbiased (n - 1), Welford; 0 for n = 1 */

/* Quantile p in [0, 1], type 7 of Hyndman and Fan (1996): what R, NumPy and Criterion use. */
double tare_quantile(const double *sorted, size_t n, double p);
double tare_median(const double *sorted, size_t n);

/* Median of |x - median|, times 1.4826 (consistent with the standard deviation of a normal). `work` holds n doubles. */
double tare_mad(const double *sorted, size_t n, double *work);

/* Mean without the `cut` (in [0, 0.5)) smallest and largest part of the values: floor(cut * n) on each side. */
double tare_trimmed_mean(const double *sorted, size_t n, double cut);

/* Interval of the trimmed mean: Tukey and McLaughlin (1963), winsorised variance, Student's t with h - 1 degrees; this
 * is Yuen's (1974) interval for one sample, used on paired differences. Infinite where fewer than two values are left.
 */
struct tare_interval tare_trimmed_interval(const double *sorted, size_t n, double cut, double confidence);

/* Hodges and Lehmann (1963): the median of the pairwise means (i <= j), in passes of O(n) by bisection, at most 64,
 * without memory. All finite, else NaN. */
double tare_hodges_lehmann(const double *sorted, size_t n);

/* Interval of the median from order statistics (binomial; conservative: coverage >= confidence). With too few values
 * for the confidence, lo and hi are infinite. */
struct tare_interval tare_median_interval(const double *sorted, size_t n, double confidence);
/* The same for any quantile p. */
struct tare_interval tare_quantile_interval(const double *sorted, size_t n, double p, double confidence);

/* Tukey's (1977) fences: beyond 1.5 and 3 times the interquartile range outside the quartiles. */
struct tare_fences {
    double severe_lo, mild_lo, mild_hi, severe_hi;
};
struct tare_fences tare_tukey_fences(const double *sorted, size_t n);

/* Lag-k autocorrelation of a series in its own order; 0 where it has no variance. */
double tare_autocorrelation(const double *x, size_t n, size_t lag);

#endif
