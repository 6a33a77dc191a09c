/* Products with weights. */
#include "kernels/kinds/kind.h"

#include <math.h>

#include "kernels/quant/activations.h"

static bool make_matmul(struct kn_case *c)
{
    const struct kn_dims *d = &c->dims;
    return kn_add_input(c, "x", KN_TYPE_f32, KN_FILL_UNIFORM, 1, d->m, d->k) &&
           kn_add_input(c, "w", c->type, KN_FILL_UNIFORM, 1, d->n, d->k) && kn_set_output(c, d->m, d->n);
}

static void bind_matmul(const struct kn_case *c, const struct kn_memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    args->matmul = (struct kn_matmul){
        .x = at->in[0],
        .w = at->in[1],
        .y = at->out,
        .m = d->m,
        .n = d->n,
        .k = d->k,
        .ldy = d->n,
        .work = at->work,
        .step = at->step,
    };
}

enum { COLUMNS = 32 }; /* of y: a multiple of every kernel's tile, and 128 bytes, so that no two threads share a line */
_Static_assert(COLUMNS % KN_PANEL == 0, "a part begins with a panel, as many bytes from the first as its rows have");

/* Columns of y go with rows of w; where y is tall, its rows are split instead. */
static void split_matmul(const union kn_args *whole, const struct kn_share *s, enum kn_type type, union kn_args *part)
{
    const struct kn_matmul *a = &whole->matmul;
    struct kn_matmul *p = &part->matmul;
    size_t begin;
    *p = *a;
    if (a->m > a->n) {
        kn_share_of(s, a->m, 1, &begin, &p->m);
        p->x = a->x + begin * a->k;
        p->y = a->y + begin * a->ldy;
    } else {
        kn_share_of(s, a->n, COLUMNS, &begin, &p->n);
        p->w = (const char *)a->w + begin * kn_row_bytes(type, a->k);
        p->y = a->y + begin;
    }
    if (a->work)
        p->work = (char *)a->work + (size_t)s->thread * a->step;
}

static double count_matmul(const struct kn_case *c)
{
    return (double)c->dims.m * (double)c->dims.n * (double)c->dims.k;
}

/* Where x is rounded to int8, each of k elements of a product is off by up to 1/254 of the largest x, which is its
 * scale; that walks like the roundings of a sum, in steps 2^24/254 as long and times the usual w, of which the bound's
 * scale holds sqrt(k) (and as often the root mean square of x). */
static struct kn_answer answer_matmul(const struct kn_case *c)
{
    size_t k = c->dims.k;
    struct kn_answer answer = kn_answer_products(c, k);
    if (k > 0 && kn_type_rounds_x(c->type))
        answer.bound += ceil(2 * kn_walk(k) / sqrt((double)k) * sqrt(3) * 0x1p24 / 254);
    return answer;
}

const struct kn_kind_rules kn_kind_matmul = { make_matmul, bind_matmul, split_matmul, count_matmul, answer_matmul };
