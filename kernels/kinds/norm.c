/* RMSNorm and LayerNorm over rows. */
#include "kernels/kinds/kind.h"

#include <math.h>

static bool make_norm(struct kn_case *c)
{
    const struct kn_dims *d = &c->dims;
    return kn_add_input(c, "x", KN_TYPE_f32, KN_FILL_UNIFORM, 4, d->m, d->n) &&
           kn_add_input(c, "w", KN_TYPE_f32, KN_FILL_UNIFORM, 1, 1, d->n) &&
           (c->op != KN_OP_layernorm || kn_add_input(c, "b", KN_TYPE_f32, KN_FILL_UNIFORM, 1, 1, d->n)) &&
           kn_set_output(c, d->m, d->n);
}

static void bind_norm(const struct kn_case *c, const struct kn_memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    args->norm = (struct kn_norm){
        .x = at->in[0],
        .w = at->in[1],
        .b = c->n_in > 2 ? at->in[2] : NULL,
        .y = at->out,
        .rows = d->m,
        .cols = d->n,
        .eps = 1e-5f,
    };
}

static void split_norm(const union kn_args *whole, const struct kn_share *s, enum kn_type type, union kn_args *part)
{
    (void)type;
    struct kn_norm *p = &part->norm;
    size_t begin;
    *p = whole->norm;
    kn_share_of(s, whole->norm.rows, 1, &begin, &p->rows);
    p->x += begin * p->cols;
    p->y += begin * p->cols;
}

static double count_norm(const struct kn_case *c)
{
    return (double)c->dims.m * (double)c->dims.n;
}

/* rmsnorm is relative to y; layernorm to |w| (|x - mean| + max |x|) / sqrt(var + eps), of values within sqrt(3)
 * deviations of 0. Its mean is a sum that cancels, and adds to the 8 u what its roundings leave after division by n. */
static struct kn_answer answer_norm(const struct kn_case *c)
{
    double sum = kn_walk_positive(c->dims.n);
    if (c->op == KN_OP_rmsnorm)
        return (struct kn_answer){ 0, ceil(2 * (8 + sum / 2)) };
    return (struct kn_answer){ 2 * sqrt(3), ceil(2 * (8 + sum / 2) + 2) };
}

const struct kn_kind_rules kn_kind_norm = { make_norm, bind_norm, split_norm, count_norm, answer_norm };
