/* A number of many: one thread. */
#include <math.h>

#include "kernels/kinds/kind.h"

enum { MOST = 1 << 24 }; /* an index is a float */

static bool make_reduce(struct kn_case *c)
{
    return c->dims.n <= MOST && kn_add_input(c, "x", KN_TYPE_f32, KN_FILL_UNIFORM, 8, 1, c->dims.n) &&
           kn_set_output(c, 1, 1);
}

static void bind_reduce(const struct kn_case *c, const struct kn_memory *at, union kn_args *args)
{
    args->reduce = (struct kn_reduce){ .x = at->in[0], .y = at->out, .n = c->dims.n };
}

static double count_reduce(const struct kn_case *c)
{
    return (double)c->dims.n;
}

/* A sum of random signs has the size of sqrt(n) terms; an index is right or wrong. */
static struct kn_answer answer_reduce(const struct kn_case *c)
{
    double usual = sqrt((double)c->dims.n / 3) * (double)c->in[0].scale;
    if (c->op == KN_OP_argmax)
        return (struct kn_answer){ 0, 0 };
    return (struct kn_answer){ usual, ceil(2 * (1 + kn_walk(c->dims.n))) };
}

const struct kn_kind_rules kn_kind_reduce = { make_reduce, bind_reduce, NULL, count_reduce, answer_reduce };
