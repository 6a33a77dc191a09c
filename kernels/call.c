/* Calling a kernel through the registry: on one thread, or on a pool, each thread on its part. */
#include <kn/registry.h>

#include "framework/base/pool.h"

#define KN_OP(name, kind, formula)                                                                                     \
    static void call_##name(const struct kn_kernel *k, const union kn_args *a)                                         \
    {                                                                                                                  \
        k->fn.name(&a->kind);                                                                                          \
    }
#include "kernels/ops.def"
#undef KN_OP

static void (*const calls[])(const struct kn_kernel *k, const union kn_args *a) = {
#define KN_OP(name, kind, formula) call_##name,
#include "kernels/ops.def"
#undef KN_OP
};

void kn_call(const struct kn_kernel *k, const union kn_args *a)
{
    calls[k->op](k, a);
}

/* Which of n_threads parts is wanted. */
struct share {
    int thread, n_threads;
};

static void share_of(const struct share *s, size_t n, size_t grain, size_t *begin, size_t *count)
{
    size_t end;
    tare_pool_split(n, grain, s->thread, s->n_threads, begin, &end);
    *count = end - *begin;
}

enum {
    COLUMNS = 32,  /* of y: a multiple of every kernel's tile, and 128 bytes, so that no two threads share a line */
    ELEMENTS = 64, /* likewise, elementwise */
};

/* Columns of y go with rows of w; where y is tall, its rows are split instead. */
static void split_matmul(const union kn_args *whole, const struct share *s, enum kn_type type, union kn_args *part)
{
    const struct kn_matmul *a = &whole->matmul;
    struct kn_matmul *p = &part->matmul;
    size_t begin;
    *p = *a;
    if (a->m > a->n) {
        share_of(s, a->m, 1, &begin, &p->m);
        p->x = a->x + begin * a->k;
        p->y = a->y + begin * a->ldy;
    } else {
        share_of(s, a->n, COLUMNS, &begin, &p->n);
        p->w = (const char *)a->w + kn_type_bytes(type, begin * a->k);
        p->y = a->y + begin;
    }
    if (a->work)
        p->work = (char *)a->work + (size_t)s->thread * a->step;
}

static void split_dot(const union kn_args *whole, const struct share *s, enum kn_type type, union kn_args *part)
{
    (void)s;
    (void)type;
    part->dot = whole->dot;
}

static void split_unary(const union kn_args *whole, const struct share *s, enum kn_type type, union kn_args *part)
{
    (void)type;
    struct kn_unary *p = &part->unary;
    size_t begin;
    *p = whole->unary;
    share_of(s, whole->unary.n, ELEMENTS, &begin, &p->n);
    p->x += begin;
    p->y += begin;
}

static void split_binary(const union kn_args *whole, const struct share *s, enum kn_type type, union kn_args *part)
{
    (void)type;
    struct kn_binary *p = &part->binary;
    size_t begin;
    *p = whole->binary;
    share_of(s, whole->binary.n, ELEMENTS, &begin, &p->n);
    p->a += begin;
    p->b += begin;
    p->y += begin;
}

static void split_softmax(const union kn_args *whole, const struct share *s, enum kn_type type, union kn_args *part)
{
    (void)type;
    struct kn_softmax *p = &part->softmax;
    size_t begin;
    *p = whole->softmax;
    share_of(s, whole->softmax.rows, 1, &begin, &p->rows);
    p->x += begin * p->cols;
    p->y += begin * p->cols;
}

static void split_norm(const union kn_args *whole, const struct share *s, enum kn_type type, union kn_args *part)
{
    (void)type;
    struct kn_norm *p = &part->norm;
    size_t begin;
    *p = whole->norm;
    share_of(s, whole->norm.rows, 1, &begin, &p->rows);
    p->x += begin * p->cols;
    p->y += begin * p->cols;
}

static void split_rope(const union kn_args *whole, const struct share *s, enum kn_type type, union kn_args *part)
{
    (void)type;
    struct kn_rope *p = &part->rope;
    size_t begin;
    *p = whole->rope;
    share_of(s, whole->rope.tokens, 1, &begin, &p->tokens);
    p->x += begin * p->heads * p->head_dim;
    p->y += begin * p->heads * p->head_dim;
    p->cos += begin * (p->head_dim / 2);
    p->sin += begin * (p->head_dim / 2);
}

static void (*const splits[])(const union kn_args *, const struct share *, enum kn_type, union kn_args *) = {
#define KN_KIND(kind) split_##kind,
    KN_KINDS(KN_KIND)
#undef KN_KIND
};

void kn_split(const struct kn_kernel *k, const union kn_args *whole, int thread, int n_threads, union kn_args *part)
{
    splits[kn_op_kind(k->op)](whole, &(struct share){ thread, n_threads }, k->type, part);
}

struct run {
    const struct kn_kernel *kernel;
    const union kn_args *args;
};

static void run_part(void *ctx, int thread, int n_threads)
{
    const struct run *r = ctx;
    union kn_args part;
    if (kn_op_kind(r->kernel->op) == KN_KIND_dot && thread > 0)
        return; /* one sum, one thread */
    kn_split(r->kernel, r->args, thread, n_threads, &part);
    kn_call(r->kernel, &part);
}

void kn_run(const struct kn_kernel *k, const union kn_args *a, struct tare_pool *pool)
{
    if (pool)
        tare_pool_run(pool, run_part, &(struct run){ k, a });
    else
        kn_call(k, a);
}
