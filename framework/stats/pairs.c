/* Medians over all pairs of values, without forming the pairs. A pair's value rises along both sorted samples, so how
 * many pairs lie at or below a given v is counted in one walk along the border; bisection over v finds the middle. */
#include <math.h>

#include "framework/stats/bisect.h"
#include "framework/stats/compare.h"

struct pairs {
    const double *x, *y; /* ascending */
    size_t nx, ny;
};

/* Where v falls among the values of all pairs. */
struct place {
    uint64_t at_most;   /* how many are <= v */
    double under, over; /* the largest <= v, the smallest > v; infinite where there is none */
};

typedef struct place (*place_fn)(const struct pairs *p, double v);

static void widen(struct place *at, double under, double over)
{
    at->under = under > at->under ? under : at->under;
    at->over = over < at->over ? over : at->over;
}

static double pair_mean(const double *x, size_t i, size_t j)
{
    return 0.5 * x[i] + 0.5 * x[j]; /* halves first: no overflow */
}

/* Values (x[i] + x[j]) / 2 for i <= j. As i grows, fewer j fit. */
static struct place place_mean(const struct pairs *p, double v)
{
    struct place at = { 0, -INFINITY, INFINITY };
    const double *x = p->x;
    size_t end = p->nx; /* of the j that fit */
    for (size_t i = 0; i < p->nx; i++) {
        while (end > i && pair_mean(x, i, end - 1) > v)
            end--;
        if (end <= i) { /* not even with itself: from here on each row's smallest is above v */
            widen(&at, -INFINITY, pair_mean(x, i, i));
            break;
        }
        at.at_most += end - i;
        widen(&at, pair_mean(x, i, end - 1), end < p->nx ? pair_mean(x, i, end) : INFINITY);
    }
    return at;
}

/* Values y[j] - x[i]. As i grows, more j fit. */
static struct place place_difference(const struct pairs *p, double v)
{
    struct place at = { 0, -INFINITY, INFINITY };
    size_t end = 0;
    for (size_t i = 0; i < p->nx; i++) {
        while (end < p->ny && p->y[end] - p->x[i] <= v)
            end++;
        at.at_most += end;
        widen(&at, end > 0 ? p->y[end - 1] - p->x[i] : -INFINITY, end < p->ny ? p->y[end] - p->x[i] : INFINITY);
    }
    return at;
}

/* Median of `total` pair values, all in [lo, hi]. The bounds jump to values that occur, so that a bisection ends when
 * few are left between them rather than at the last bit. */
static double middle(const struct pairs *p, place_fn place, uint64_t total, double lo, double hi)
{
    uint64_t rank = (total + 1) / 2, low = double_to_key(lo), high = double_to_key(hi);
    while (low < high) {
        uint64_t mid = low + (high - low) / 2;
        struct place at = place(p, double_of_key(mid));
        if (at.at_most >= rank) {
            uint64_t under = double_to_key(at.under);
            high = under < mid ? under : mid;
        } else {
            uint64_t over = double_to_key(at.over);
            low = over > mid ? over : mid + 1;
        }
    }
    double value = double_of_key(low);
    struct place at = place(p, value);
    if (total % 2 == 1 || at.at_most > rank || at.over == value)
        return value;
    return 0.5 * value + 0.5 * at.over;
}

static int bounded(const double *sorted, size_t n)
{
    return n > 0 && isfinite(sorted[0]) && isfinite(sorted[n - 1]);
}

double tare_hodges_lehmann(const double *sorted, size_t n)
{
    if (!bounded(sorted, n))
        return NAN;
    uint64_t total = n % 2 == 0 ? (uint64_t)(n / 2) * (n + 1) : (uint64_t)n * ((n + 1) / 2);
    const struct pairs p = { .x = sorted, .nx = n };
    return middle(&p, place_mean, total, sorted[0], sorted[n - 1]);
}

double tare_shift(const double *x, size_t nx, const double *y, size_t ny)
{
    if (!bounded(x, nx) || !bounded(y, ny))
        return NAN;
    const struct pairs p = { .x = x, .y = y, .nx = nx, .ny = ny };
    return middle(&p, place_difference, (uint64_t)nx * ny, y[0] - x[nx - 1], y[ny - 1] - x[0]);
}
