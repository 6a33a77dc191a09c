#include <lm/sampler.h>

#include <kn/registry.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/rng.h"

/* Probabilities in [0, 1] by the upper half of their bits, which rises with them. */
enum { BIN_SHIFT = 16, BINS = (0x3f800000 >> BIN_SHIFT) + 1 };

struct lm_sampler {
    struct lm_sampler_plan plan;
    size_t n_vocab;
    const struct kn_kernel *softmax, *sum, *argmax;
    struct tare_rng rng;
    float *logits;             /* [n_vocab] after penalty and temperature; then probabilities */
    struct lm_candidate *list; /* [n_vocab] */
    double *bins;              /* [BINS] */
    int32_t *seen;             /* [n_seen] each once */
    unsigned char *is_seen;    /* [n_vocab] */
    size_t n_seen;
};

static int check(const struct lm_sampler_plan *p)
{
    if (!(p->temperature >= 0 && p->temperature <= 1000))
        return tare_fail(TARE_EUSAGE, "temperature %g: it is 0 (always the likeliest token) or more", p->temperature);
    if (!(p->top_p >= 0 && p->top_p <= 1))
        return tare_fail(TARE_EUSAGE, "top-p %g: it is above 0 and at most 1", p->top_p);
    if (!(p->min_p >= 0 && p->min_p <= 1))
        return tare_fail(TARE_EUSAGE, "min-p %g: it lies between 0 and 1", p->min_p);
    if (!(p->repeat_penalty >= 0 && p->repeat_penalty <= 1000))
        return tare_fail(TARE_EUSAGE, "repeat penalty %g: it is above 0, and 1 means none", p->repeat_penalty);
    return TARE_OK;
}

int lm_sampler_create(struct lm_sampler **out, const struct lm_sampler_plan *plan, size_t n_vocab)
{
    *out = NULL;
    int rc = check(plan);
    struct lm_sampler *s = rc ? NULL : tare_calloc(1, sizeof *s);
    if (!s)
        return rc ? rc : TARE_ENOMEM;
    s->plan = *plan;
    s->n_vocab = n_vocab;
    s->softmax = kn_best(KN_OP_softmax, KN_TYPE_f32, plan->levels);
    s->sum = kn_best(KN_OP_sum, KN_TYPE_f32, plan->levels);
    s->argmax = kn_best(KN_OP_argmax, KN_TYPE_f32, plan->levels);
    s->logits = tare_calloc(n_vocab, sizeof *s->logits);
    s->list = tare_calloc(n_vocab, sizeof *s->list);
    s->bins = tare_calloc(BINS, sizeof *s->bins);
    s->seen = tare_calloc(n_vocab, sizeof *s->seen);
    s->is_seen = tare_calloc(n_vocab, 1);
    if (!s->logits || !s->list || !s->bins || !s->seen || !s->is_seen) {
        lm_sampler_free(s);
        return TARE_ENOMEM;
    }
    lm_sampler_reset(s);
    *out = s;
    return TARE_OK;
}

void lm_sampler_free(struct lm_sampler *s)
{
    if (!s)
        return;
    free(s->logits);
    free(s->list);
    free(s->bins);
    free(s->seen);
    free(s->is_seen);
    free(s);
}

void lm_sampler_reset(struct lm_sampler *s)
{
    tare_rng_seed(&s->rng, s->plan.seed);
    memset(s->is_seen, 0, s->n_vocab);
    s->n_seen = 0;
}

void lm_sampler_see(struct lm_sampler *s, const int32_t *ids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] >= 0 && (size_t)ids[i] < s->n_vocab && !s->is_seen[ids[i]]) {
            s->is_seen[ids[i]] = 1;
            s->seen[s->n_seen++] = ids[i];
        }
}

/* --- logits --- */

/* The largest of n, and whether all are numbers; eight at a time, so that compilers make vectors of it. */
static bool largest_of(const float *x, size_t n, float *max)
{
    float m[8], zero[8] = { 0 };
    size_t i = 0;
    for (size_t j = 0; j < 8; j++)
        m[j] = -INFINITY;
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++) {
            m[j] = x[i + j] > m[j] ? x[i + j] : m[j];
            zero[j] += x[i + j] - x[i + j]; /* NaN for what is not finite */
        }
    for (; i < n; i++) {
        m[0] = x[i] > m[0] ? x[i] : m[0];
        zero[0] += x[i] - x[i];
    }
    *max = m[0];
    float sum = zero[0];
    for (size_t j = 1; j < 8; j++) {
        *max = m[j] > *max ? m[j] : *max;
        sum += zero[j];
    }
    return sum == 0 && n > 0;
}

static bool penalises(const struct lm_sampler *s)
{
    return s->plan.repeat_penalty != 0 && s->plan.repeat_penalty != 1 && s->n_seen > 0;
}

/* The logits with the penalty, which are a copy only if there is one. */
static const float *penalised(struct lm_sampler *s, const float *logits)
{
    if (!penalises(s))
        return logits;
    float penalty = (float)s->plan.repeat_penalty;
    memcpy(s->logits, logits, s->n_vocab * sizeof *logits);
    for (size_t i = 0; i < s->n_seen; i++) {
        float *x = &s->logits[s->seen[i]];
        *x = *x > 0 ? *x / penalty : *x * penalty;
    }
    return s->logits;
}

/* --- candidates --- */

/* Is a the less likely one? Of equals the one that comes later. */
static bool below(const struct lm_candidate *a, const struct lm_candidate *b)
{
    return a->p < b->p || (a->p == b->p && a->id > b->id);
}

/* A heap of n with the least likely one on top: the one at i sinks to its place. */
static void sink(struct lm_candidate *heap, size_t n, size_t i)
{
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && below(&heap[child + 1], &heap[child]))
            child++;
        if (!below(&heap[child], &heap[i]))
            return;
        struct lm_candidate t = heap[i];
        heap[i] = heap[child];
        heap[child] = t;
    }
}

/* The k largest logits; p holds them as they are. */
static size_t take_top_k(struct lm_sampler *s, const float *logits, size_t k)
{
    for (size_t i = 0; i < k; i++)
        s->list[i] = (struct lm_candidate){ (int32_t)i, logits[i] };
    for (size_t i = k / 2; i-- > 0;)
        sink(s->list, k, i);
    for (size_t i = k; i < s->n_vocab; i++)
        if (logits[i] > s->list[0].p) {
            s->list[0] = (struct lm_candidate){ (int32_t)i, logits[i] };
            sink(s->list, k, 0);
        }
    return k;
}

static size_t take_all(struct lm_sampler *s, const float *logits, float max)
{
    float scale = (float)(1 / s->plan.temperature);
    for (size_t i = 0; i < s->n_vocab; i++)
        s->logits[i] = (logits[i] - max) * scale;
    s->softmax->fn.softmax(&(struct kn_softmax){ s->logits, s->logits, 1, s->n_vocab });
    for (size_t i = 0; i < s->n_vocab; i++)
        s->list[i] = (struct lm_candidate){ (int32_t)i, s->logits[i] };
    return s->n_vocab;
}

static void rescale(struct lm_candidate *list, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)list[i].p;
    for (size_t i = 0; i < n; i++)
        list[i].p = (float)((double)list[i].p / sum);
}

static size_t bin_of(float p)
{
    uint32_t bits;
    memcpy(&bits, &p, sizeof bits);
    size_t bin = bits >> BIN_SHIFT;
    return bin < BINS ? bin : BINS - 1;
}

static int likelier_first(const void *a, const void *b)
{
    return below(a, b) ? 1 : -1;
}

/* The fewest likeliest with a sum of top_p: all of the bins above one, and of that one as many as it takes. */
static size_t cut_top_p(struct lm_sampler *s, size_t n)
{
    double sum = 0, wanted = s->plan.top_p;
    size_t bin = BINS, kept = 0, end;
    memset(s->bins, 0, BINS * sizeof *s->bins);
    for (size_t i = 0; i < n; i++)
        s->bins[bin_of(s->list[i].p)] += (double)s->list[i].p;
    while (bin > 0 && sum + s->bins[bin - 1] < wanted)
        sum += s->bins[--bin];
    if (bin == 0)
        return n; /* what all sum to is a rounding short of 1 */
    bin--;
    for (size_t i = 0; i < n; i++) /* likelier ones to the front */
        if (bin_of(s->list[i].p) > bin) {
            struct lm_candidate t = s->list[kept];
            s->list[kept++] = s->list[i];
            s->list[i] = t;
        }
    end = kept;
    for (size_t i = kept; i < n; i++)
        if (bin_of(s->list[i].p) == bin) {
            struct lm_candidate t = s->list[end];
            s->list[end++] = s->list[i];
            s->list[i] = t;
        }
    qsort(s->list + kept, end - kept, sizeof *s->list, likelier_first);
    while (kept < end && sum < wanted)
        sum += (double)s->list[kept++].p;
    return kept ? kept : 1;
}

static size_t cut_min_p(struct lm_sampler *s, size_t n)
{
    float max = 0;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        max = s->list[i].p > max ? s->list[i].p : max;
    for (size_t i = 0; i < n; i++)
        if ((double)s->list[i].p >= s->plan.min_p * (double)max)
            s->list[kept++] = s->list[i];
    return kept;
}

static int not_numbers(void)
{
    return tare_fail(TARE_EDAMAGED, "the model's output is no number: look for damaged weights with --check-weights");
}

/* The likeliest of logits that are numbers, of equal ones the first. */
static int take_largest(struct lm_sampler *s, const float *x)
{
    float sum, place, max;
    s->sum->fn.sum(&(struct kn_reduce){ x, &sum, s->n_vocab });
    if (sum - sum != 0 && !largest_of(x, s->n_vocab, &max)) /* numbers may have no finite sum */
        return not_numbers();
    s->argmax->fn.argmax(&(struct kn_reduce){ x, &place, s->n_vocab });
    s->list[0] = (struct lm_candidate){ (int32_t)place, 1 };
    return TARE_OK;
}

int lm_sampler_candidates(struct lm_sampler *s, const float *logits, const struct lm_candidate **list, size_t *n)
{
    const float *x = penalised(s, logits);
    float max;
    *list = s->list;
    if (s->plan.temperature == 0) {
        *n = 1;
        return take_largest(s, x);
    }
    if (!largest_of(x, s->n_vocab, &max))
        return not_numbers();
    if (s->plan.top_k > 0 && s->plan.top_k < s->n_vocab) {
        *n = take_top_k(s, x, s->plan.top_k);
        for (size_t i = 0; i < *n; i++)
            s->list[i].p = (float)exp(((double)s->list[i].p - (double)max) / s->plan.temperature);
        rescale(s->list, *n);
    } else {
        *n = take_all(s, x, max);
    }
    if (s->plan.top_p > 0 && s->plan.top_p < 1) {
        *n = cut_top_p(s, *n);
        rescale(s->list, *n);
    }
    if (s->plan.min_p > 0) {
        *n = cut_min_p(s, *n);
        rescale(s->list, *n);
    }
    return TARE_OK;
}

int lm_sampler_next(struct lm_sampler *s, const float *logits, int32_t *id)
{
    const struct lm_candidate *list;
    size_t n, i = 0;
    int rc = lm_sampler_candidates(s, logits, &list, &n);
    if (rc)
        return rc;
    if (n > 1) {
        double u = tare_rng_uniform(&s->rng), sum = (double)list[0].p;
        while (i + 1 < n && u >= sum)
            sum += (double)list[++i].p;
    }
    *id = list[i].id;
    lm_sampler_see(s, id, 1);
    return TARE_OK;
}
