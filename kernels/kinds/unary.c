/* One element of y from one of x. */
#include "kernels/kinds/kind.h"

#include <math.h>

static bool make_unary(struct kn_case *c)
{
    return kn_add_input(c, "x", KN_TYPE_f32, KN_FILL_UNIFORM, 4, c->dims.m, c->dims.n) &&
           kn_set_output(c, c->dims.m, c->dims.n);
}

static void bind_unary(const struct kn_case *c, const struct kn_memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    args->unary = (struct kn_unary){ .x = at->in[0], .y = at->out, .n = d->m * d->n };
}

enum { ELEMENTS = 64 }; /* a thread's part: no two share a line */

static void split_unary(const union kn_args *whole, const struct kn_share *s, enum kn_type type, union kn_args *part)
{
    (void)type;
    struct kn_unary *p = &part->unary;
    size_t begin;
    *p = whole->unary;
    kn_share_of(s, whole->unary.n, ELEMENTS, &begin, &p->n);
    p->x += begin;
    p->y += begin;
}

static double count_unary(const struct kn_case *c)
{
    return (double)c->dims.m * (double)c->dims.n;
}

static struct kn_answer answer_unary(const struct kn_case *c)
{
    double x = (double)c->in[0].scale, v = 2 * sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
    double u = c->op == KN_OP_silu ? 5 : c->op == KN_OP_gelu ? 8 : c->op == KN_OP_gelu_tanh ? 5 + 4 * v : 0;
    return (struct kn_answer){ 0, ceil(2 * u) };
}

const struct kn_kind_rules kn_kind_unary = { make_unary, bind_unary, split_unary, count_unary, answer_unary };
