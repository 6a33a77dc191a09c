/* Rows of a table by their numbers. */
#include "kernels/kinds/kind.h"

static bool make_embedding(struct kn_case *c)
{
    const struct kn_dims *d = &c->dims;
    return (d->n > 0 || d->m == 0) && d->n <= INT32_MAX &&
           kn_add_input(c, "table", c->type, KN_FILL_UNIFORM, 1, d->n, d->k) &&
           kn_add_input(c, "ids", KN_TYPE_f32, KN_FILL_IDS, (float)d->n, 1, d->m) && kn_set_output(c, d->m, d->k);
}

static void bind_embedding(const struct kn_case *c, const struct kn_memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    args->embedding = (struct kn_embedding){ .table = at->in[0],
                                             .ids = at->in[1],
                                             .y = at->out,
                                             .tokens = d->m,
                                             .width = d->k,
                                             .row_bytes = kn_row_bytes(c->type, d->k) };
}

static void split_embedding(const union kn_args *whole, const struct kn_share *s, enum kn_type type,
                            union kn_args *part)
{
    (void)type;
    struct kn_embedding *p = &part->embedding;
    size_t begin;
    *p = whole->embedding;
    kn_share_of(s, whole->embedding.tokens, 1, &begin, &p->tokens);
    p->ids += begin;
    p->y += begin * p->width;
}

static double count_embedding(const struct kn_case *c)
{
    return (double)c->dims.m * (double)c->dims.k;
}

static struct kn_answer answer_embedding(const struct kn_case *c)
{
    (void)c;
    return (struct kn_answer){ 0, 0 };
}

const struct kn_kind_rules kn_kind_embedding = { make_embedding, bind_embedding, split_embedding, count_embedding,
                                                 answer_embedding };
