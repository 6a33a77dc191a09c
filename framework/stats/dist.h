/* The few distributions the tests and intervals need. */
#ifndef TARE_STATS_DIST_H
#define TARE_STATS_DIST_H

#include <stddef.h>

double tare_normal_cdf(double z);
double tare_normal_quantile(double p);             /* Wichura's AS241 (1988); infinite at 0 and 1, NaN outside */
double tare_student_quantile(double p, double df); /* df > 0 */
double tare_student_cdf(double t, double df);
double tare_binomial_cdf(size_t k, size_t n, double p); /* P(X <= k); exact for all n by the incomplete beta function */
double tare_incomplete_beta(double a, double b, double x); /* regularised, I_x(a, b); a, b > 0 */

/* Clopper and Pearson (1934): interval of a proportion, k of n. */
void tare_proportion_interval(double *lo, double *hi, size_t k, size_t n, double confidence);

#endif
