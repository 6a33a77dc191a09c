/* Rotary position embedding with angles of its own. */
#include "kernels/kinds/kind.h"

#include <math.h>

#include "framework/base/mem.h"

/* Late in a long context, where an angle is many turns. */
static const uint32_t position = 130000;
static const float base = 500000;

static bool make_rope_computed(struct kn_case *c)
{
    const struct kn_dims *d = &c->dims;
    size_t heads;
    return d->k % 2 == 0 && tare_mul(d->n, d->k, &heads) &&
           kn_add_input(c, "x", KN_TYPE_f32, KN_FILL_UNIFORM, 1, d->m, heads) && kn_set_output(c, d->m, heads);
}

static void bind_rope_computed(const struct kn_case *c, const struct kn_memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    args->rope_computed = (struct kn_rope_computed){
        .x = at->in[0],
        .y = at->out,
        .tokens = d->m,
        .heads = d->n,
        .head_dim = d->k,
        .position = position,
        .base = base,
        .work = at->work,
        .step = at->step,
    };
}

static void split_rope_computed(const union kn_args *whole, const struct kn_share *s, enum kn_type type,
                                union kn_args *part)
{
    (void)type;
    const struct kn_rope_computed *a = &whole->rope_computed;
    struct kn_rope_computed *p = &part->rope_computed;
    size_t begin;
    *p = *a;
    kn_share_of(s, a->tokens, 1, &begin, &p->tokens);
    p->x += begin * p->heads * p->head_dim;
    p->y += begin * p->heads * p->head_dim;
    p->position += (uint32_t)begin;
    if (a->work)
        p->work = (char *)a->work + (size_t)s->thread * a->step;
}

/* Six for each pair, as by a table; a product, a sine and a cosine for each angle. */
static double count_rope_computed(const struct kn_case *c)
{
    return (double)c->dims.m * (double)c->dims.k / 2 * (6 * (double)c->dims.n + 3);
}

/* 5 u (|p| + |q|) and what the frequencies are off by, of twice the largest x. */
static struct kn_answer answer_rope_computed(const struct kn_case *c)
{
    double frequencies = 0x1p-24 * ((double)position + (double)c->dims.m);
    return (struct kn_answer){ 2 * (double)c->in[0].scale, ceil(2 * (5 + frequencies)) };
}

const struct kn_kind_rules kn_kind_rope_computed = { make_rope_computed, bind_rope_computed, split_rope_computed,
                                                     count_rope_computed, answer_rope_computed };
