/* Weights repacked once for products. */
#include "kernels/kinds/kind.h"

#include "framework/base/error.h"
#include "framework/base/mem.h"

int kn_packed_bytes(enum kn_type type, size_t n, size_t k, size_t *bytes)
{
    size_t rows, count;
    if (kn_type_block(type) > 1 || type == KN_TYPE_i8)
        return tare_fail(TARE_EUSAGE, "pack: weights of %s have no packed layout", kn_type_name(type));
    if (__builtin_add_overflow(n, KN_PANEL - 1, &rows) || !tare_mul(rows / KN_PANEL * KN_PANEL, k, &count) ||
        !tare_mul(count, kn_row_bytes(type, 1), bytes) || *bytes > PTRDIFF_MAX)
        return tare_fail(TARE_EUSAGE, "pack: n=%zu k=%zu: too large", n, k);
    return 0;
}

static bool make_pack(struct kn_case *c)
{
    const struct kn_dims *d = &c->dims;
    size_t bytes;
    return kn_packed_bytes(c->type, d->n, d->k, &bytes) == 0 &&
           kn_add_input(c, "w", c->type, KN_FILL_UNIFORM, 1, d->n, d->k) &&
           kn_set_output(c, 1, bytes / sizeof(float)); /* a panel is whole floats */
}

static void bind_pack(const struct kn_case *c, const struct kn_memory *at, union kn_args *args)
{
    args->pack = (struct kn_pack){ .w = at->in[0], .y = at->out, .n = c->dims.n, .k = c->dims.k };
}

/* By the panel. */
static void split_pack(const union kn_args *whole, const struct kn_share *s, enum kn_type type, union kn_args *part)
{
    struct kn_pack *p = &part->pack;
    size_t begin, row = kn_row_bytes(type, p->k);
    kn_share_of(s, whole->pack.n, KN_PANEL, &begin, &p->n);
    p->w = (const char *)p->w + begin * row;
    p->y = (char *)p->y + begin * row;
}

static double count_pack(const struct kn_case *c)
{
    return (double)c->dims.n * (double)c->dims.k;
}

/* Bits are moved. */
static struct kn_answer answer_pack(const struct kn_case *c)
{
    (void)c;
    return (struct kn_answer){ 0, 0 };
}

const struct kn_kind_rules kn_kind_pack = { make_pack, bind_pack, split_pack, count_pack, answer_pack };
