/* Rows of a type to floats and back. */
#include "framework/base/mem.h"
#include "kernels/kinds/kind.h"

/* Encoded rows are counted in floats too: what a part of one is left unwritten. */
static bool make_rows(struct kn_case *c)
{
    const struct kn_dims *d = &c->dims;
    size_t bytes;
    if (c->op == KN_OP_dequantise)
        return kn_add_input(c, "x", c->type, KN_FILL_UNIFORM, 1, d->m, d->n) && kn_set_output(c, d->m, d->n);
    return d->n % kn_type_block(c->type) == 0 && kn_add_input(c, "x", KN_TYPE_f32, KN_FILL_UNIFORM, 1, d->m, d->n) &&
           tare_mul(d->m, kn_row_bytes(c->type, d->n), &bytes) &&
           kn_set_output(c, 1, bytes / sizeof(float) + (bytes % sizeof(float) > 0));
}

static void bind_rows(const struct kn_case *c, const struct kn_memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    size_t encoded = kn_row_bytes(c->type, d->n), floats = d->n * sizeof(float);
    bool back = c->op == KN_OP_dequantise;
    args->rows = (struct kn_rows){
        .x = at->in[0],
        .y = at->out,
        .rows = d->m,
        .cols = d->n,
        .x_stride = back ? encoded : floats,
        .y_stride = back ? floats : encoded,
    };
}

static void split_rows(const union kn_args *whole, const struct kn_share *s, enum kn_type type, union kn_args *part)
{
    (void)type;
    struct kn_rows *p = &part->rows;
    size_t begin;
    *p = whole->rows;
    kn_share_of(s, whole->rows.rows, 1, &begin, &p->rows);
    p->x = (const char *)p->x + begin * p->x_stride;
    p->y = (char *)p->y + begin * p->y_stride;
}

static double count_rows(const struct kn_case *c)
{
    return (double)c->dims.m * (double)c->dims.n;
}

/* The format's definition has one answer; of encoded rows there is one encoder. */
static struct kn_answer answer_rows(const struct kn_case *c)
{
    (void)c;
    return (struct kn_answer){ 0, 0 };
}

const struct kn_kind_rules kn_kind_rows = { make_rows, bind_rows, split_rows, count_rows, answer_rows };
