/* The inputs of every operation, for tests and benches alike: laid out by the rules of their kind. */
#include <kn/case.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/rng.h"
#include "kernels/kinds/kind.h"

bool kn_add_input(struct kn_case *c, const char *name, enum kn_type type, enum kn_fill fill, float scale, size_t rows,
                  size_t cols)
{
    struct kn_input *in = &c->in[c->n_in];
    size_t count, bytes;
    if (cols % kn_type_block(type) != 0 || !tare_mul(rows, cols, &count) || !tare_mul(count, sizeof(double), &bytes) ||
        bytes > PTRDIFF_MAX || !tare_mul(rows, kn_row_bytes(type, cols), &bytes) || bytes > PTRDIFF_MAX)
        return false;
    *in = (struct kn_input){
        .name = name,
        .type = type,
        .fill = fill,
        .scale = scale,
        .seed = ++c->n_in,
        .rows = rows,
        .cols = cols,
        .bytes = bytes,
    };
    return true;
}

bool kn_set_output(struct kn_case *c, size_t rows, size_t cols)
{
    size_t bytes;
    return tare_mul(rows, cols, &c->out_count) && tare_mul(c->out_count, sizeof(double), &bytes) &&
           bytes <= PTRDIFF_MAX;
}

enum { LINE = 64 };

static size_t work_step(const struct kn_kernel *k, const struct kn_dims *d)
{
    return k->work_bytes ? (k->work_bytes(d) + LINE - 1) / LINE * LINE : 0;
}

static const struct kn_kind_rules *const kinds[] = {
#define KN_KIND(kind) &kn_kind_##kind,
    KN_KINDS(KN_KIND)
#undef KN_KIND
};

const struct kn_kind_rules *kn_kind_rules(enum kn_kind kind)
{
    return kinds[kind];
}

size_t kn_op_row(enum kn_op op, const struct kn_dims *d)
{
    switch (kn_op_kind(op)) {
    case KN_KIND_matmul:
    case KN_KIND_pack:
    case KN_KIND_embedding:
        return d->k;
    case KN_KIND_rows:
        return d->n;
    default:
        return 0;
    }
}

int kn_case_make(struct kn_case *c, enum kn_op op, enum kn_type type, const struct kn_dims *d)
{
    *c = (struct kn_case){ .op = op, .type = type, .dims = *d };
    if (kinds[kn_op_kind(op)]->make(c))
        return 0;
    size_t block = kn_type_block(type);
    const char *row = kn_op_kind(op) == KN_KIND_rows ? "n" : "k";
    size_t length = kn_op_row(op, d);
    if (length % block != 0)
        return tare_fail(TARE_EUSAGE, "%s: no such shape: %s=%zu is no multiple of %zu, a block of %s", kn_op_name(op),
                         row, length, block, kn_type_name(type));
    bool turns = kn_op_kind(op) == KN_KIND_rope || kn_op_kind(op) == KN_KIND_rope_computed;
    return tare_fail(TARE_EUSAGE, "%s: no such shape: m=%zu n=%zu k=%zu (too large%s)", kn_op_name(op), d->m, d->n,
                     d->k, turns ? ", or an odd head_dim" : "");
}

static void uniform_row(struct tare_rng *rng, float scale, float *x, size_t n)
{
    float step = scale * 0x1p-23f;
    for (size_t i = 0; i < n; i++) /* 24 random bits a value */
        x[i] = step * (float)((int32_t)(tare_rng_u64(rng) >> 40) - (1 << 23));
}

/* Encoding takes its time: rows of the other types come again after this many, a prime. */
enum { ROWS_ENCODED = 251 };

/* Types other than f32 are encoded block by block behind a buffer of one row. */
static void fill_uniform(const struct kn_input *in, void *dst)
{
    struct tare_rng rng;
    tare_rng_seed(&rng, in->seed);
    if (in->type == KN_TYPE_f32) {
        uniform_row(&rng, in->scale, dst, in->rows * in->cols);
        return;
    }
    float *row = tare_alloc(in->cols * sizeof *row);
    size_t bytes = kn_row_bytes(in->type, in->cols);
    for (size_t r = 0; row && r < in->rows; r++) {
        char *at = (char *)dst + r * bytes;
        if (r >= ROWS_ENCODED) {
            memcpy(at, at - ROWS_ENCODED * bytes, bytes);
            continue;
        }
        uniform_row(&rng, in->scale, row, in->cols);
        kn_encode_row(in->type, row, at, in->cols);
    }
    free(row);
}

static void fill_angles(const struct kn_input *in, void *dst)
{
    float *x = dst;
    for (size_t row = 0; row < in->rows; row++)
        for (size_t col = 0; col < in->cols; col++) {
            double angle = (double)row * pow(10000.0, -(double)col / (double)in->cols);
            x[row * in->cols + col] = (float)(in->fill == KN_FILL_COS ? cos(angle) : sin(angle));
        }
}

static void fill_ids(const struct kn_input *in, void *dst)
{
    struct tare_rng rng;
    int32_t *ids = dst;
    tare_rng_seed(&rng, in->seed);
    for (size_t i = 0; i < in->rows * in->cols; i++)
        ids[i] = (int32_t)(tare_rng_u64(&rng) % (uint64_t)in->scale);
}

void kn_input_fill(const struct kn_input *in, void *dst)
{
    static void (*const fills[])(const struct kn_input *, void *) = {
        [KN_FILL_UNIFORM] = fill_uniform,
        [KN_FILL_COS] = fill_angles,
        [KN_FILL_SIN] = fill_angles,
        [KN_FILL_IDS] = fill_ids,
    };
    fills[in->fill](in, dst);
}

int kn_input_key(const struct kn_input *in, char *key, size_t size)
{
    static const char *const fills[] = { "uniform", "cos", "sin", "ids" };
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
    kinds[kn_op_kind(c->op)]->bind(c, &(struct kn_memory){ in, out, work, work_step(k, &c->dims) }, args);
}
