/* ggml: a graph of one operation over our own memory, built once; each run computes it. */
#include <ggml-backend.h>
#include <ggml-cpu.h>
#include <ggml.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benches/peers/library.h"
#include "benches/peers/list.h"
#include "framework/base/error.h"
#include "framework/base/mem.h"

#define OF_BASE(X)                                                                                                     \
    X(ggml_init)                                                                                                       \
    X(ggml_free)                                                                                                       \
    X(ggml_tensor_overhead)                                                                                            \
    X(ggml_graph_overhead_custom)                                                                                      \
    X(ggml_new_tensor_4d)                                                                                              \
    X(ggml_new_graph_custom)                                                                                           \
    X(ggml_build_forward_expand)                                                                                       \
    X(ggml_mul_mat)                                                                                                    \
    X(ggml_mul)                                                                                                        \
    X(ggml_soft_max)                                                                                                   \
    X(ggml_rms_norm)                                                                                                   \
    X(ggml_rope_ext)                                                                                                   \
    X(ggml_flash_attn_ext)                                                                                             \
    X(ggml_fp32_to_fp16)                                                                                               \
    X(ggml_threadpool_params_default)                                                                                  \
    X(ggml_log_set)                                                                                                    \
    X(ggml_nbytes)                                                                                                     \
    X(ggml_backend_reg_dev_get)                                                                                        \
    X(ggml_backend_reg_get_proc_address)                                                                               \
    X(ggml_backend_buft_name)                                                                                          \
    X(ggml_backend_buft_alloc_buffer)                                                                                  \
    X(ggml_backend_buffer_get_base)                                                                                    \
    X(ggml_backend_buffer_free)                                                                                        \
    X(ggml_backend_tensor_alloc)                                                                                       \
    X(ggml_backend_tensor_set)
#define OF_CPU(X)                                                                                                      \
    X(ggml_cpu_init)                                                                                                   \
    X(ggml_graph_plan)                                                                                                 \
    X(ggml_graph_compute)                                                                                              \
    X(ggml_backend_cpu_reg)                                                                                            \
    X(ggml_threadpool_new)                                                                                             \
    X(ggml_threadpool_free)

#define POINTER(f) static LIBRARY_POINTER(f);
#define ROW(f)     LIBRARY_FUNCTION(f),
OF_BASE(POINTER)
OF_CPU(POINTER)
static const struct library_function of_base[] = { OF_BASE(ROW) }, of_cpu[] = { OF_CPU(ROW) };
#undef POINTER
#undef ROW

enum { MOST_NODES = 16 };

struct call {
    struct ggml_context *context;
    struct ggml_cgraph *graph;
    struct ggml_threadpool *threads;
    struct ggml_cplan plan;
    void *extra; /* positions, or the mask */
    struct ggml_tensor *repacked;
    ggml_backend_buffer_t buffer; /* that holds it */
};

/* Of every tensor that it repacks it says so. */
static void log_what_matters(enum ggml_log_level level, const char *text, void *data)
{
    (void)data;
    if (level == GGML_LOG_LEVEL_WARN || level == GGML_LOG_LEVEL_ERROR)
        fputs(text, stderr);
}

static int open_library(void)
{
    static bool base, cpu;
    if (cpu)
        return 0;
    int rc = library_open(&base, PEER_GGML_BASE, of_base, sizeof of_base / sizeof *of_base);
    if (rc == 0)
        rc = library_open(&cpu, PEER_GGML, of_cpu, sizeof of_cpu / sizeof *of_cpu);
    if (rc == 0) {
        p_ggml_log_set(log_what_matters, NULL);
        p_ggml_cpu_init();
    }
    return rc;
}

/* A contiguous tensor over memory of ours; sizes from the innermost on. */
static struct ggml_tensor *over(struct call *c, enum ggml_type type, const void *data, size_t n0, size_t n1, size_t n2)
{
    struct ggml_tensor *t = p_ggml_new_tensor_4d(c->context, type, (int64_t)n0, (int64_t)n1, (int64_t)n2, 1);
    if (t)
        t->data = (void *)(uintptr_t)data;
    return t;
}

static struct ggml_tensor *into(struct ggml_tensor *t, float *y)
{
    if (t)
        t->data = y;
    return t;
}

static enum ggml_type type_of(enum kn_type type)
{
    static const enum ggml_type types[KN_N_TYPES] = {
        [KN_TYPE_f32] = GGML_TYPE_F32,   [KN_TYPE_f16] = GGML_TYPE_F16,   [KN_TYPE_q8_0] = GGML_TYPE_Q8_0,
        [KN_TYPE_q4_0] = GGML_TYPE_Q4_0, [KN_TYPE_q4_k] = GGML_TYPE_Q4_K, [KN_TYPE_q6_k] = GGML_TYPE_Q6_K,
        [KN_TYPE_bf16] = GGML_TYPE_BF16,
    };
    return types[type];
}

/* ---- a graph an operation; NULL when there is no memory ---- */

static struct ggml_tensor *build_matmul(struct call *c, const struct peer_problem *p)
{
    const struct kn_matmul *a = &p->args->matmul;
    struct ggml_tensor *w = over(c, type_of(p->c->type), a->w, a->k, a->n, 1);
    struct ggml_tensor *x = over(c, GGML_TYPE_F32, a->x, a->k, a->m, 1);
    return w && x ? into(p_ggml_mul_mat(c->context, w, x), a->y) : NULL;
}

/* The kind of memory in which ggml interleaves rows of weights as they are set; NULL where it has none. */
static ggml_backend_buffer_type_t repacking_memory(void)
{
    ggml_backend_reg_t cpu = p_ggml_backend_cpu_reg();
    ggml_backend_dev_get_extra_bufts_t extra = (ggml_backend_dev_get_extra_bufts_t)p_ggml_backend_reg_get_proc_address(
        cpu, "ggml_backend_dev_get_extra_bufts");
    ggml_backend_buffer_type_t *types = extra ? extra(p_ggml_backend_reg_dev_get(cpu, 0)) : NULL;
    while (types && *types && strcmp(p_ggml_backend_buft_name(*types), "CPU_REPACK") != 0)
        types++;
    return types ? *types : NULL;
}

static struct ggml_tensor *build_repacked(struct call *c, const struct peer_problem *p)
{
    const struct kn_matmul *a = &p->args->matmul;
    struct ggml_tensor *w = over(c, type_of(p->c->type), NULL, a->k, a->n, 1);
    struct ggml_tensor *x = over(c, GGML_TYPE_F32, a->x, a->k, a->m, 1);
    ggml_backend_buffer_type_t memory = repacking_memory();
    if (!w || !x || !memory)
        return NULL;
    c->buffer = p_ggml_backend_buft_alloc_buffer(memory, p_ggml_nbytes(w));
    if (!c->buffer || p_ggml_backend_tensor_alloc(c->buffer, w, p_ggml_backend_buffer_get_base(c->buffer)) != 0 ||
        !w->extra) /* no layout for this type on this processor */
        return NULL;
    p_ggml_backend_tensor_set(w, a->w, 0, p_ggml_nbytes(w));
    c->repacked = w;
    return into(p_ggml_mul_mat(c->context, w, x), a->y);
}

static struct ggml_tensor *build_softmax(struct call *c, const struct peer_problem *p)
{
    const struct kn_softmax *a = &p->args->softmax;
    struct ggml_tensor *x = over(c, GGML_TYPE_F32, a->x, a->cols, a->rows, 1);
    return x ? into(p_ggml_soft_max(c->context, x), a->y) : NULL;
}

/* Two nodes, the second in place. */
static struct ggml_tensor *build_rmsnorm(struct call *c, const struct peer_problem *p)
{
    const struct kn_norm *a = &p->args->norm;
    struct ggml_tensor *x = over(c, GGML_TYPE_F32, a->x, a->cols, a->rows, 1);
    struct ggml_tensor *w = over(c, GGML_TYPE_F32, a->w, a->cols, 1, 1);
    struct ggml_tensor *norm = x && w ? into(p_ggml_rms_norm(c->context, x, a->eps), a->y) : NULL;
    return norm ? into(p_ggml_mul(c->context, norm, w), a->y) : NULL;
}

/* It computes its angles anew at every run. */
static struct ggml_tensor *build_turn(struct call *c, const struct kn_rope_computed *a, int mode)
{
    int32_t *positions = c->extra = tare_calloc(a->tokens + 1, sizeof *positions);
    for (size_t i = 0; positions && i < a->tokens; i++)
        positions[i] = (int32_t)(a->position + i);
    struct ggml_tensor *x = over(c, GGML_TYPE_F32, a->x, a->head_dim, a->heads, a->tokens);
    struct ggml_tensor *at = over(c, GGML_TYPE_I32, positions, a->tokens, 1, 1);
    int d = (int)a->head_dim;
    return positions && x && at
               ? into(p_ggml_rope_ext(c->context, x, at, NULL, d, mode, 0, a->base, 1, 0, 1, 32, 1), a->y)
               : NULL;
}

/* From the positions and the base that our tables are made with. */
static struct ggml_tensor *build_rope(struct call *c, const struct peer_problem *p)
{
    const struct kn_rope *a = &p->args->rope;
    int mode = p->c->op == KN_OP_rope_halves ? GGML_ROPE_TYPE_NEOX : GGML_ROPE_TYPE_NORMAL;
    return build_turn(
        c,
        &(struct kn_rope_computed){
            .x = a->x, .y = a->y, .tokens = a->tokens, .heads = a->heads, .head_dim = a->head_dim, .base = 10000 },
        mode);
}

static struct ggml_tensor *build_rope_computed(struct call *c, const struct peer_problem *p)
{
    bool halves = p->c->op == KN_OP_rope_halves_computed;
    return build_turn(c, &p->args->rope_computed, halves ? GGML_ROPE_TYPE_NEOX : GGML_ROPE_TYPE_NORMAL);
}

/* 0 where a token sees a position, -inf where not. */
static ggml_fp16_t *causal_mask(const struct kn_attention *a)
{
    size_t n = a->past + a->tokens;
    ggml_fp16_t *mask = tare_calloc(a->tokens * n + 1, sizeof *mask), none = p_ggml_fp32_to_fp16(-INFINITY);
    for (size_t t = 0; mask && t < a->tokens; t++)
        for (size_t i = a->past + t + 1; i < n; i++)
            mask[t * n + i] = none;
    return mask;
}

static struct ggml_tensor *build_attention(struct call *c, const struct peer_problem *p)
{
    const struct kn_attention *a = &p->args->attention;
    size_t n = a->past + a->tokens;
    enum ggml_type type = type_of(p->c->type);
    struct ggml_tensor *q = over(c, GGML_TYPE_F32, a->q, a->head_dim, a->tokens, a->heads), *mask = NULL;
    struct ggml_tensor *k = over(c, type, a->k, a->head_dim, n, a->kv_heads);
    struct ggml_tensor *v = over(c, type, a->v, a->head_dim, n, a->kv_heads);
    if (!q || !k || !v)
        return NULL;
    q->nb[1] = a->heads * a->head_dim * sizeof(float);
    q->nb[2] = a->head_dim * sizeof(float);
    q->nb[3] = a->tokens * q->nb[1];
    struct ggml_tensor *const caches[] = { k, v };
    for (size_t i = 0; i < 2; i++) {
        caches[i]->nb[1] = a->position_stride;
        caches[i]->nb[2] = a->head_stride;
        caches[i]->nb[3] = a->kv_heads * a->head_stride;
    }
    if (a->tokens > 1) {
        c->extra = causal_mask(a);
        mask = c->extra ? over(c, GGML_TYPE_F16, c->extra, n, a->tokens, 1) : NULL;
        if (!mask)
            return NULL;
    }
    return into(p_ggml_flash_attn_ext(c->context, q, k, v, mask, a->scale, 0, 0), a->y);
}

typedef struct ggml_tensor *builder(struct call *c, const struct peer_problem *p);

static builder *const builders[KN_N_OPS] = {
    [KN_OP_matmul] = build_matmul,
    [KN_OP_softmax] = build_softmax,
    [KN_OP_rmsnorm] = build_rmsnorm,
    [KN_OP_rope_pairs] = build_rope,
    [KN_OP_rope_halves] = build_rope,
    [KN_OP_rope_pairs_computed] = build_rope_computed,
    [KN_OP_rope_halves_computed] = build_rope_computed,
    [KN_OP_attention] = build_attention,
};

/* ---- a call ---- */

static void close_call(void *call)
{
    struct call *c = call;
    if (c->threads)
        p_ggml_threadpool_free(c->threads);
    if (c->buffer)
        p_ggml_backend_buffer_free(c->buffer);
    if (c->context)
        p_ggml_free(c->context);
    free(c->plan.work_data);
    free(c->extra);
    free(c);
}

static int build(struct call *c, const struct peer_problem *p, builder *tensors)
{
    struct ggml_threadpool_params threads = p_ggml_threadpool_params_default(p->n_threads);
    size_t bytes = MOST_NODES * p_ggml_tensor_overhead() + p_ggml_graph_overhead_custom(MOST_NODES, false) + 4096;
    c->context = p_ggml_init((struct ggml_init_params){ .mem_size = bytes, .no_alloc = true });
    c->graph = c->context ? p_ggml_new_graph_custom(c->context, MOST_NODES, false) : NULL;
    struct ggml_tensor *y = c->graph ? tensors(c, p) : NULL;
    if (!y && tensors == build_repacked)
        return tare_fail(TARE_EUNSUP, "ggml: this build repacks no weights of %s here", kn_type_name(p->c->type));
    if (!y)
        return tare_fail(TARE_ENOMEM, "ggml: no memory for a graph");
    p_ggml_build_forward_expand(c->graph, y);
    c->threads = p_ggml_threadpool_new(&threads);
    if (!c->threads)
        return tare_fail(TARE_ENOMEM, "ggml: no memory for threads");
    c->plan = p_ggml_graph_plan(c->graph, p->n_threads, c->threads);
    c->plan.work_data = tare_aligned(64, c->plan.work_size + 64);
    return c->plan.work_data ? 0 : TARE_ENOMEM;
}

static int open_with(void **call, const struct peer_problem *p, builder *tensors)
{
    int rc = open_library();
    struct call *c = rc == 0 ? tare_calloc(1, sizeof *c) : NULL;
    if (!c)
        return rc != 0 ? rc : TARE_ENOMEM;
    rc = build(c, p, tensors);
    if (rc == 0)
        *call = c;
    else
        close_call(c);
    return rc;
}

static int open_call(void **call, const struct peer_problem *p)
{
    return open_with(call, p, builders[p->c->op]);
}

static int open_repacked(void **call, const struct peer_problem *p)
{
    return open_with(call, p, build_repacked);
}

static const void *repacked(void *call, size_t *bytes)
{
    const struct call *c = call;
    *bytes = p_ggml_nbytes(c->repacked);
    return c->repacked->data;
}

static void run_call(void *call)
{
    struct call *c = call;
    p_ggml_graph_compute(c->graph, &c->plan);
}

static bool takes(const struct kn_dims *d)
{
    return d->m > 0 && d->n > 0 && d->k > 0;
}

/* Eight rows of w lie interleaved. */
static bool takes_repacked(const struct kn_dims *d)
{
    return takes(d) && d->n % 8 == 0;
}

/* What it rounds: x to f16 beside weights in f16, to bf16 beside bf16; angles multiplied up in float; q and the sum
 * over v in f16. */
#define PEER(op_, type_, rounding_)                                                                                    \
    {                                                                                                                  \
        .variant = "peer_ggml", .op = KN_OP_##op_, .type = KN_TYPE_##type_, .takes = takes, .open = open_call,         \
        .run = run_call, .close = close_call, .rounding = rounding_                                                    \
    }

#define REPACKED(type_)                                                                                                \
    {                                                                                                                  \
        .variant = "peer_ggml_repacked", .op = KN_OP_matmul, .type = KN_TYPE_##type_, .takes = takes_repacked,         \
        .open = open_repacked, .run = run_call, .close = close_call, .repacked = repacked                              \
    }

const struct peer peers_of_ggml[] = {
    PEER(matmul, f32, 0),
    PEER(matmul, f16, 0x1p-11),
    PEER(matmul, bf16, 0x1p-9),
    PEER(matmul, q8_0, 0),
    PEER(matmul, q4_0, 0),
    PEER(matmul, q4_k, 0),
    PEER(matmul, q6_k, 0),
    REPACKED(q4_0), /* q8_0 and q6_k it repacks for Arm only */
    REPACKED(q4_k),
    PEER(softmax, f32, 0x1p-20),
    PEER(rmsnorm, f32, 0x1p-22),
    PEER(rope_pairs, f32, 0x1p-16),
    PEER(rope_halves, f32, 0x1p-17),
    PEER(rope_pairs_computed, f32, 0x1p-6), /* an angle at position 130,000 is a float with steps of 1/128 */
    PEER(rope_halves_computed, f32, 0x1p-6),
    PEER(attention, f16, 0x1p-9),
};
const size_t n_peers_of_ggml = sizeof peers_of_ggml / sizeof *peers_of_ggml;
