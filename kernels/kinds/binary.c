/* One element of y from two. */
#include "kernels/kinds/kind.h"

static bool make_binary(struct kn_case *c)
{
    const struct kn_dims *d = &c->dims;
    return kn_add_input(c, "a", KN_TYPE_f32, KN_FILL_UNIFORM, 1, d->m, d->n) &&
           kn_add_input(c, "b", KN_TYPE_f32, KN_FILL_UNIFORM, 1, d->m, d->n) && kn_set_output(c, d->m, d->n);
}

static void bind_binary(const struct kn_case *c, const struct kn_memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    args->binary = (struct kn_binary){ .a = at->in[0], .b = at->in[1], .y = at->out, .n = d->m * d->n, .alpha = 0.75f };
}

enum { ELEMENTS = 64 }; /* a thread's part: no two share a line */

static void split_binary(const union kn_args *whole, const struct kn_share *s, enum kn_type type, union kn_args *part)
{
    (void)type;
    struct kn_binary *p = &part->binary;
    size_t begin;
    *p = whole->binary;
    kn_share_of(s, whole->binary.n, ELEMENTS, &begin, &p->n);
    p->a += begin;
    p->b += begin;
    p->y += begin;
}

static double count_binary(const struct kn_case *c)
{
    return (double)c->dims.m * (double)c->dims.n;
}

/* Rounded once, there is one right answer; axpy's two terms may cancel, and are at most 1.75. */
static struct kn_answer answer_binary(const struct kn_case *c)
{
    double scale = (double)c->in[0].scale;
    if (c->op == KN_OP_axpy)
        return (struct kn_answer){ 2 * scale, 4 };
    return (struct kn_answer){ 0, c->op == KN_OP_swiglu ? 12 : 0 };
}

const struct kn_kind_rules kn_kind_binary = { make_binary, bind_binary, split_binary, count_binary, answer_binary };
