/* Attention to a KV cache that lies as [kv_heads][positions]. */
#include <math.h>

#include "framework/base/mem.h"
#include "kernels/kinds/kind.h"

static bool make_attention(struct kn_case *c)
{
    const struct kn_dims *d = &c->dims;
    size_t width, rows;
    return d->m <= d->n && d->kv_heads > 0 && d->heads % d->kv_heads == 0 && tare_mul(d->heads, d->k, &width) &&
           tare_mul(d->kv_heads, d->n, &rows) && kn_add_input(c, "q", KN_TYPE_f32, KN_FILL_UNIFORM, 2, d->m, width) &&
           kn_add_input(c, "k", c->type, KN_FILL_UNIFORM, 2, rows, d->k) &&
           kn_add_input(c, "v", c->type, KN_FILL_UNIFORM, 1, rows, d->k) && kn_set_output(c, d->m, width);
}

static void bind_attention(const struct kn_case *c, const struct kn_memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    size_t row = kn_row_bytes(c->type, d->k);
    args->attention = (struct kn_attention){
        .q = at->in[0],
        .k = at->in[1],
        .v = at->in[2],
        .y = at->out,
        .tokens = d->m,
        .past = d->n - d->m,
        .heads = d->heads,
        .kv_heads = d->kv_heads,
        .head_dim = d->k,
        .head_count = d->heads,
        .head_stride = d->n * row,
        .position_stride = row,
        .scale = 1 / sqrtf((float)(d->k ? d->k : 1)),
        .work = at->work,
        .step = at->step,
    };
}

/* Whole groups of heads, so that no two threads read the same part of the cache; where there are too few, heads. */
static void split_attention(const union kn_args *whole, const struct kn_share *s, enum kn_type type,
                            union kn_args *part)
{
    (void)type;
    const struct kn_attention *a = &whole->attention;
    struct kn_attention *p = &part->attention;
    size_t group = a->heads / a->kv_heads, begin;
    *p = *a;
    kn_share_of(s, a->head_count, a->kv_heads >= (size_t)s->n_threads ? group : 1, &begin, &p->head_count);
    p->head_begin = a->head_begin + begin;
    if (a->work)
        p->work = (char *)a->work + (size_t)s->thread * a->step;
}

/* For each position that a token sees: 2 d for the score, 5 for its part of the softmax, 2 d for the sum. */
static double count_attention(const struct kn_case *c)
{
    double m = (double)c->dims.m, n = (double)c->dims.n, d = (double)c->dims.k;
    double seen = m * (n - m) + m * (m + 1) / 2;
    return seen * (double)c->dims.heads * (4 * d + 5);
}

/* The scores of random inputs have a deviation near scale^2 / 3, so that the weights are nearly equal and y is a mean
 * of n values; the error comes to that of the weights, as kn/ops.h has it with sums that walk. */
static struct kn_answer answer_attention(const struct kn_case *c)
{
    double n = (double)c->dims.n, d = (double)c->dims.k;
    double q = (double)c->in[0].scale / sqrt(3), k = (double)c->in[1].scale / sqrt(3), v = (double)c->in[2].scale;
    double score = q * k, range = 8 * score, size = sqrt(d) * score;
    return (struct kn_answer){ v / sqrt(3), ceil(2 * (2 * size * kn_walk(c->dims.k + 4) / sqrt(d) + 10 + range +
                                                      n / 64 + kn_walk_positive(c->dims.n))) };
}

const struct kn_kind_rules kn_kind_attention = { make_attention, bind_attention, split_attention, count_attention,
                                                 answer_attention };
