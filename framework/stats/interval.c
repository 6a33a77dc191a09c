/* Intervals of one sample that need no resampling. */
#include <math.h>

#include "framework/stats/dist.h"
#include "framework/stats/sample.h"

static struct tare_interval unbounded(double value)
{
    return (struct tare_interval){ value, -INFINITY, INFINITY };
}

/* Sum of squares about the mean of the sample whose g values at each end are replaced by their nearest neighbour. */
static double winsorised_squares(const double *sorted, size_t n, size_t g)
{
    double lo = sorted[g], hi = sorted[n - 1 - g];
    double inner = tare_mean(sorted + g, n - 2 * g) * (double)(n - 2 * g);
    double mean = (inner + (double)g * (lo + hi)) / (double)n, squares = 0;
    for (size_t i = g; i < n - g; i++)
        squares += (sorted[i] - mean) * (sorted[i] - mean);
    return squares + (double)g * ((lo - mean) * (lo - mean) + (hi - mean) * (hi - mean));
}

struct tare_interval tare_trimmed_interval(const double *sorted, size_t n, double cut, double confidence)
{
    double value = tare_trimmed_mean(sorted, n, cut);
    size_t g = (size_t)(cut * (double)n), h = n - 2 * g;
    if (n == 0 || h < 2 || !isfinite(value) || !(confidence < 1))
        return unbounded(value);
    double free = (double)(h - 1);
    double error = sqrt(winsorised_squares(sorted, n, g) / ((double)h * free));
    double half = tare_student_quantile(0.5 + confidence / 2, free) * error;
    if (!isfinite(half))
        return unbounded(value);
    return (struct tare_interval){ value, value - half, value + half };
}

/* The largest rank l in [0, n] with P(B < l) <= tail for B binomial(n, p): the l-th smallest value lies at or below the
 * p-quantile but for a chance of `tail`. 0: no value does. */
static size_t rank_below(size_t n, double p, double tail)
{
    double most = tail * (1 + 1e-12); /* P is right to some 1e-14: let exact ties through */
    size_t fits = 0, fails = n + 1;
    while (fails - fits > 1) {
        size_t l = fits + (fails - fits) / 2;
        if (tare_binomial_cdf(l - 1, n, p) <= most)
            fits = l;
        else
            fails = l;
    }
    return fits;
}

struct tare_interval tare_quantile_interval(const double *sorted, size_t n, double p, double confidence)
{
    double tail = (1 - confidence) / 2;
    struct tare_interval out = unbounded(tare_quantile(sorted, n, p));
    if (n == 0 || !(tail > 0))
        return out;
    size_t low = rank_below(n, p, tail), high = rank_below(n, 1 - p, tail); /* the latter counts from the top */
    if (low > 0)
        out.lo = sorted[low - 1];
    if (high > 0)
        out.hi = sorted[n - high];
    return out;
}

struct tare_interval tare_median_interval(const double *sorted, size_t n, double confidence)
{
    struct tare_interval out = tare_quantile_interval(sorted, n, 0.5, confidence);
    out.value = tare_median(sorted, n);
    return out;
}
