/* The suite `kernels`: every kernel this machine can run, on every shape of its kind. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "benches/kernels/fixture.h"
#include "benches/kernels/packed.h"
#include "framework/base/cpu.h"
#include "framework/base/error.h"

/* Tokens at once, where a shape leaves them open: one when decoding, more in a prompt. */
static const size_t matmul_tokens[] = { 1, 4, 8, 16, 32, 128, 512 };
static const size_t other_tokens[] = { 1, 128, 512 };
/* Positions in the cache. */
static const size_t positions[] = { 128, 512, 2048, 8192 };

static const struct {
    enum kn_op op;
    enum kn_type type;
    const char *shape;
    size_t axis; /* m, or positions */
    const char *weakest;
} core[] = {
#define KN_CORE(op, shape, m, weakest)             KN_CORE_TYPED(op, f32, shape, m, weakest)
#define KN_CORE_TYPED(op, type, shape, m, weakest) { KN_OP_##op, KN_TYPE_##type, shape, m, weakest },
#include "benches/kernels/core.def"
#undef KN_CORE
#undef KN_CORE_TYPED
};

enum { GROUP_SIZE = 64 };

/* Plain C would take seconds an iteration for more. */
static const double most_ref_flops = 2e8;

/* Of less, threads have nothing to share: waking them takes longer. Products and attention are split all the same. */
static const double least_split_bytes = 256 << 10;

static bool has_threads(enum kn_op op)
{
    static const bool whole[KN_N_KINDS] = { [KN_KIND_dot] = true, [KN_KIND_reduce] = true, [KN_KIND_sample] = true };
    return !whole[kn_op_kind(op)];
}

static bool is_core(const struct bench *b, const char *shape)
{
    struct kn_dims dims = b->dims;
    size_t axis = *bench_axis(b->op, &dims);
    if (!b->kernel || b->n_threads > 1 || b->cold || b->align > 0 || b->in_place)
        return false;
    for (size_t i = 0; i < sizeof core / sizeof *core; i++) {
        if (core[i].op != b->op || core[i].type != b->type || core[i].axis != axis || strcmp(core[i].shape, shape) != 0)
            continue;
        const struct kn_kernel *weakest = kn_find(core[i].op, b->type, core[i].weakest);
        /* the registry is sorted; packed variants are named */
        return weakest && b->kernel >= weakest && b->kernel->packed == weakest->packed;
    }
    return false;
}

enum { OFF_LINE = 4 }; /* bytes: as far off a line as floats may be */

/* The operations that are measured with inputs off their lines too, where the default run has the case: those bound by
 * what they load and store, a product and attention. */
static bool has_align(struct bench b, const char *shape)
{
    static const bool some[KN_N_OPS] = {
        [KN_OP_matmul] = true,  [KN_OP_dot] = true,         [KN_OP_add] = true,     [KN_OP_silu] = true,
        [KN_OP_rmsnorm] = true, [KN_OP_rope_halves] = true, [KN_OP_softmax] = true, [KN_OP_attention] = true,
    };
    return some[b.op] && is_core(&b, shape);
}

enum { MOST_PARAMS = 5 };

static size_t params_of(struct tare_param params[MOST_PARAMS], const struct bench *b, const char *shape)
{
    struct kn_dims dims = b->dims;
    size_t n = 2, *axis = bench_axis(b->op, &dims);
    params[0] = (struct tare_param){ .text = shape };
    params[1] = (struct tare_param){ .name = axis == &dims.n ? "n" : "m", .num = (int64_t)*axis };
    if (has_threads(b->op))
        params[n++] = (struct tare_param){ .name = "threads", .num = b->n_threads };
    if (bench_has_cache(b))
        params[n++] = (struct tare_param){ .name = "cache", .text = b->cold ? "cold" : "hot" };
    if (b->align > 0)
        params[n++] = (struct tare_param){ .name = "align", .num = (int64_t)b->align };
    if (b->in_place)
        params[n++] = (struct tare_param){ .name = "y", .text = "x" };
    return n;
}

static int add_case(const struct tare_host *host, const struct bench *b, const struct kn_case *problem,
                    const char *shape)
{
    struct kn_cost cost = kn_case_cost(problem);
    char group[GROUP_SIZE];
    snprintf(group, sizeof group, "%s/%s", kn_op_name(b->op), kn_type_name(b->type));
    struct tare_param params[MOST_PARAMS];
    struct tare_case c = {
        .size = sizeof c,
        .flags = (is_core(b, shape) ? TARE_CASE_CORE : 0) | (b->cold ? TARE_CASE_COLD : 0),
        .group = group,
        .variant = b->variant,
        .params = params,
        .n_params = params_of(params, b, shape),
        .work = { .flops = cost.flops, .bytes_read = cost.bytes_read, .bytes_written = cost.bytes_written },
        .arg = b->kernel ? (const void *)b->kernel : b->peer,
        .setup = b->kernel ? bench_setup : bench_setup_peer,
        .reset = bench_reset,
        .run = bench_run,
        .teardown = bench_teardown,
        .output = bench_output,
    };
    bench_roof(&c, b);
    return host->add(host, &c);
}

/* Threads: one, two, four and so on, and all that the host lends. Then the caches: hot, and cold where it has any; or y
 * in its own place, and in that of x.
 * At last, on one thread, inputs off their lines. */
static int add_axes(const struct tare_host *host, struct bench b, const char *shape)
{
    struct kn_case problem;
    if (kn_op_row(b.op, &b.dims) % kn_type_block(b.type) != 0)
        return 0; /* a row is no whole number of blocks: no model of that width has weights of the type */
    if (kn_case_make(&problem, b.op, b.type, &b.dims) != 0)
        return host->fail(host, "%s", tare_error());
    struct kn_cost cost = kn_case_cost(&problem);
    if (b.kernel && b.kernel->level == TARE_CPU_REF && cost.flops > most_ref_flops)
        return 0;
    bool whole = cost.bytes_read + cost.bytes_written < least_split_bytes && kn_op_kind(b.op) != KN_KIND_matmul &&
                 kn_op_kind(b.op) != KN_KIND_attention;
    int most = has_threads(b.op) && !whole ? host->n_threads : 1, rc = 0;
    bool both = bench_has_cache(&b) && bench_can_be_cold(&problem);
    for (int n = 1; n <= most && rc == 0; n = n < most && 2 * n > most ? most : 2 * n) {
        b.n_threads = n;
        for (int cold = 0; cold <= both && rc == 0; cold++) {
            b.cold = cold;
            rc = add_case(host, &b, &problem, shape);
        }
        b.in_place = bench_has_place(&b);
        if (b.in_place && rc == 0)
            rc = add_case(host, &b, &problem, shape);
        b.in_place = false;
    }
    b.n_threads = 1;
    b.cold = false;
    if (rc == 0 && has_align(b, shape)) {
        b.align = OFF_LINE;
        rc = add_case(host, &b, &problem, shape);
    }
    return rc;
}

/* Every variant of an operation on one shape, its axis at a value (0: as the shape says). Peers choose their
 * instructions for themselves, so that a mask leaves them out. */
static int add_variants(const struct tare_host *host, unsigned levels, enum kn_op op, const struct kn_shape *shape,
                        size_t at)
{
    size_t n_kernels, n_peers;
    const struct kn_kernel *kernels = kn_kernels(&n_kernels);
    const struct peer *peers = bench_peers(&n_peers);
    struct bench b = { .op = op, .dims = shape->dims };
    if (at > 0)
        *bench_axis(op, &b.dims) = at;
    int rc = 0;
    for (size_t k = 0; k < n_kernels && rc == 0; k++) {
        if (kernels[k].op != op || !kn_allowed(&kernels[k], levels))
            continue;
        b.kernel = &kernels[k];
        b.type = kernels[k].type;
        b.variant = kernels[k].variant;
        rc = add_axes(host, b, shape->name);
    }
    b.kernel = NULL;
    for (size_t k = 0; k < n_peers && !host->cpu_mask && rc == 0; k++) {
        if (peers[k].op != op || (peers[k].takes && !peers[k].takes(&b.dims)))
            continue;
        b.peer = &peers[k];
        b.type = peers[k].type;
        b.variant = peers[k].variant;
        rc = add_axes(host, b, shape->name);
    }
    return rc;
}

struct axis {
    const size_t *at;
    size_t n;
};

static const struct axis *axis_of(enum kn_kind kind)
{
    static const struct axis matmul = { matmul_tokens, sizeof matmul_tokens / sizeof *matmul_tokens };
    static const struct axis attention = { positions, sizeof positions / sizeof *positions };
    static const struct axis other = { other_tokens, sizeof other_tokens / sizeof *other_tokens };
    return kind == KN_KIND_matmul ? &matmul : kind == KN_KIND_attention ? &attention : &other;
}

static int add_shape(const struct tare_host *host, unsigned levels, enum kn_op op, const struct kn_shape *shape)
{
    struct kn_dims dims = shape->dims;
    const struct axis *axis = axis_of(shape->kind);
    if (*bench_axis(op, &dims) > 0)
        return add_variants(host, levels, op, shape, 0);
    int rc = 0;
    for (size_t i = 0; i < axis->n && rc == 0; i++)
        rc = add_variants(host, levels, op, shape, axis->at[i]);
    return rc;
}

/* By operation, shape and tokens, the variants side by side: what is to be compared stands together. */
static int emit(const struct tare_host *host)
{
    unsigned levels;
    if (tare_cpu_mask(&levels, host->cpu_mask, tare_cpu_levels()) != 0)
        return host->fail(host, "%s", tare_error());
    size_t n_shapes;
    const struct kn_shape *shapes = kn_shapes(&n_shapes);
    int rc = 0;
    for (size_t op = 0; op < KN_N_OPS; op++)
        for (size_t s = 0; s < n_shapes && rc == 0; s++)
            if (shapes[s].kind == kn_op_kind((enum kn_op)op))
                rc = add_shape(host, levels, (enum kn_op)op, &shapes[s]);
    return rc == 0 ? packed_emit(host, levels) : rc;
}

TARE_EXPORT const struct tare_suite tare_suite = {
    TARE_SUITE_HEAD,
    .name = "kernels",
    .description = "kernels of language models",
    .emit = emit,
};
