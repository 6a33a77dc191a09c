/* ggml: a graph an operation. */
#include "benches/peers/ggml_graphs.h"

#include <math.h>
#include <string.h>

#include "framework/base/mem.h"

/* A contiguous tensor over memory of ours; sizes from the innermost on. */
static struct ggml_tensor *over(struct ggml_call *c, enum ggml_type type, const void *data, size_t n0, size_t n1,
                                size_t n2)
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

static struct ggml_tensor *build_matmul(struct ggml_call *c, const struct peer_problem *p)
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

struct ggml_tensor *graph_build_repacked(struct ggml_call *c, const struct peer_problem *p)
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

static struct ggml_tensor *build_softmax(struct ggml_call *c, const struct peer_problem *p)
{
    const struct kn_softmax *a = &p->args->softmax;
    struct ggml_tensor *x = over(c, GGML_TYPE_F32, a->x, a->cols, a->rows, 1);
    return x ? into(p_ggml_soft_max(c->context, x), a->y) : NULL;
}

/* Two nodes, the second in place. */
static struct ggml_tensor *build_rmsnorm(struct ggml_call *c, const struct peer_problem *p)
{
    const struct kn_norm *a = &p->args->norm;
    struct ggml_tensor *x = over(c, GGML_TYPE_F32, a->x, a->cols, a->rows, 1);
    struct ggml_tensor *w = over(c, GGML_TYPE_F32, a->w, a->cols, 1, 1);
    struct ggml_tensor *norm = x && w ? into(p_ggml_rms_norm(c->context, x, a->eps), a->y) : NULL;
    return norm ? into(p_ggml_mul(c->context, norm, w), a->y) : NULL;
}

/* It computes its angles anew at every run. */
static struct ggml_tensor *build_turn(struct ggml_call *c, const struct kn_rope_computed *a, int mode)
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
static struct ggml_tensor *build_rope(struct ggml_call *c, const struct peer_problem *p)
{
    const struct kn_rope *a = &p->args->rope;
    int mode = p->c->op == KN_OP_rope_halves ? GGML_ROPE_TYPE_NEOX : GGML_ROPE_TYPE_NORMAL;
    return build_turn(
        c,
        &(struct kn_rope_computed){
            .x = a->x, .y = a->y, .tokens = a->tokens, .heads = a->heads, .head_dim = a->head_dim, .base = 10000 },
        mode);
}

static struct ggml_tensor *build_rope_computed(struct ggml_call *c, const struct peer_problem *p)
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

static struct ggml_tensor *build_attention(struct ggml_call *c, const struct peer_problem *p)
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

graph_builder *const graph_builders[KN_N_OPS] = {
    [KN_OP_matmul] = build_matmul,
    [KN_OP_softmax] = build_softmax,
    [KN_OP_rmsnorm] = build_rmsnorm,
    [KN_OP_rope_pairs] = build_rope,
    [KN_OP_rope_halves] = build_rope,
    [KN_OP_rope_pairs_computed] = build_rope_computed,
    [KN_OP_rope_halves_computed] = build_rope_computed,
    [KN_OP_attention] = build_attention,
};
