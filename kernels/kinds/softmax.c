/* Softmax over rows. */
#include "kernels/kinds/kind.h"

#include <math.h>

static bool make_softmax(struct kn_case *c)
{
    return kn_add_input(c, "x", KN_TYPE_f32, KN_FILL_UNIFORM, 8, c->dims.m, c->dims.n) &&
           kn_set_output(c, c->dims.m, c->dims.n);
}

static void bind_softmax(const struct kn_case *c, const struct kn_memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    args->softmax = (struct kn_softmax){ .x = at->in[0], .y = at->out, .rows = d->m, .cols = d->n };
}

static void split_softmax(const union kn_args *whole, const struct kn_share *s, enum kn_type type, union kn_args *part)
{
    (void)type;
    struct kn_softmax *p = &part->softmax;
    size_t begin;
    *p = whole->softmax;
    kn_share_of(s, whole->softmax.rows, 1, &begin, &p->rows);
    p->x += begin * p->cols;
    p->y += begin * p->cols;
}

static double count_softmax(const struct kn_case *c)
{
    return (double)c->dims.m * (double)c->dims.n;
}

static struct kn_answer answer_softmax(const struct kn_case *c)
{
    double range = 2 * (double)c->in[0].scale; /* the largest max - x[i] */
    return (struct kn_answer){ 0, ceil(2 * (6 + range + kn_walk_positive(c->dims.n))) };
}

const struct kn_kind_rules kn_kind_softmax = { make_softmax, bind_softmax, split_softmax, count_softmax,
                                               answer_softmax };
