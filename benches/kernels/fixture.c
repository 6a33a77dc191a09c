#include "benches/kernels/fixture.h"

#include <stdio.h>

#include "framework/base/error.h"
#include "framework/base/pool.h"

/* Inputs belong to the host and are shared between builds; y is written anew by every iteration, so that no value can
 * drift towards a denormal. */
struct fixture {
    const struct kn_kernel *kernel;
    union kn_args args;
    struct tare_pool *pool; /* NULL on one thread */
    struct tare_output y;
};

static void fill(void *dst, size_t bytes, const void *ctx)
{
    (void)bytes;
    kn_input_fill(ctx, dst);
}

static int bind_memory(struct fixture *f, const struct kn_case *c, int n_threads, const struct tare_host *host)
{
    const void *in[KN_MAX_INPUTS] = { NULL };
    for (size_t i = 0; i < c->n_in; i++) {
        char key[96];
        kn_input_key(&c->in[i], key, sizeof key);
        in[i] = host->input(host, key, c->in[i].bytes, fill, &c->in[i]);
        if (!in[i])
            return -1;
    }
    float *out = host->scratch(host, c->out_count * sizeof *out);
    size_t work_bytes = kn_work_bytes(f->kernel, &c->dims, n_threads);
    void *work = work_bytes > 0 ? host->scratch(host, work_bytes) : NULL;
    if (!out || (work_bytes > 0 && !work))
        return -1;
    kn_case_args(c, f->kernel, in, out, work, &f->args);
    struct kn_answer answer = kn_case_answer(c);
    f->y = (struct tare_output){ .size = sizeof f->y,
                                 .type = TARE_OUTPUT_F32,
                                 .name = "y",
                                 .data = out,
                                 .count = c->out_count,
                                 .scale = answer.scale,
                                 .bound = answer.bound };
    return 0;
}

size_t *bench_axis(enum kn_op op, struct kn_dims *d)
{
    return kn_op_kind(op) == KN_KIND_attention ? &d->n : &d->m;
}

static struct bench bench_of(const struct tare_case *c)
{
    struct bench b = { .kernel = c->arg, .n_threads = c->n_params > 2 ? (int)c->params[2].num : 1 };
    b.dims = kn_shape_find(kn_op_kind(b.kernel->op), c->params[0].text)->dims;
    *bench_axis(b.kernel->op, &b.dims) = (size_t)c->params[1].num;
    return b;
}

int bench_setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    const struct bench b = bench_of(c);
    struct kn_case problem;
    struct fixture *f = host->alloc(host, sizeof *f);
    if (!f)
        return -1;
    f->kernel = b.kernel;
    if (kn_case_make(&problem, b.kernel->op, b.kernel->type, &b.dims) != 0)
        return host->fail(host, "%s", tare_error());
    if (bind_memory(f, &problem, b.n_threads, host) != 0)
        return -1;
    if (b.n_threads > 1 && tare_pool_create(&f->pool, b.n_threads, host->cpus) != 0)
        return host->fail(host, "%s", tare_error());
    *fixture = f;
    return 0;
}

void bench_run(void *fixture, const struct tare_loop *loop)
{
    struct fixture *f = fixture;
    for (uint64_t i = 0; i < loop->iters; i++) {
        kn_run(f->kernel, &f->args, f->pool);
        tare_use(f);
    }
}

void bench_teardown(void *fixture)
{
    struct fixture *f = fixture;
    tare_pool_free(f->pool);
}

int bench_output(void *fixture, size_t index, struct tare_output *out)
{
    const struct fixture *f = fixture;
    if (index > 0)
        return 0;
    *out = f->y;
    return 1;
}
