#include "framework/stats/resample.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/rng.h"
#include "framework/stats/dist.h"

enum { RESAMPLES = 2000, JACKKNIFE_GROUPS = 1000, COPIES = 4 };

/* One sample, sorted, and the place where its resamples appear. */
struct side {
    double *sorted;  /* [n] */
    double *scratch; /* [n + COPIES] */
    uint32_t *count; /* [n] how often each value is in the resample */
    size_t n;
};

static void side_close(struct side *s)
{
    free(s->sorted);
    free(s->scratch);
    free(s->count);
}

static bool side_open(struct side *s, const double *x, size_t n)
{
    assert(n < UINT32_MAX);
    *s = (struct side){ .n = n };
    s->sorted = tare_calloc(n, sizeof *s->sorted);
    s->scratch = tare_calloc(n + COPIES, sizeof *s->scratch);
    s->count = tare_calloc(n, sizeof *s->count);
    if (!s->sorted || !s->scratch || !s->count) {
        side_close(s);
        return false;
    }
    if (n > 0)
        memcpy(s->sorted, x, n * sizeof *x);
    tare_sort(s->sorted, n);
    return true;
}

/* Can a resample say anything? Two values at least, and no NaN (sorted last). */
static bool side_usable(const struct side *s)
{
    return s->n >= 2 && !isnan(s->sorted[s->n - 1]);
}

static double *side_copy(struct side *s)
{
    memcpy(s->scratch, s->sorted, s->n * sizeof *s->sorted);
    return s->scratch;
}

/* Counts n draws with replacement out of n: two to a 64-bit number, each unbiased by rejection (Lemire 2019). */
static void draw(struct side *s, struct tare_rng *rng)
{
    uint32_t n = (uint32_t)s->n, reject = -n % n;
    memset(s->count, 0, s->n * sizeof *s->count);
    for (size_t drawn = 0; drawn < s->n;) {
        uint64_t bits = tare_rng_u64(rng);
        for (int half = 0; half < 2 && drawn < s->n; half++, bits >>= 32) {
            uint64_t product = (bits & UINT32_MAX) * n;
            if ((uint32_t)product >= reject) {
                s->count[product >> 32]++;
                drawn++;
            }
        }
    }
}

/* A resample in ascending order, without a sort: the values in order, each as often as it was drawn. Some copies are
 * written whether drawn or not, and overwritten by the next value: that saves a mispredicted branch a value. */
static double *side_resample(struct side *s, struct tare_rng *rng)
{
    double *to = s->scratch;
    draw(s, rng);
    for (size_t i = 0; i < s->n; i++) {
        uint32_t count = s->count[i];
        for (int k = 0; k < COPIES; k++)
            to[k] = s->sorted[i];
        for (uint32_t k = COPIES; k < count; k++)
            to[k] = s->sorted[i];
        to += count;
    }
    return s->scratch;
}

/* ---- bias and acceleration ---- */

/* Normal quantile of the part of the replicates below the estimate, equal ones counting half. */
static double bias(const double *replicates, size_t n, double value)
{
    size_t below = 0, equal = 0;
    for (size_t i = 0; i < n; i++) {
        below += replicates[i] < value;
        equal += replicates[i] == value;
    }
    double part = ((double)below + 0.5 * (double)equal) / (double)n, least = 0.5 / (double)n;
    return tare_normal_quantile(fmin(fmax(part, least), 1 - least));
}

/* A sixth of the skewness of the jackknife's values. Above JACKKNIFE_GROUPS values, random groups of them are left out
 * together: the skewness of a group's sum falls as the number of groups does, so the result estimates the same. */
static int acceleration(double *out, struct side *s, struct tare_rng *rng, tare_statistic statistic, void *ctx)
{
    size_t groups = s->n < JACKKNIFE_GROUPS ? s->n : JACKKNIFE_GROUPS;
    double *left = tare_calloc(groups, sizeof *left), squares = 0, cubes = 0;
    size_t *group = tare_calloc(s->n, sizeof *group);
    int rc = left && group ? TARE_OK : TARE_ENOMEM;
    if (rc != TARE_OK)
        goto done;
    for (size_t i = 0; i < s->n; i++)
        group[i] = i % groups;
    tare_rng_shuffle(rng, group, s->n);
    for (size_t g = 0; g < groups; g++) {
        size_t kept = 0;
        for (size_t i = 0; i < s->n; i++) {
            s->scratch[kept] = s->sorted[i];
            kept += group[i] != g;
        }
        left[g] = statistic(s->scratch, kept, ctx);
    }
    double mean = tare_mean(left, groups);
    for (size_t g = 0; g < groups; g++) {
        double d = mean - left[g];
        squares += d * d;
        cubes += d * d * d;
    }
    double a = cubes / (6 * pow(squares, 1.5));
    *out = isfinite(a) ? a : 0; /* all equal, or not defined without one of the values: no correction */
done:
    free(left);
    free(group);
    return rc;
}

static double bca_level(double z0, double a, double level)
{
    double s = z0 + tare_normal_quantile(level), scale = 1 - a * s;
    if (!(scale > 0))
        return s > 0 ? 1 : 0;
    return tare_normal_cdf(z0 + s / scale);
}

/* ---- the intervals ---- */

static struct tare_interval unbounded(double value)
{
    return (struct tare_interval){ value, -INFINITY, INFINITY };
}

/* Sorts the replicates; returns how many are numbers. */
static size_t sort_replicates(double *replicates, size_t n)
{
    tare_sort(replicates, n);
    while (n > 0 && isnan(replicates[n - 1]))
        n--;
    return n;
}

int tare_bootstrap(struct tare_interval *out, const double *x, size_t n, tare_statistic statistic, void *ctx,
                   const struct tare_bootstrap_plan *plan)
{
    size_t wanted = plan->resamples ? plan->resamples : RESAMPLES;
    struct side s;
    struct tare_rng rng;
    int rc = TARE_ENOMEM;
    if (!side_open(&s, x, n))
        return rc;
    double *replicates = tare_calloc(wanted, sizeof *replicates);
    if (!replicates)
        goto done;
    rc = TARE_OK;
    *out = unbounded(n == 1 && side_copy(&s) ? statistic(s.scratch, 1, ctx) : NAN);
    if (!side_usable(&s))
        goto done;
    *out = unbounded(statistic(side_copy(&s), n, ctx));
    tare_rng_seed(&rng, plan->seed);
    for (size_t i = 0; i < wanted; i++)
        replicates[i] = statistic(side_resample(&s, &rng), n, ctx);
    size_t kept = sort_replicates(replicates, wanted);
    double low = (1 - plan->confidence) / 2, high = 1 - low;
    if (kept == 0 || isnan(out->value) || !(low > 0))
        goto done;
    if (plan->kind == TARE_BOOTSTRAP_BCA) {
        double a, z0 = bias(replicates, kept, out->value);
        if ((rc = acceleration(&a, &s, &rng, statistic, ctx)) != TARE_OK)
            goto done;
        low = bca_level(z0, a, low);
        high = bca_level(z0, a, high);
    }
    out->lo = tare_quantile(replicates, kept, low);
    out->hi = tare_quantile(replicates, kept, high);
done:
    free(replicates);
    side_close(&s);
    return rc;
}

int tare_bootstrap2(struct tare_interval *out, const double *x, size_t nx, const double *y, size_t ny,
                    tare_statistic2 statistic, void *ctx, const struct tare_bootstrap_plan *plan)
{
    size_t wanted = plan->resamples ? plan->resamples : RESAMPLES;
    struct side a, b;
    struct tare_rng rng;
    int rc = TARE_ENOMEM;
    if (!side_open(&a, x, nx))
        return rc;
    if (!side_open(&b, y, ny)) {
        side_close(&a);
        return rc;
    }
    double *replicates = tare_calloc(wanted, sizeof *replicates);
    if (!replicates)
        goto done;
    rc = TARE_OK;
    *out = unbounded(NAN);
    if (!side_usable(&a) || !side_usable(&b))
        goto done;
    *out = unbounded(statistic(side_copy(&a), nx, side_copy(&b), ny, ctx));
    tare_rng_seed(&rng, plan->seed);
    for (size_t i = 0; i < wanted; i++) {
        side_resample(&a, &rng);
        side_resample(&b, &rng);
        replicates[i] = statistic(a.scratch, nx, b.scratch, ny, ctx);
    }
    size_t kept = sort_replicates(replicates, wanted);
    double low = (1 - plan->confidence) / 2;
    if (kept == 0 || isnan(out->value) || !(low > 0))
        goto done;
    out->lo = tare_quantile(replicates, kept, low);
    out->hi = tare_quantile(replicates, kept, 1 - low);
done:
    free(replicates);
    side_close(&b);
    side_close(&a);
    return rc;
}
