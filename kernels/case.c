/* The inputs of every operation, for tests and benches alike: one builder a kind. */
#include <kn/case.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/rng.h"

/* Adds an input of rows x cols; false when the size overflows. */
static bool add_input(struct kn_case *c, const char *name, enum kn_fill fill, float scale, size_t rows, size_t cols)
{
    struct kn_input *in = &c->in[c->n_in];
    size_t count, bytes;
    if (!tare_mul(rows, cols, &count) || !tare_mul(count, sizeof(double), &bytes) || bytes > PTRDIFF_MAX)
        return false;
    *in = (struct kn_input){
        .name = name,
        .type = KN_TYPE_f32,
        .fill = fill,
        .scale = scale,
        .seed = ++c->n_in,
        .rows = rows,
        .cols = cols,
        .bytes = kn_type_bytes(KN_TYPE_f32, count),
    };
    return true;
}

static bool set_output(struct kn_case *c, size_t rows, size_t cols)
{
    size_t bytes;
    return tare_mul(rows, cols, &c->out_count) && tare_mul(c->out_count, sizeof(double), &bytes) &&
           bytes <= PTRDIFF_MAX;
}

static bool make_matmul(struct kn_case *c)
{
    const struct kn_dims *d = &c->dims;
    return add_input(c, "x", KN_FILL_UNIFORM, 1, d->m, d->k) && add_input(c, "w", KN_FILL_UNIFORM, 1, d->n, d->k) &&
           set_output(c, d->m, d->n);
}

static bool make_dot(struct kn_case *c)
{
    return add_input(c, "a", KN_FILL_UNIFORM, 1, 1, c->dims.n) && add_input(c, "b", KN_FILL_UNIFORM, 1, 1, c->dims.n) &&
           set_output(c, 1, 1);
}

static bool make_unary(struct kn_case *c)
{
    return add_input(c, "x", KN_FILL_UNIFORM, 4, c->dims.m, c->dims.n) && set_output(c, c->dims.m, c->dims.n);
}

static bool make_binary(struct kn_case *c)
{
    const struct kn_dims *d = &c->dims;
    return add_input(c, "a", KN_FILL_UNIFORM, 1, d->m, d->n) && add_input(c, "b", KN_FILL_UNIFORM, 1, d->m, d->n) &&
           set_output(c, d->m, d->n);
}

static bool make_softmax(struct kn_case *c)
{
    return add_input(c, "x", KN_FILL_UNIFORM, 8, c->dims.m, c->dims.n) && set_output(c, c->dims.m, c->dims.n);
}

static bool make_norm(struct kn_case *c)
{
    const struct kn_dims *d = &c->dims;
    return add_input(c, "x", KN_FILL_UNIFORM, 4, d->m, d->n) && add_input(c, "w", KN_FILL_UNIFORM, 1, 1, d->n) &&
           (c->op != KN_OP_layernorm || add_input(c, "b", KN_FILL_UNIFORM, 1, 1, d->n)) && set_output(c, d->m, d->n);
}

static bool make_rope(struct kn_case *c)
{
    const struct kn_dims *d = &c->dims;
    size_t heads;
    return d->k % 2 == 0 && tare_mul(d->n, d->k, &heads) && add_input(c, "x", KN_FILL_UNIFORM, 1, d->m, heads) &&
           add_input(c, "cos", KN_FILL_COS, 1, d->m, d->k / 2) && add_input(c, "sin", KN_FILL_SIN, 1, d->m, d->k / 2) &&
           set_output(c, d->m, heads);
}

enum { LINE = 64 };

static size_t work_step(const struct kn_kernel *k, const struct kn_dims *d)
{
    return k->work_bytes ? (k->work_bytes(d) + LINE - 1) / LINE * LINE : 0;
}

/* What the arguments of a call point to. */
struct memory {
    const void *const *in;
    float *out;
    void *work;
    size_t step; /* bytes of work a thread */
};

static void bind_matmul(const struct kn_case *c, const struct memory *at, union kn_args *args)
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

static void bind_dot(const struct kn_case *c, const struct memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    args->dot = (struct kn_dot){ .a = at->in[0], .b = at->in[1], .y = at->out, .n = d->n };
}

static void bind_unary(const struct kn_case *c, const struct memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    args->unary = (struct kn_unary){ .x = at->in[0], .y = at->out, .n = d->m * d->n };
}

static void bind_binary(const struct kn_case *c, const struct memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    args->binary = (struct kn_binary){ .a = at->in[0], .b = at->in[1], .y = at->out, .n = d->m * d->n };
}

static void bind_softmax(const struct kn_case *c, const struct memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    args->softmax = (struct kn_softmax){ .x = at->in[0], .y = at->out, .rows = d->m, .cols = d->n };
}

static void bind_norm(const struct kn_case *c, const struct memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    args->norm = (struct kn_norm){
        .x = at->in[0],
        .w = at->in[1],
        .b = c->n_in > 2 ? at->in[2] : NULL,
        .y = at->out,
        .rows = d->m,
        .cols = d->n,
        .eps = 1e-5f,
    };
}

static void bind_rope(const struct kn_case *c, const struct memory *at, union kn_args *args)
{
    const struct kn_dims *d = &c->dims;
    args->rope = (struct kn_rope){
        .x = at->in[0],
        .cos = at->in[1],
        .sin = at->in[2],
        .y = at->out,
        .tokens = d->m,
        .heads = d->n,
        .head_dim = d->k,
    };
}

static const struct {
    bool (*make)(struct kn_case *c);
    void (*bind)(const struct kn_case *c, const struct memory *at, union kn_args *args);
} kinds[] = {
#define KN_KIND(kind) { make_##kind, bind_##kind },
    KN_KINDS(KN_KIND)
#undef KN_KIND
};

int kn_case_make(struct kn_case *c, enum kn_op op, enum kn_type type, const struct kn_dims *d)
{
    *c = (struct kn_case){ .op = op, .type = type, .dims = *d };
    if (kinds[kn_op_kind(op)].make(c))
        return 0;
    return tare_fail(TARE_EUSAGE, "%s: no such shape: m=%zu n=%zu k=%zu (too large%s)", kn_op_name(op), d->m, d->n,
                     d->k, kn_op_kind(op) == KN_KIND_rope ? ", or an odd head_dim" : "");
}

static void fill_uniform(const struct kn_input *in, float *dst)
{
    struct tare_rng rng;
    tare_rng_seed(&rng, in->seed);
    size_t n = in->rows * in->cols;
    float step = in->scale * 0x1p-23f;
    for (size_t i = 0; i < n; i++) /* 24 random bits a value */
        dst[i] = step * (float)((int32_t)(tare_rng_u64(&rng) >> 40) - (1 << 23));
}

static void fill_angles(const struct kn_input *in, float *dst)
{
    for (size_t row = 0; row < in->rows; row++)
        for (size_t col = 0; col < in->cols; col++) {
            double angle = (double)row * pow(10000.0, -(double)col / (double)in->cols);
            dst[row * in->cols + col] = (float)(in->fill == KN_FILL_COS ? cos(angle) : sin(angle));
        }
}

void kn_input_fill(const struct kn_input *in, void *dst)
{
    static void (*const fills[])(const struct kn_input *, float *) = {
        [KN_FILL_UNIFORM] = fill_uniform,
        [KN_FILL_COS] = fill_angles,
        [KN_FILL_SIN] = fill_angles,
    };
    fills[in->fill](in, dst);
}

int kn_input_key(const struct kn_input *in, char *key, size_t size)
{
    static const char *const fills[] = { "uniform", "cos", "sin" };
    return snprintf(key, size, "%s/%s/%zux%zu/%g/%" PRIu64, kn_type_name(in->type), fills[in->fill], in->rows, in->cols,
                    (double)in->scale, in->seed);
}

size_t kn_work_bytes(const struct kn_kernel *k, const struct kn_dims *d, int n_threads)
{
    return work_step(k, d) * (size_t)n_threads;
}

void kn_case_args(const struct kn_case *c, const struct kn_kernel *k, const void *const *in, float *out, void *work,
                  union kn_args *args)
{
    kinds[kn_op_kind(c->op)].bind(c, &(struct memory){ in, out, work, work_step(k, &c->dims) }, args);
}
