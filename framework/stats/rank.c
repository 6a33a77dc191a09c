/* Tests by ranks. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/stats/compare.h"

/* Midranks of two sorted samples taken together; sums in double, since cubes of a million ties pass 2^53 and 2^63. */
struct joint_ranks {
    double sum;  /* of the ranks of x */
    double ties; /* sum of t^3 - t over groups of t equal values */
};

static size_t run_of(double v, const double *sorted, size_t n, size_t from)
{
    size_t end = from;
    while (end < n && sorted[end] == v)
        end++;
    return end - from;
}

static struct joint_ranks rank_jointly(const double *x, size_t nx, const double *y, size_t ny)
{
    struct joint_ranks r = { 0, 0 };
    for (size_t i = 0, j = 0; i < nx || j < ny;) {
        double v = j == ny || (i < nx && x[i] <= y[j]) ? x[i] : y[j];
        size_t of_x = run_of(v, x, nx, i), of_y = run_of(v, y, ny, j);
        double t = (double)(of_x + of_y), midrank = (double)(i + j) + (t + 1) / 2;
        r.sum += (double)of_x * midrank;
        r.ties += t * (t * t - 1);
        i += of_x;
        j += of_y;
    }
    return r;
}

/* Two-sided p-value of a statistic in steps of at most 1, approximated by a normal: continuity-corrected. */
static double two_sided(double statistic, double mean, double variance)
{
    if (isnan(statistic))
        return NAN;
    double z = (fabs(statistic - mean) - 0.5) / sqrt(variance);
    return variance > 0 ? fmin(1, erfc(z * M_SQRT1_2)) : 1;
}

int tare_mann_whitney(double *p, double *u, const double *x, size_t nx, const double *y, size_t ny)
{
    size_t count, bytes;
    double *work = NULL;
    if (__builtin_add_overflow(nx, ny, &count) || !tare_mul(count, sizeof *work, &bytes))
        return tare_fail(TARE_ENOMEM, "a rank test of %zu and %zu values", nx, ny);
    if (!(work = tare_alloc(bytes)))
        return TARE_ENOMEM;
    double *sx = work, *sy = work + nx, statistic = NAN, mean = 0, variance = 0;
    if (nx > 0)
        memcpy(sx, x, nx * sizeof *x);
    if (ny > 0)
        memcpy(sy, y, ny * sizeof *y);
    tare_sort(sx, nx);
    tare_sort(sy, ny);
    if ((nx == 0 || !isnan(sx[nx - 1])) && (ny == 0 || !isnan(sy[ny - 1]))) {
        struct joint_ranks r = rank_jointly(sx, nx, sy, ny);
        double a = (double)nx, b = (double)ny, all = a + b;
        statistic = r.sum - a * (a + 1) / 2;
        mean = a * b / 2;
        variance = nx > 0 && ny > 0 ? a * b / 12 * (all + 1 - r.ties / (all * (all - 1))) : 0;
    }
    *p = two_sided(statistic, mean, variance);
    if (u)
        *u = statistic;
    free(work);
    return 0;
}

int tare_wilcoxon(double *p, const double *d, size_t n)
{
    size_t bytes, n_up = 0, n_down = 0;
    if (!tare_mul(n, sizeof *d, &bytes))
        return tare_fail(TARE_ENOMEM, "a rank test of %zu values", n);
    double *size = tare_alloc(bytes); /* absolute differences: positive from the front, negative from the back */
    if (!size)
        return TARE_ENOMEM;
    for (size_t i = 0; i < n; i++)
        if (d[i] > 0)
            size[n_up++] = d[i];
        else if (d[i] < 0)
            size[n - ++n_down] = -d[i];
        else if (isnan(d[i])) {
            *p = NAN;
            goto done;
        }
    double *down = size + (n - n_down);
    tare_sort(size, n_up);
    tare_sort(down, n_down);
    struct joint_ranks r = rank_jointly(size, n_up, down, n_down);
    double m = (double)(n_up + n_down);
    *p = two_sided(r.sum, m * (m + 1) / 4, m * (m + 1) * (2 * m + 1) / 24 - r.ties / 48);
done:
    free(size);
    return 0;
}
