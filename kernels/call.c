/* Calling a kernel through the registry: on one thread, or on a pool, each thread on its part. */
#include <kn/registry.h>

#include "framework/base/pool.h"
#include "kernels/kinds/kind.h"

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

void kn_share_of(const struct kn_share *s, size_t n, size_t grain, size_t *begin, size_t *count)
{
    size_t end;
    tare_pool_split(n, grain, s->thread, s->n_threads, begin, &end);
    *count = end - *begin;
}

void kn_split(const struct kn_kernel *k, const union kn_args *whole, int thread, int n_threads, union kn_args *part)
{
    const struct kn_kind_rules *rules = kn_kind_rules(kn_op_kind(k->op));
    *part = *whole;
    if (rules->split)
        rules->split(whole, &(struct kn_share){ thread, n_threads }, k->type, part);
}

struct run {
    const struct kn_kernel *kernel;
    const union kn_args *args;
};

static void run_part(void *ctx, int thread, int n_threads)
{
    const struct run *r = ctx;
    union kn_args part;
    if (thread > 0 && !kn_kind_rules(kn_op_kind(r->kernel->op))->split)
        return;
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
