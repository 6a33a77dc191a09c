/* The dot product: one sum, one thread. */
#include "kernels/kinds/kind.h"

static bool make_dot(struct kn_case *c)
{
    return kn_add_input(c, "a", KN_TYPE_f32, KN_FILL_UNIFORM, 1, 1, c->dims.n) &&
           kn_add_input(c, "b", KN_TYPE_f32, KN_FILL_UNIFORM, 1, 1, c->dims.n) && kn_set_output(c, 1, 1);
}

static void bind_dot(const struct kn_case *c, const struct kn_memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    args->dot = (struct kn_dot){ .a = at->in[0], .b = at->in[1], .y = at->out, .n = d->n };
}

static double count_dot(const struct kn_case *c)
{
    return (double)c->dims.m * (double)c->dims.n;
}

static struct kn_answer answer_dot(const struct kn_case *c)
{
    return kn_answer_products(c, c->dims.n);
}

const struct kn_kind_rules kn_kind_dot = { make_dot, bind_dot, NULL, count_dot, answer_dot };
