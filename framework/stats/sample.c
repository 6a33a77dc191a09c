#include "framework/stats/sample.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

size_t tare_not_finite(const double *x, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += !isfinite(x[i]);
    return count;
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    if (a < b || a > b)
        return a < b ? -1 : 1;
    return !!isnan(a) - !!isnan(b);
}

void tare_sort(double *x, size_t n)
{
    if (n > 1)
        qsort(x, n, sizeof *x, ascending);
}

double tare_mean(const double *x, size_t n)
{
    long double sum = 0; /* the sum of 1e308s, and the last digits of a million values */
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return n == 0 ? NAN : (double)(sum / n);
}

double tare_variance(const double *x, size_t n)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - mean;
        mean += d / (double)(i + 1);
        squares += d * (x[i] - mean);
    }
    if (n < 2)
        return n == 0 ? NAN : 0;
    return squares / (double)(n - 1);
}

/* a + f (b - a) without overflow, and exactly a where both are the same (infinities too). */
static double between(double a, double b, double f)
{
    return f == 0 || a == b ? a : (1 - f) * a + f * b;
}

double tare_quantile(const double *sorted, size_t n, double p)
{
    if (n == 0 || isnan(p))
        return NAN;
    double place = fmin(fmax(p, 0), 1) * (double)(n - 1);
    size_t below = (size_t)place;
    if (below >= n - 1)
        return sorted[n - 1];
    return between(sorted[below], sorted[below + 1], place - (double)below);
}

double tare_median(const double *sorted, size_t n)
{
    if (n == 0)
        return NAN;
    return between(sorted[(n - 1) / 2], sorted[n / 2], 0.5);
}

double tare_mad(const double *sorted, size_t n, double *work)
{
    /* Deviations grow to both sides of the median: two runs to merge, nothing to sort. */
    double median = tare_median(sorted, n);
    size_t right = n / 2, left = right; /* next on the right; one past the next on the left */
    for (size_t i = 0; i < n; i++) {
        double below = left > 0 ? median - sorted[left - 1] : INFINITY;
        double above = right < n ? sorted[right] - median : INFINITY;
        if (left > 0 && (right == n || below <= above)) {
            work[i] = below;
            left--;
        } else {
            work[i] = above;
            right++;
        }
    }
    return 1.4826 * tare_median(work, n);
}

double tare_trimmed_mean(const double *sorted, size_t n, double cut)
{
    assert(cut >= 0 && cut < 0.5);
    if (n == 0)
        return NAN;
    size_t g = (size_t)(cut * (double)n);
    return tare_mean(sorted + g, n - 2 * g);
}

struct tare_fences tare_tukey_fences(const double *sorted, size_t n)
{
    double q1 = tare_quantile(sorted, n, 0.25), q3 = tare_quantile(sorted, n, 0.75), range = q3 - q1;
    return (struct tare_fences){
        .severe_lo = q1 - 3 * range,
        .mild_lo = q1 - 1.5 * range,
        .mild_hi = q3 + 1.5 * range,
        .severe_hi = q3 + 3 * range,
    };
}

double tare_autocorrelation(const double *x, size_t n, size_t lag)
{
    if (n == 0 || lag >= n)
        return 0;
    double mean = tare_mean(x, n), products = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        squares += (x[i] - mean) * (x[i] - mean);
        if (i + lag < n)
            products += (x[i] - mean) * (x[i + lag] - mean);
    }
    return squares > 0 ? products / squares : 0;
}
