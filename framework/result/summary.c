/* From raw samples to the figures a report prints. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/result/result.h"

static bool is_kept(uint8_t cause)
{
    return cause == TARE_CAUSE_NONE || cause == TARE_CAUSE_MILD;
}

static int check(const struct tare_result *r)
{
    for (size_t i = 0; i < r->samples.n; i++)
        if (!isfinite(r->samples.ns[i]) || r->samples.ns[i] <= 0)
            return tare_fail(TARE_EPARSE, "%s: sample %zu is %g ns, which is not a time", r->id ? r->id : "?", i,
                             r->samples.ns[i]);
    return 0;
}

static void lift(struct tare_samples *s, uint8_t cause)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->cause[i] == cause)
            s->cause[i] = TARE_CAUSE_NONE;
}

/* A cause in more than half of the samples is what the work does, not what disturbs it. Where several causes together
 * leave no sample at all, the commonest is lifted likewise. */
static void lift_common_causes(struct tare_samples *s)
{
    lift(s, TARE_CAUSE_SEVERE); /* found anew below */
    lift(s, TARE_CAUSE_MILD);
    size_t counts[TARE_CAUSES] = { 0 };
    for (size_t i = 0; i < s->n; i++)
        counts[s->cause[i]]++;
    uint8_t commonest = TARE_CAUSE_PREEMPTED;
    for (uint8_t c = TARE_CAUSE_PREEMPTED; c < TARE_CAUSE_SEVERE; c++)
        if (counts[c] > counts[commonest])
            commonest = c;
    if (counts[commonest] * 2 > s->n || counts[TARE_CAUSE_NONE] == 0)
        lift(s, commonest);
}

/* The kept samples in ascending order; returns how many. */
static size_t sorted_kept(double *sorted, const struct tare_samples *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (is_kept(s->cause[i]))
            sorted[n++] = s->ns[i];
    tare_sort(sorted, n);
    return n;
}

/* Tukey's fences over the samples without a cause. Where half of them are one value the quartiles say nothing about
 * the spread, and no sample is called an outlier. */
static void fence(struct tare_samples *s, double *work)
{
    size_t n = sorted_kept(work, s);
    if (n == 0)
        return;
    struct tare_fences f = tare_tukey_fences(work, n);
    if (!(f.severe_lo < f.severe_hi))
        return;
    for (size_t i = 0; i < s->n; i++) {
        if (s->cause[i] != TARE_CAUSE_NONE)
            continue;
        if (s->ns[i] < f.severe_lo || s->ns[i] > f.severe_hi)
            s->cause[i] = TARE_CAUSE_SEVERE;
        else if (s->ns[i] < f.mild_lo || s->ns[i] > f.mild_hi)
            s->cause[i] = TARE_CAUSE_MILD;
    }
}

/* Relative standard deviation of the rounds' medians, over the kept samples. work: [n]. */
static double spread_of_rounds(const struct tare_samples *s, double *work)
{
    double medians[UINT8_MAX + 1];
    size_t n_medians = 0;
    for (unsigned round = 0; round <= UINT8_MAX; round++) {
        size_t n = 0;
        for (size_t i = 0; i < s->n; i++)
            if (s->round[i] == round && is_kept(s->cause[i]))
                work[n++] = s->ns[i];
        if (n == 0)
            continue;
        tare_sort(work, n);
        medians[n_medians++] = tare_median(work, n);
    }
    return n_medians < 2 ? 0 : sqrt(tare_variance(medians, n_medians)) / tare_mean(medians, n_medians);
}

int tare_result_summarise(struct tare_result *r, double confidence)
{
    struct tare_samples *s = &r->samples;
    struct tare_summary *sum = &r->summary;
    *sum = (struct tare_summary){ .n = s->n, .confidence = confidence, .time_ns = { 0, -INFINITY, INFINITY } };
    if (s->n == 0)
        return 0;
    int rc = check(r);
    if (rc)
        return rc;
    double *sorted = tare_alloc(2 * s->n * sizeof *sorted);
    if (!sorted)
        return TARE_ENOMEM;
    double *work = sorted + s->n;

    lift_common_causes(s);
    fence(s, work);
    for (size_t i = 0; i < s->n; i++)
        sum->set_aside[s->cause[i]]++;
    sum->set_aside[TARE_CAUSE_NONE] = 0;

    size_t n = sum->n_used = sorted_kept(sorted, s); /* >= 1: a fence lies outside the quartiles */
    sum->time_ns = tare_median_interval(sorted, n, confidence);
    sum->mean_ns = tare_mean(sorted, n);
    sum->sd_ns = sqrt(tare_variance(sorted, n));
    sum->mad_ns = tare_mad(sorted, n, work);
    sum->min_ns = sorted[0];
    sum->max_ns = sorted[n - 1];
    sum->p5_ns = tare_quantile(sorted, n, 0.05);
    sum->p95_ns = tare_quantile(sorted, n, 0.95);
    sum->round_spread = spread_of_rounds(s, work);
    free(sorted);
    return 0;
}
