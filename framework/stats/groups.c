#include "framework/stats/groups.h"

#include <math.h>
#include <stdbool.h>

enum { PARTS = 32 };

/* Sums over the first k parts of the values, about a value in their middle (so that no digits are lost). */
struct sums {
    size_t n[PARTS + 1];
    double x[PARTS + 1], xx[PARTS + 1];
};

static double clamp(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* Where a cut in (from, to] parts the two neighbours that lie the furthest from each other. */
static size_t widest_gap(const double *sorted, size_t from, size_t to)
{
    size_t best = from + 1;
    for (size_t i = from + 2; i <= to; i++)
        if (sorted[i] - sorted[i - 1] > sorted[best] - sorted[best - 1])
            best = i;
    return best;
}

static void add_up(struct sums *s, const double *sorted, size_t n)
{
    double lo = sorted[n / PARTS], hi = sorted[n - 1 - n / PARTS], middle = sorted[n / 2];
    s->n[0] = 0;
    s->x[0] = s->xx[0] = 0;
    for (size_t k = 1; k <= PARTS; k++) {
        s->n[k] = k < PARTS ? widest_gap(sorted, n * (2 * k - 1) / (2 * PARTS), n * (2 * k + 1) / (2 * PARTS)) : n;
        s->x[k] = s->x[k - 1];
        s->xx[k] = s->xx[k - 1];
        for (size_t i = s->n[k - 1]; i < s->n[k]; i++) {
            double x = clamp(sorted[i], lo, hi) - middle;
            s->x[k] += x;
            s->xx[k] += x * x;
        }
    }
}

static double mean(const struct sums *s, size_t from, size_t to)
{
    return (s->x[to] - s->x[from]) / (double)(s->n[to] - s->n[from]);
}

/* Sum of squares about the mean of parts [from, to). */
static double within(const struct sums *s, size_t from, size_t to)
{
    double m = mean(s, from, to);
    return s->xx[to] - s->xx[from] - m * (s->x[to] - s->x[from]);
}

/* The best cut into two groups, and into three; in parts. */
static void cut_two(size_t cut[1], const struct sums *s)
{
    double least = INFINITY;
    for (size_t a = 1; a < PARTS; a++) {
        double sum = within(s, 0, a) + within(s, a, PARTS);
        if (sum < least) {
            least = sum;
            cut[0] = a;
        }
    }
}

static void cut_three(size_t cut[2], const struct sums *s)
{
    double least = INFINITY;
    for (size_t a = 1; a < PARTS - 1; a++)
        for (size_t b = a + 1; b < PARTS; b++) {
            double sum = within(s, 0, a) + within(s, a, b) + within(s, b, PARTS);
            if (sum < least) {
                least = sum;
                cut[0] = a;
                cut[1] = b;
            }
        }
}

size_t tare_groups(size_t ends[TARE_MOST_GROUPS], const double *sorted, size_t n, double apart)
{
    ends[0] = n;
    if (n < PARTS)
        return 1;
    struct sums s;
    add_up(&s, sorted, n);
    size_t three[2] = { 1, 2 }, two[1] = { 1 };
    cut_three(three, &s);
    if (mean(&s, three[0], three[1]) - mean(&s, 0, three[0]) >= apart &&
        mean(&s, three[1], PARTS) - mean(&s, three[0], three[1]) >= apart) {
        ends[0] = s.n[three[0]];
        ends[1] = s.n[three[1]];
        ends[2] = n;
        return 3;
    }
    cut_two(two, &s);
    if (mean(&s, two[0], PARTS) - mean(&s, 0, two[0]) >= apart) {
        ends[0] = s.n[two[0]];
        ends[1] = n;
        return 2;
    }
    return 1;
}
