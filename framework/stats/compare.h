/* Comparing two sides, and deciding. Ratios are kept as natural logarithms: ln(new / old). */
#ifndef TARE_STATS_COMPARE_H
#define TARE_STATS_COMPARE_H

#include <stdbool.h>

#include "framework/stats/sample.h"

/* Mann and Whitney (1947), two-sided p-value; normal approximation with tie and continuity correction, as SciPy's
 * mannwhitneyu(method="asymptotic"). *u is the statistic of x; u may be NULL. A NaN among the values
 * gives NaN; an empty side, or all equal, p = 1. Fails with TARE_ENOMEM. */
int tare_mann_whitney(double *p, double *u, const double *x, size_t nx, const double *y, size_t ny);

/* Wilcoxon (1945) signed-rank test of differences against 0, two-sided, normal approximation with tie and continuity
 * correction, zeros dropped: as R's wilcox.test(exact = FALSE). A NaN gives NaN. Fails with TARE_ENOMEM. */
int tare_wilcoxon(double *p, const double *d, size_t n);

/* Hodges-Lehmann shift of two sorted samples: the median of y[j] - x[i], O((nx + ny) log) by bisection. All finite,
 * else NaN. */
double tare_shift(const double *x, size_t nx, const double *y, size_t ny);

/* ---- the paired estimator (shared/reference: median of per-block log-ratios) ---- */

struct tare_paired {
    struct tare_interval median;  /* of ln(new/old) over blocks, by order statistics */
    struct tare_interval trimmed; /* 20% trimmed mean with Yuen's interval: the cross-check */
    size_t blocks;
    bool disagree; /* the two intervals do not meet: the difference depends on the state of the machine */
};

/* log_ratio: [n] one value a block, any order, reordered here (sorted). n = 0, or a NaN, gives infinite intervals
 * about NaN. */
struct tare_paired tare_paired_estimate(double *log_ratio, size_t n, double confidence);

/* ---- verdicts ---- */

enum tare_verdict {
    TARE_UNDECIDED, /* not compared */
    TARE_UNCHANGED,
    TARE_IMPROVED,
    TARE_REGRESSED,
    TARE_INCONCLUSIVE,
    TARE_VERDICTS
};
const char *tare_verdict_name(enum tare_verdict v); /* "regressed", ... ; "" for TARE_UNDECIDED */

/* REGRESSED when the whole interval lies above ln(1 + margin), IMPROVED below ln(1 - margin), UNCHANGED inside both,
 * else INCONCLUSIVE. A NaN anywhere, or a margin below 0, is INCONCLUSIVE; a margin of 1 or more admits no improvement.
 * `change` is in log-ratio. */
enum tare_verdict tare_decide(struct tare_interval change, double margin);

/* p-value that the median of log_ratio lies beyond the margin on its side (sign test, Dixon and Mood 1946):
 * the smaller of the two one-sided p-values, doubled, at most 1. Values at the margin or within count against a change.
 * sorted: [n]. */
double tare_change_p(const double *sorted, size_t n, double margin);

/* ---- repeated looks ----
 * An alpha-spending scheme (Lan and DeMets 1983) over looks taken at growing fractions t of the budget. The error spent
 * at a look is the increment of the spending function; by the union bound the intervals of all looks hold together
 * with the wanted confidence, whatever the dependence between looks. */
struct tare_looks {
    double alpha; /* 1 - confidence */
    double spent; /* so far */
};
struct tare_looks tare_looks_start(double confidence);
/* Confidence for the interval of the look at fraction t in (0, 1]; spends its share, alpha * t^2 less what was spent
 * before (the power family of Kim and DeMets 1987: what is plain shows early anyway, what is not gets more at the end
 * than from equal shares). A look that is no further than the last has nothing to spend: 1, an infinite interval. */
double tare_looks_next(struct tare_looks *l, double t);

/* ---- many cases ----
 * Benjamini and Hochberg (1995): q[i] is the smallest false-discovery rate at which hypothesis i is rejected.
 * NaN: not tested, not counted, q[i] NaN. q may be p. Fails with TARE_ENOMEM. */
int tare_benjamini_hochberg(double *q, const double *p, size_t n);

#endif
