/* Kernel density estimate: Gaussian kernel, Silverman's (1986) rule of thumb 0.9 min(sd, IQR/1.34) n^(-1/5). */
#ifndef TARE_STATS_DENSITY_H
#define TARE_STATS_DENSITY_H

#include <stddef.h>

double tare_kde_bandwidth(const double *sorted, size_t n); /* > 0 unless all values are equal */

/* Density of the sample at `points` equidistant places from lo to hi (both included), into out[points]. Zero bandwidth:
 * all zero. */
void tare_kde(double *out, size_t points, double lo, double hi, const double *sorted, size_t n, double bandwidth);

#endif
