/* Samplers by their definition: tokens sorted by logit, kept, and drawn in the order of their indices. */
#include <kn/ops.h>

#include <stdbool.h>

#include <math.h>

struct token {
    float x;
    unsigned i;
};

/* Larger logits first, of equal ones the smaller index. */
static bool before(const struct token *a, const struct token *b)
{
    return a->x > b->x || (a->x == b->x && a->i < b->i);
}

static void sift(struct token *t, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && before(&t[child], &t[child + 1]))
            child++;
        if (!before(&t[root], &t[child]))
            return;
        struct token swap = t[root];
        t[root] = t[child];
        t[child] = swap;
    }
}

static void sort(struct token *t, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift(t, i, n);
    for (size_t i = n; i-- > 1;) {
        struct token swap = t[0];
        t[0] = t[i];
        t[i] = swap;
        sift(t, 0, i);
    }
}

static double weight(const struct kn_sample *a, double max, float x)
{
    return exp(((double)x - max) / (double)a->temperature);
}

/* Draws among the tokens that do not come behind `last`. */
static float draw(const struct kn_sample *a, double max, const struct token *last)
{
    double sum = 0, running = 0;
    float drawn = NAN;
    for (size_t i = 0; i < a->n; i++)
        if (!before(last, &(struct token){ a->x[i], (unsigned)i }))
            sum += weight(a, max, a->x[i]);
    if (!(sum > 0))
        return NAN;
    for (size_t i = 0; i < a->n && !(running > (double)a->u * sum); i++)
        if (!before(last, &(struct token){ a->x[i], (unsigned)i })) {
            running += weight(a, max, a->x[i]);
            drawn = (float)i;
        }
    return drawn;
}

static bool sorted(const struct kn_sample *a)
{
    struct token *t = a->work;
    for (size_t i = 0; i < a->n; i++) {
        if (isnan(a->x[i]))
            return false;
        t[i] = (struct token){ a->x[i], (unsigned)i };
    }
    sort(t, a->n);
    return a->n > 0;
}

void kn_sample_temperature_f32_ref(const struct kn_sample *a)
{
    const struct token *t = a->work;
    a->y[0] = sorted(a) ? draw(a, (double)t[0].x, &t[a->n - 1]) : NAN;
}

void kn_sample_top_k_f32_ref(const struct kn_sample *a)
{
    const struct token *t = a->work;
    size_t k = a->top_k < a->n ? a->top_k : a->n;
    a->y[0] = sorted(a) ? draw(a, (double)t[0].x, &t[k - 1]) : NAN;
}

void kn_sample_top_p_f32_ref(const struct kn_sample *a)
{
    const struct token *t = a->work;
    double sum = 0, kept = 0;
    size_t k = 0;
    a->y[0] = NAN;
    if (!sorted(a))
        return;
    for (size_t i = 0; i < a->n; i++)
        sum += weight(a, (double)t[0].x, t[i].x);
    do
        kept += weight(a, (double)t[0].x, t[k++].x);
    while (k < a->n && kept < (double)a->top_p * sum);
    a->y[0] = draw(a, (double)t[0].x, &t[k - 1]);
}

#define WORK(op)                                                                                                       \
    size_t kn_sample_##op##_f32_ref_work(const struct kn_dims *d)                                                      \
    {                                                                                                                  \
        return d->n * sizeof(struct token);                                                                            \
    }
WORK(temperature)
WORK(top_k)
WORK(top_p)
