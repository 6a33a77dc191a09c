#include "tests/kernels/trial.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/cpu.h"
#include "kernels/quant/activations.h"
#include "tests/harness.h"

enum { CANARIES = 64 };
static const float canary = 12345.678f;
static const long double u = 0x1p-24L;

/* `bytes` that begin `offset` bytes behind a 64-byte boundary and end with their block. */
static void *block_make(void **block, size_t bytes, size_t offset)
{
    assert_int_equal(posix_memalign(block, 64, bytes + offset), 0);
    return (char *)*block + offset;
}

void trial_make(struct trial *t, enum kn_op op, struct kn_dims d, size_t offset)
{
    trial_make_typed(t, op, KN_TYPE_f32, d, offset);
}

/* Encoded rows begin anywhere that their first element may. */
static size_t raw_offset(enum kn_type type, size_t offset)
{
    return offset * (type == KN_TYPE_i8 || type == KN_TYPE_nf4 ? sizeof(float) : sizeof(uint16_t));
}

void trial_make_typed(struct trial *t, enum kn_op op, enum kn_type type, struct kn_dims d, size_t offset)
{
    *t = (struct trial){ .offset = offset };
    assert_int_equal(kn_case_make(&t->c, op, type, &d), 0);
    for (size_t i = 0; i < t->c.n_in; i++) {
        const struct kn_input *in = &t->c.in[i];
        t->raw[i] = t->in[i] = block_make(&t->blocks[i], in->rows * in->cols * sizeof(float), offset * sizeof(float));
        if (in->type != KN_TYPE_f32)
            t->raw[i] = block_make(&t->blocks[KN_MAX_INPUTS + 1 + i], in->bytes, raw_offset(in->type, offset));
        kn_input_fill(in, t->raw[i]);
        trial_decode(t, i);
    }
    t->y =
        block_make(&t->blocks[KN_MAX_INPUTS], (t->c.out_count + 2 * CANARIES) * sizeof(float), offset * sizeof(float));
    t->y += CANARIES;
    t->ref = calloc(t->c.out_count + 1, sizeof *t->ref);
    assert_non_null(t->ref);
}

void trial_decode(struct trial *t, size_t input)
{
    const struct kn_input *in = &t->c.in[input];
    size_t bytes = kn_row_bytes(in->type, in->cols);
    for (size_t r = 0; in->type != KN_TYPE_f32 && r < in->rows; r++)
        kn_decode_row(in->type, (char *)t->raw[input] + r * bytes, t->in[input] + r * in->cols, in->cols);
}

void trial_encode(struct trial *t, size_t input)
{
    const struct kn_input *in = &t->c.in[input];
    size_t bytes = kn_row_bytes(in->type, in->cols);
    for (size_t r = 0; in->type != KN_TYPE_f32 && r < in->rows; r++)
        kn_encode_row(in->type, t->in[input] + r * in->cols, (char *)t->raw[input] + r * bytes, in->cols);
    trial_decode(t, input);
}

void trial_free(struct trial *t)
{
    for (size_t i = 0; i < sizeof t->blocks / sizeof *t->blocks; i++)
        free(t->blocks[i]);
    free(t->ref);
}

/* The weights in panels, by `ref`. */
static const void *trial_pack(const struct trial *t, void **block)
{
    size_t bytes;
    assert_int_equal(kn_packed_bytes(t->c.type, t->c.dims.n, t->c.dims.k, &bytes), 0);
    void *y = block_make(block, bytes, t->offset * kn_row_bytes(t->c.type, 1));
    union kn_args args = { .pack = { .w = t->raw[1], .y = y, .n = t->c.dims.n, .k = t->c.dims.k } };
    kn_call(kn_find(KN_OP_pack, t->c.type, "ref"), &args);
    return y;
}

void trial_run(struct trial *t, const struct kn_kernel *k, struct tare_pool *pool)
{
    enum { MOST_THREADS = 8 };
    size_t n = t->c.out_count, bytes = kn_work_bytes(k, &t->c.dims, MOST_THREADS);
    void *work = aligned_alloc(64, bytes + 64);
    assert_non_null(work);
    memset(work, 0xff, bytes); /* every float of it a NaN */
    for (size_t i = 0; i < n + 2 * CANARIES; i++)
        t->y[(ptrdiff_t)i - CANARIES] = i < CANARIES || i >= n + CANARIES ? canary : NAN;
    void *packed = NULL;
    const void *in[KN_MAX_INPUTS] = { t->raw[0], t->raw[1], t->raw[2] };
    if (k->packed)
        in[1] = trial_pack(t, &packed);
    union kn_args args;
    kn_case_args(&t->c, k, in, t->y, work, &args);
    kn_run(k, &args, pool);
    for (ptrdiff_t i = 0; i < CANARIES; i++)
        if (t->y[i - CANARIES] != canary || t->y[(ptrdiff_t)n + i] != canary)
            fail_msg("%s %s wrote outside y, m=%zu n=%zu k=%zu", kn_op_name(k->op), k->variant, t->c.dims.m,
                     t->c.dims.n, t->c.dims.k);
    free(packed);
    free(work);
}

void trial_reference(struct trial *t)
{
    trial_run(t, kn_find(t->c.op, t->c.type, "ref"), NULL);
    memcpy(t->ref, t->y, t->c.out_count * sizeof *t->ref);
}

static long double gamma_of(size_t n)
{
    return (long double)n * u / (1 - (long double)n * u);
}

/* Products and their sums below FLT_MIN lose up to half a denormal each. */
static long double underflow(size_t n)
{
    return (long double)(n + 2) * 0x1p-149L;
}

static struct expected expect_sum(const float *a, const float *b, size_t n)
{
    long double sum = 0;
    double size = 0;
    for (size_t i = 0; i < n; i++) {
        double product = (double)a[i] * (double)b[i]; /* exact; a long double is slow where it is emulated */
        sum += (long double)product;
        size += fabs(product);
    }
    return (struct expected){ sum, gamma_of(n) * size + underflow(n) };
}

/* What x rounded to int8 adds: half a step of its block an element, and nothing is said of blocks below 2^-119. */
static long double rounding_of_x(const float *x, const float *w, size_t k, size_t block)
{
    long double error = 0;
    for (size_t b = 0; b < k; b += block) {
        double largest = 0, size = 0;
        for (size_t i = b; i < b + block && i < k; i++) {
            largest = fmax(largest, fabs((double)x[i]));
            size += fabs((double)w[i]);
        }
        error += ((long double)largest < 0x1p-119L ? 0x1p-119L : largest / 254.0L * (1 + 0x1p-10L)) * size;
    }
    return error;
}

static struct expected expect_matmul(const struct trial *t, size_t i)
{
    size_t n = t->c.dims.n, k = t->c.dims.k;
    const float *x = t->in[0] + i / n * k, *w = t->in[1] + i % n * k;
    struct expected e = expect_sum(x, w, k);
    if (kn_type_rounds_x(t->c.type))
        e.error += rounding_of_x(x, w, k, t->c.type == KN_TYPE_i8 ? k : KN_ACT_BLOCK);
    return e;
}

static struct expected expect_pack(const struct trial *t, size_t i)
{
    size_t n = t->c.dims.n, k = t->c.dims.k, row = i / (k * KN_PANEL) * KN_PANEL + i % KN_PANEL;
    return (struct expected){ row < n ? t->in[0][row * k + i / KN_PANEL % k] : 0, 0, 0 };
}

static struct expected expect_dot(const struct trial *t, size_t i)
{
    (void)i;
    return expect_sum(t->in[0], t->in[1], t->c.dims.n);
}

static struct expected expect_binary(const struct trial *t, size_t i)
{
    long double a = t->in[0][i], b = t->in[1][i], y = t->c.op == KN_OP_add ? a + b : a * b;
    if (t->c.op == KN_OP_axpy)
        return (struct expected){ 0.75L * a + b, 2 * u * (0.75L * fabsl(a) + fabsl(b)) + underflow(0) };
    if (t->c.op == KN_OP_swiglu) {
        y = a / (1 + expl(-a)) * b;
        return (struct expected){ y, 6 * u * fabsl(y) + (1 + fabsl(a) + fabsl(b)) * 0x1p-148L };
    }
    return (struct expected){ y, u * fabsl(y) + 0x1p-150L };
}

static struct expected expect_reduce(const struct trial *t, size_t i)
{
    size_t n = t->c.dims.n, largest = 0;
    long double sum = 0, size = 0;
    (void)i;
    for (size_t j = 0; j < n; j++) {
        sum += t->in[0][j];
        size += fabsl((long double)t->in[0][j]);
        if (t->in[0][j] > t->in[0][largest])
            largest = j;
    }
    if (t->c.op == KN_OP_argmax)
        return (struct expected){ largest, 0 };
    return (struct expected){ sum, gamma_of(n) * size + underflow(n) };
}

/* Tokens are taken one by one, the largest that is left, until enough are kept. Quadratic. */
static struct expected expect_sample(const struct trial *t, size_t i)
{
    size_t n = t->c.dims.n, most = t->c.op == KN_OP_sample_top_k && n > 50 ? 50 : n;
    const float *x = t->in[0];
    bool *kept = calloc(n + 1, sizeof *kept);
    long double max = -INFINITY, all = 0, sum = 0, running = 0, want = t->c.op == KN_OP_sample_top_p ? 0.9f : 2;
    size_t drawn = 0;
    (void)i;
    assert_non_null(kept);
    for (size_t j = 0; j < n; j++)
        max = fmaxl(max, x[j]);
    for (size_t j = 0; j < n; j++)
        all += expl((x[j] - max) / 0.7f);
    for (size_t m = 0; m < most && sum < want * all; m++) {
        size_t best = n;
        for (size_t j = 0; j < n; j++)
            if (!kept[j] && (best == n || x[j] > x[best]))
                best = j;
        kept[best] = true;
        sum += expl((x[best] - max) / 0.7f);
    }
    for (size_t j = 0; j < n && !(running > 0.4375L * sum); j++)
        if (kept[j]) {
            running += expl((x[j] - max) / 0.7f);
            drawn = j;
        }
    free(kept);
    return (struct expected){ n ? drawn : NAN, 0 };
}

static struct expected expect_unary(const struct trial *t, size_t i)
{
    long double x = t->in[0][i], v = 2 * sqrtl(2 / M_PIl) * (x + 0.044715L * x * x * x);
    long double y = 0, ulps = 0; /* of 2^-24 */
    if (t->c.op == KN_OP_copy) {
        y = x;
    } else if (t->c.op == KN_OP_relu) {
        y = x < 0 ? 0 : x;
    } else if (t->c.op == KN_OP_silu) {
        y = x / (1 + expl(-x));
        ulps = 5;
    } else if (t->c.op == KN_OP_gelu) {
        y = 0.5L * x * erfcl(-x / sqrtl(2));
        ulps = 8;
    } else {
        y = x / (1 + expl(-v));
        ulps = 5 + 4 * fminl(fabsl(v), 104);
    }
    return (struct expected){ y, ulps * u * fabsl(y) + (ulps > 0) * (1 + fabsl(x)) * 0x1p-149L };
}

static struct expected expect_softmax(const struct trial *t, size_t i)
{
    size_t n = t->c.dims.n;
    const float *x = t->in[0] + i / n * n;
    long double max = -INFINITY, sum = 0;
    for (size_t j = 0; j < n; j++)
        max = fmaxl(max, x[j]);
    for (size_t j = 0; j < n; j++)
        sum += expl(x[j] - max);
    long double y = expl(x[i % n] - max) / sum;
    return (struct expected){ y, ((6 + max - x[i % n]) * u + gamma_of(n)) * y + 0x1p-149L };
}

static struct expected expect_norm(const struct trial *t, size_t i)
{
    size_t n = t->c.dims.n, at = i % n;
    const float *x = t->in[0] + i / n * n;
    bool layer = t->c.op == KN_OP_layernorm;
    long double mean = 0, squares = 0, max = 0;
    for (size_t j = 0; layer && j < n; j++)
        mean += x[j] / (long double)n;
    for (size_t j = 0; j < n; j++) {
        squares += (x[j] - mean) * (x[j] - mean);
        max = fmaxl(max, fabsl(x[j]));
    }
    long double scale = 1 / sqrtl(squares / (long double)n + 1e-5f), w = t->in[1][at];
    long double y = (x[at] - mean) * scale * w + (layer ? t->in[2][at] : 0);
    long double error = layer
                            ? (8 * u + 3 * gamma_of(n)) * fabsl(w) * (fabsl(x[at] - mean) + max) * scale + u * fabsl(y)
                            : (8 * u + gamma_of(n) / 2) * fabsl(y);
    return (struct expected){ y, error + 0x1p-148L };
}

static struct expected expect_rope(const struct trial *t, size_t i)
{
    size_t d = t->c.dims.k, half = d / 2, at = i % d;
    bool pairs = t->c.op == KN_OP_rope_pairs, second = pairs ? at % 2 : at >= half;
    size_t place = pairs ? at / 2 : at % half;
    size_t partner = i - at + (pairs ? at ^ 1 : (at + half) % d);
    size_t angle = i / (d * t->c.dims.n) * half + place;
    long double a = (long double)t->in[0][i] * t->in[1][angle];
    long double b = (long double)t->in[0][partner] * t->in[2][angle];
    return (struct expected){ second ? a + b : a - b, 2 * u * (fabsl(a) + fabsl(b)) + underflow(0) };
}

/* The problem's first token is at 130000, its base 500000. */
static struct expected expect_rope_computed(const struct trial *t, size_t i)
{
    size_t d = t->c.dims.k, half = d / 2, at = i % d;
    bool pairs = t->c.op == KN_OP_rope_pairs_computed, second = pairs ? at % 2 : at >= half;
    size_t partner = i - at + (pairs ? at ^ 1 : (at + half) % d), place = pairs ? at / 2 : at % half;
    size_t position = 130000 + i / (d * t->c.dims.n);
    long double angle = (long double)position * powl(500000, -(long double)place / (long double)half);
    long double a = (long double)t->in[0][i] * cosl(angle), b = (long double)t->in[0][partner] * sinl(angle);
    long double size = fabsl((long double)t->in[0][i]) + fabsl((long double)t->in[0][partner]);
    long double off = (long double)(130000 + t->c.dims.m) * 0x1p-48L;
    return (struct expected){ second ? a + b : a - b, (5 * u + off) * size + underflow(0), off / 4 * size };
}

/* What a token's head makes of the cache: weights that sum to 1, and the error of a mean of the values by them
 * (relative to the mean of their sizes), as kn/ops.h states it. */
struct heed {
    const struct trial *of;
    size_t row; /* token and head */
    size_t n;
    long double *w, error;
};

static void heed_row(struct heed *h, const struct trial *t, size_t row)
{
    const struct kn_dims *d = &t->c.dims;
    size_t first = row % d->heads / (d->heads / d->kv_heads) * d->n; /* row of the cache */
    const float *q = t->in[0] + row * d->k;
    long double scale = 1 / sqrtf((float)d->k), largest = 0, max = -INFINITY, min = INFINITY, sum = 0;
    free(h->w);
    *h = (struct heed){ .of = t, .row = row, .n = d->n - d->m + row / d->heads + 1 };
    h->w = calloc(h->n, sizeof *h->w);
    assert_non_null(h->w);
    for (size_t p = 0; p < h->n; p++) {
        long double products = 0;
        for (size_t j = 0; j < d->k; j++) {
            long double product = (long double)q[j] * t->in[1][(first + p) * d->k + j] * scale;
            h->w[p] += product;
            products += fabsl(product);
        }
        largest = fmaxl(largest, products);
        max = fmaxl(max, h->w[p]);
        min = fminl(min, h->w[p]);
    }
    for (size_t p = 0; p < h->n; p++)
        sum += h->w[p] = expl(h->w[p] - max);
    for (size_t p = 0; p < h->n; p++)
        h->w[p] /= sum;
    h->error = 2 * gamma_of(d->k + 4) * largest + (10 + max - min + (long double)h->n / 64) * u + gamma_of(h->n);
}

static struct expected expect_attention(const struct trial *t, size_t i)
{
    static struct heed heed; /* of the row that was asked for last */
    const struct kn_dims *d = &t->c.dims;
    size_t dim = i % d->k, row = i / d->k, first = row % d->heads / (d->heads / d->kv_heads) * d->n;
    long double y = 0, size = 0;
    if (heed.of != t || heed.row != row || dim == 0)
        heed_row(&heed, t, row);
    for (size_t p = 0; p < heed.n; p++) {
        long double v = heed.w[p] * t->in[2][(first + p) * d->k + dim];
        y += v;
        size += fabsl(v);
    }
    return (struct expected){ y, heed.error * size + underflow(heed.n) };
}

/* What is decoded. Of what is encoded only f32 has a value here: tests/kernels/rows.c has the others' bytes. */
static struct expected expect_rows(const struct trial *t, size_t i)
{
    return (struct expected){ t->in[0][i], 0 };
}

static struct expected expect_embedding(const struct trial *t, size_t i)
{
    int32_t id;
    memcpy(&id, t->in[1] + i / t->c.dims.k, sizeof id);
    return (struct expected){ t->in[0][(size_t)id * t->c.dims.k + i % t->c.dims.k], 0 };
}

struct expected trial_expected(const struct trial *t, size_t i)
{
    static struct expected (*const kinds[])(const struct trial *, size_t) = {
#define KN_KIND(kind) [KN_KIND_##kind] = expect_##kind,
        KN_KINDS(KN_KIND)
#undef KN_KIND
    };
    return kinds[kn_op_kind(t->c.op)](t, i);
}

static bool alike(float ref, float y, long double error, bool x_rounded)
{
    if (x_rounded && !isfinite(ref))
        return !isfinite(y);
    if (isnan(ref) || isnan(y))
        return isnan(ref) && isnan(y);
    if (ref == y || isinf(ref) || isinf(y))
        return ref == y;
    return fabsl((long double)y - ref) <= error + u * fabsl((long double)ref) + 0x1p-150L;
}

void trial_check_like_ref(const struct trial *t, const struct kn_kernel *k)
{
    for (size_t i = 0; i < t->c.out_count; i++) {
        struct expected e = trial_expected(t, i);
        if (!alike(t->ref[i], t->y[i], e.error, kn_type_rounds_x(t->c.type)))
            fail_msg("%s %s %s: y[%zu] is %a, ref has %a, the bound is %La; m=%zu n=%zu k=%zu offset=%zu",
                     kn_op_name(k->op), kn_type_name(k->type), k->variant, i, (double)t->y[i], (double)t->ref[i],
                     e.error, t->c.dims.m, t->c.dims.n, t->c.dims.k, t->offset);
    }
}

static const struct kn_kernel *nth_kernel(enum kn_op op, enum kn_type type, size_t i)
{
    size_t n;
    const struct kn_kernel *all = kn_kernels(&n);
    for (size_t j = 0; j < n; j++)
        if (all[j].op == op && all[j].type == type && kn_allowed(&all[j], tare_cpu_levels()) && i-- == 0)
            return &all[j];
    return NULL;
}

const struct kn_kernel *trial_kernel(enum kn_op op, size_t i)
{
    return nth_kernel(op, KN_TYPE_f32, i);
}

const struct kn_kernel *trial_variant(const struct trial *t, size_t i)
{
    return nth_kernel(t->c.op, t->c.type, i);
}
