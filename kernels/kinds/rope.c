/* Rotary position embedding. */
#include "kernels/kinds/kind.h"

#include <math.h>

#include "framework/base/mem.h"

static bool make_rope(struct kn_case *c)
{
    const struct kn_dims *d = &c->dims;
    size_t heads;
    return d->k % 2 == 0 && tare_mul(d->n, d->k, &heads) &&
           kn_add_input(c, "x", KN_TYPE_f32, KN_FILL_UNIFORM, 1, d->m, heads) &&
           kn_add_input(c, "cos", KN_TYPE_f32, KN_FILL_COS, 1, d->m, d->k / 2) &&
           kn_add_input(c, "sin", KN_TYPE_f32, KN_FILL_SIN, 1, d->m, d->k / 2) && kn_set_output(c, d->m, heads);
}

static void bind_rope(const struct kn_case *c, const struct kn_memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    args->rope = (struct kn_rope){
        .x = at->in[0],
        .cos = at->in[1],
        .sin = at->in[2],
        .y = at->out,
        .tokens = d->m,
        .heads = d->n,
        .head_dim = d->k,
    };
}

static void split_rope(const union kn_args *whole, const struct kn_share *s, enum kn_type type, union kn_args *part)
{
    (void)type;
    struct kn_rope *p = &part->rope;
    size_t begin;
    *p = whole->rope;
    kn_share_of(s, whole->rope.tokens, 1, &begin, &p->tokens);
    p->x += begin * p->heads * p->head_dim;
    p->y += begin * p->heads * p->head_dim;
    p->cos += begin * (p->head_dim / 2);
    p->sin += begin * (p->head_dim / 2);
}

static double count_rope(const struct kn_case *c)
{
    return (double)c->dims.m * (double)c->dims.n * (double)c->dims.k / 2;
}

/* 2 u (|p c| + |q s|), and that is at most sqrt(2) of the largest x. */
static struct kn_answer answer_rope(const struct kn_case *c)
{
    return (struct kn_answer){ sqrt(2) * (double)c->in[0].scale, 4 };
}

const struct kn_kind_rules kn_kind_rope = { make_rope, bind_rope, split_rope, count_rope, answer_rope };
