#include "framework/stats/compare.h"

#include <math.h>
#include <stdlib.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/stats/dist.h"

struct tare_paired tare_paired_estimate(double *log_ratio, size_t n, double confidence)
{
    const struct tare_interval unknown = { NAN, -INFINITY, INFINITY };
    struct tare_paired out = { .median = unknown, .trimmed = unknown, .blocks = n };
    tare_sort(log_ratio, n);
    if (n == 0 || isnan(log_ratio[n - 1]))
        return out;
    out.median = tare_median_interval(log_ratio, n, confidence);
    out.trimmed = tare_trimmed_interval(log_ratio, n, 0.2, confidence);
    out.disagree = out.median.hi < out.trimmed.lo || out.trimmed.hi < out.median.lo;
    return out;
}

/* ---- verdicts ---- */

static const char *const verdict_names[TARE_VERDICTS] = {
    [TARE_UNDECIDED] = "",          [TARE_UNCHANGED] = "unchanged",       [TARE_IMPROVED] = "improved",
    [TARE_REGRESSED] = "regressed", [TARE_INCONCLUSIVE] = "inconclusive",
};

const char *tare_verdict_name(enum tare_verdict v)
{
    return (unsigned)v < TARE_VERDICTS ? verdict_names[v] : "";
}

/* What a change within the margin may do to the log-ratio. */
static double margin_up(double margin)
{
    return log1p(margin);
}

static double margin_down(double margin)
{
    return margin < 1 ? log1p(-margin) : -INFINITY;
}

enum tare_verdict tare_decide(struct tare_interval change, double margin)
{
    if (isnan(change.value) || isnan(change.lo) || isnan(change.hi) || !(margin >= 0))
        return TARE_INCONCLUSIVE;
    if (change.lo > margin_up(margin))
        return TARE_REGRESSED;
    if (change.hi < margin_down(margin))
        return TARE_IMPROVED;
    bool inside = change.lo >= margin_down(margin) && change.hi <= margin_up(margin);
    return inside ? TARE_UNCHANGED : TARE_INCONCLUSIVE;
}

/* P(B >= k) for B binomial(n, 1/2), by its symmetry: no digits lost in small values. */
static double at_least(size_t k, size_t n)
{
    return tare_binomial_cdf(n - k, n, 0.5);
}

double tare_change_p(const double *sorted, size_t n, double margin)
{
    double up = margin_up(margin), down = margin_down(margin);
    size_t above = 0, below = 0;
    for (size_t i = 0; i < n; i++) {
        above += sorted[i] > up;
        below += sorted[i] < down;
    }
    return fmin(1, 2 * at_least(above > below ? above : below, n));
}

/* ---- repeated looks ---- */

struct tare_looks tare_looks_start(double confidence)
{
    return (struct tare_looks){ .alpha = 1 - confidence };
}

double tare_looks_next(struct tare_looks *l, double t)
{
    double share = l->alpha * (t < 1 ? t * t : 1) - l->spent;
    if (isnan(t) || !(share > 0))
        return 1;
    l->spent += share;
    return 1 - share;
}

/* ---- many cases ---- */

struct ranked_p {
    double p;
    size_t at;
};

static int by_p(const void *left, const void *right)
{
    const struct ranked_p *a = left, *b = right;
    return (a->p > b->p) - (a->p < b->p);
}

int tare_benjamini_hochberg(double *q, const double *p, size_t n)
{
    size_t bytes, tested = 0;
    struct ranked_p *order = NULL;
    if (!tare_mul(n, sizeof *order, &bytes))
        return tare_fail(TARE_ENOMEM, "%zu p-values to adjust", n);
    if (!(order = tare_alloc(bytes)))
        return TARE_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        if (isnan(p[i]))
            q[i] = NAN;
        else
            order[tested++] = (struct ranked_p){ p[i], i };
    }
    qsort(order, tested, sizeof *order, by_p);
    double least = 1;
    for (size_t rank = tested; rank > 0; rank--) {
        least = fmin(least, order[rank - 1].p * (double)tested / (double)rank);
        q[order[rank - 1].at] = least;
    }
    free(order);
    return TARE_OK;
}
