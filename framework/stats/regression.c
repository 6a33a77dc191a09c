#include "framework/stats/regression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/mem.h"
#include "framework/stats/dist.h"

static struct tare_interval around(double value, double half)
{
    return (struct tare_interval){ value, value - half, value + half };
}

struct tare_line tare_regress(const double *x, const double *y, size_t n, double confidence)
{
    const struct tare_interval unknown = { NAN, NAN, NAN };
    struct tare_line line = { unknown, unknown, NAN };
    double mx = tare_mean(x, n), my = tare_mean(y, n), sxx = 0, sxy = 0, syy = 0, residuals = 0;
    for (size_t i = 0; i < n; i++) {
        sxx += (x[i] - mx) * (x[i] - mx);
        sxy += (x[i] - mx) * (y[i] - my);
        syy += (y[i] - my) * (y[i] - my);
    }
    if (n < 3 || !(sxx > 0))
        return line;
    double slope = sxy / sxx, free = (double)(n - 2);
    for (size_t i = 0; i < n; i++) {
        double e = (y[i] - my) - slope * (x[i] - mx);
        residuals += e * e;
    }
    double error = sqrt(residuals / free), t = tare_student_quantile(0.5 + confidence / 2, free);
    line.slope = around(slope, t * error / sqrt(sxx));
    line.intercept = around(my - slope * mx, t * error * sqrt(1 / (double)n + mx * mx / sxx));
    line.r2 = syy == 0 ? 1 : 1 - residuals / syy;
    return line;
}

double tare_slope_origin(const double *x, const double *y, size_t n)
{
    double sxx = 0, sxy = 0;
    for (size_t i = 0; i < n; i++) {
        sxx += x[i] * x[i];
        sxy += x[i] * y[i];
    }
    return sxx > 0 ? sxy / sxx : NAN;
}

/* Merges the sorted halves [0, half) and [half, n) of `from`; returns how many pairs stood in falling order. */
static double merge(double *to, const double *from, size_t half, size_t n)
{
    double falling = 0;
    for (size_t i = 0, j = half, k = 0; k < n; k++) {
        if (i < half && (j == n || from[i] <= from[j])) {
            to[k] = from[i++];
        } else {
            to[k] = from[j++];
            falling += (double)(half - i);
        }
    }
    return falling;
}

/* Sorts y, with `work` of the same size, and counts the pairs that stood in falling order: Knight (1966). */
static double sort_counting(double *y, double *work, size_t n)
{
    double falling = 0;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t at = 0; at < n; at += 2 * width) {
            size_t len = n - at < 2 * width ? n - at : 2 * width;
            falling += merge(work + at, y + at, len < width ? len : width, len);
        }
        memcpy(y, work, n * sizeof *y);
    }
    return falling;
}

double tare_trend_falling(const double *y, size_t n)
{
    double *sorted = NULL, p = 1;
    size_t bytes;
    if (n < 4 || !tare_mul(n, 2 * sizeof *y, &bytes) || !(sorted = tare_alloc(bytes)))
        goto done;
    memcpy(sorted, y, n * sizeof *y);
    for (size_t i = 0; i < n; i++)
        if (isnan(y[i]))
            goto done;
    double falling = sort_counting(sorted, sorted + n, n), m = (double)n;
    double tied = 0, variance = m * (m - 1) * (2 * m + 5);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && sorted[end] == sorted[i];)
            end++;
        double t = (double)(end - i);
        tied += t * (t - 1) / 2;
        variance -= t * (t - 1) * (2 * t + 5);
    }
    double s = m * (m - 1) / 2 - tied - 2 * falling; /* pairs that rise less pairs that fall */
    double nearer = s > 0 ? s - 1 : s < 0 ? s + 1 : 0;
    if (variance > 0)
        p = tare_normal_cdf(nearer / sqrt(variance / 18));
done:
    free(sorted);
    return p;
}
