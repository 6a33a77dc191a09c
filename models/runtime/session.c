/* A session's memory, and its sequences growing. */
#include <lm/session.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/pool.h"
#include "framework/base/rng.h"
#include "models/arch/memory.h"
#include "models/runtime/state.h"

enum { LINE = 64, CHUNK = 128 };

/* --- making --- */

static int check_plan(const struct lm_session *s, const struct lm_session_plan *plan)
{
    const struct lm_config *c = &s->model->config;
    if (plan->n_ctx > c->n_ctx)
        return tare_fail(TARE_EUSAGE, "a context of %zu tokens is more than the model's %zu", plan->n_ctx, c->n_ctx);
    if (plan->n_sequences > LM_MAX_SEQUENCES)
        return tare_fail(TARE_EUSAGE, "%zu sequences at once: there are 1 to %d", plan->n_sequences, LM_MAX_SEQUENCES);
    return TARE_OK;
}

static int choose(const struct kn_kernel **k, enum kn_op op, enum kn_type type, unsigned levels)
{
    *k = kn_best(op, type, levels);
    return *k ? TARE_OK : tare_fail(TARE_EUNSUP, "no kernel does %s of %s", kn_op_name(op), kn_type_name(type));
}

/* Every matrix that is multiplied with: f(s, w). */
static int each_matrix(struct lm_session *s, int (*f)(struct lm_session *s, const struct lm_matrix *w, const void *arg),
                       const void *arg)
{
    int rc = f(s, &s->model->output, arg);
    for (size_t i = 0; i < s->model->config.n_layers && !rc; i++) {
        const struct lm_layer *l = &s->model->layers[i];
        const struct lm_matrix *all[] = { &l->q, &l->k, &l->v, &l->attn_out, &l->gate, &l->up, &l->down };
        for (size_t j = 0; j < sizeof all / sizeof *all && !rc; j++)
            if (all[j]->rows)
                rc = f(s, all[j], arg);
    }
    return rc;
}

static int choose_matmul(struct lm_session *s, const struct lm_matrix *w, const void *arg)
{
    const unsigned *levels = arg;
    return choose(&s->matmul[w->type], KN_OP_matmul, w->type, *levels);
}

static int choose_kernels(struct lm_session *s, unsigned levels, enum kn_type kv)
{
    const struct lm_rules *rules = s->model->rules;
    enum lm_rope rope = s->model->config.rope;
    int rc = each_matrix(s, choose_matmul, &levels);
    if (!rc)
        rc = choose(&s->norm, rules->norm, KN_TYPE_f32, levels);
    if (!rc)
        rc = choose(&s->activation, rules->activation, KN_TYPE_f32, levels);
    if (!rc)
        rc = choose(&s->add, KN_OP_add, KN_TYPE_f32, levels);
    if (!rc && rope != LM_ROPE_NONE)
        rc = choose(&s->rope, rope == LM_ROPE_PAIRS ? KN_OP_rope_pairs : KN_OP_rope_halves, KN_TYPE_f32, levels);
    if (!rc)
        rc = choose(&s->attention, KN_OP_attention, kv, levels);
    return rc;
}

/* Work area for any number of rows up to the chunk. */
static void reserve(struct lm_session *s, const struct kn_kernel *k, struct kn_dims d)
{
    for (d.m = 1; k->work_bytes && d.m <= s->chunk; d.m++) {
        size_t need = k->work_bytes(&d);
        s->work_bytes = need > s->work_bytes ? need : s->work_bytes;
    }
}

static int reserve_matmul(struct lm_session *s, const struct lm_matrix *w, const void *arg)
{
    (void)arg;
    reserve(s, s->matmul[w->type], (struct kn_dims){ .n = w->rows, .k = w->cols });
    return TARE_OK;
}

static int reserve_work(struct lm_session *s)
{
    const struct lm_config *c = &s->model->config;
    struct kn_dims d = { .n = s->n_ctx, .k = c->head_dim, .heads = c->n_heads, .kv_heads = c->n_kv_heads };
    reserve(s, s->attention, d);
    return each_matrix(s, reserve_matmul, NULL);
}

static size_t rounded(size_t bytes)
{
    return (bytes + LINE - 1) / LINE * LINE;
}

static int lacks(const struct lm_session *s)
{
    char what[96];
    snprintf(what, sizeof what, "activations of %d threads take %.2f GiB", s->n_threads, (double)s->bytes / 0x1p30);
    return lm_memory_lacks(what, "fewer --threads or a shorter --ctx take less");
}

/* One allocation for all buffers; their sizes are far from overflowing, since the model's own weights are larger. */
static int allocate(struct lm_session *s)
{
    const struct lm_config *c = &s->model->config;
    size_t rows = s->chunk, half = c->rope_dims / 2, q = c->n_heads * c->head_dim, kv = c->n_kv_heads * c->head_dim;
    size_t threads = (size_t)s->n_threads, at = 0;
    s->work_bytes = rounded(s->work_bytes);
    size_t own = c->n_embd > 2 * c->head_dim ? c->n_embd : 2 * c->head_dim;
    s->own_floats = rounded(own * sizeof(float)) / sizeof(float);
    const struct {
        void *where; /* of a pointer */
        size_t bytes;
    } parts[] = {
        { &s->lengths, s->n_sequences * sizeof(size_t) },
        { &s->pass.ids, rows * sizeof(int32_t) },
        { &s->pass.runs, rows * sizeof(struct lm_run) },
        { &s->pass.last_runs, rows * sizeof(struct lm_run) },
        { &s->pass.wanted, rows * sizeof(size_t) },
        { &s->turns, half * sizeof(double) },
        { &s->cos, rows * half * sizeof(float) },
        { &s->sin, rows * half * sizeof(float) },
        { &s->x, rows * c->n_embd * sizeof(float) },
        { &s->normed, rows * c->n_embd * sizeof(float) },
        { &s->q, rows * q * sizeof(float) },
        { &s->k, rows * kv * sizeof(float) },
        { &s->v, rows * kv * sizeof(float) },
        { &s->mixed, rows * q * sizeof(float) },
        { &s->gate, s->model->rules->gated ? rows * c->n_ff * sizeof(float) : 0 },
        { &s->up, rows * c->n_ff * sizeof(float) },
        { &s->sum, rows * c->n_embd * sizeof(float) },
        { &s->logits, s->n_sequences * c->n_vocab * sizeof(float) },
        { &s->work, threads * s->work_bytes },
        { &s->own, threads * s->own_floats * sizeof(float) },
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        s->bytes += rounded(parts[i].bytes);
    if (!lm_memory_for(s->bytes))
        return lacks(s);
    s->memory = tare_aligned(LINE, s->bytes);
    if (!s->memory)
        return lacks(s);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        void *place = s->memory + at;
        memcpy(parts[i].where, &place, sizeof place);
        at += rounded(parts[i].bytes);
    }
    memset(s->lengths, 0, s->n_sequences * sizeof *s->lengths);
    return TARE_OK;
}

/* Su et al., "RoFormer", 2021: pair i turns by base^(-2i / dims) a position, divided by a factor where a model has been
 * stretched to longer contexts. */
static void set_turns(struct lm_session *s)
{
    const struct lm_config *c = &s->model->config;
    const float *factors = c->rope_long && s->n_ctx > c->n_ctx_short ? c->rope_long : c->rope_factors;
    for (size_t i = 0; i < c->rope_dims / 2; i++) {
        s->turns[i] = pow(c->rope_base, -2.0 * (double)i / (double)c->rope_dims);
        if (factors)
            s->turns[i] /= (double)factors[i];
    }
}

int lm_session_create(struct lm_session **out, const struct lm_model *m, const struct lm_session_plan *plan)
{
    *out = NULL;
    struct lm_session *s = tare_calloc(1, sizeof *s);
    if (!s)
        return TARE_ENOMEM;
    s->model = m;
    s->pool = plan->pool;
    s->n_threads = plan->pool ? tare_pool_threads(plan->pool) : 1;
    s->n_sequences = plan->n_sequences ? plan->n_sequences : 1;
    s->n_ctx = plan->n_ctx ? plan->n_ctx : m->config.n_ctx;
    s->chunk = plan->chunk ? plan->chunk : CHUNK;
    if (s->chunk > s->n_ctx)
        s->chunk = s->n_ctx;
    if (s->chunk < s->n_sequences)
        s->chunk = s->n_sequences;
    int rc = check_plan(s, plan);
    if (!rc)
        rc = lm_kv_create(&s->kv, &m->config, s->n_sequences, s->n_ctx, plan->kv, plan->levels);
    if (!rc)
        rc = choose_kernels(s, plan->levels, plan->kv);
    if (!rc)
        rc = reserve_work(s);
    if (!rc)
        rc = allocate(s);
    if (rc) {
        lm_session_free(s);
        return rc;
    }
    set_turns(s);
    *out = s;
    return TARE_OK;
}

void lm_session_free(struct lm_session *s)
{
    if (!s)
        return;
    lm_kv_free(&s->kv);
    free(s->memory);
    free(s->scored);
    free(s);
}

/* --- asking --- */

const struct lm_model *lm_session_model(const struct lm_session *s)
{
    return s->model;
}

size_t lm_session_context(const struct lm_session *s)
{
    return s->n_ctx;
}

size_t lm_session_sequences(const struct lm_session *s)
{
    return s->n_sequences;
}

size_t lm_session_length(const struct lm_session *s, size_t sequence)
{
    return s->lengths[sequence];
}

void lm_session_cut(struct lm_session *s, size_t sequence, size_t n)
{
    if (n < s->lengths[sequence])
        s->lengths[sequence] = n;
}

const float *lm_session_logits(const struct lm_session *s, size_t sequence)
{
    return s->logits + sequence * s->model->config.n_vocab;
}

struct lm_session_memory lm_session_memory(const struct lm_session *s)
{
    return (struct lm_session_memory){
        .kv_formula = lm_kv_formula(&s->model->config, s->n_sequences, s->n_ctx, s->kv.type),
        .kv_allocated = s->kv.bytes,
        .buffers = s->bytes + (s->scored ? LM_SCORE_ROWS * s->model->config.n_vocab * sizeof(float) : 0),
    };
}

/* --- growing --- */

int lm_check_growth(const struct lm_session *s, size_t sequence, const int32_t *ids, size_t n)
{
    size_t n_vocab = s->model->config.n_vocab;
    if (sequence >= s->n_sequences)
        return tare_fail(TARE_EUSAGE, "sequence %zu of %zu", sequence, s->n_sequences);
    if (n > s->n_ctx - s->lengths[sequence])
        return tare_fail(TARE_EUSAGE, "%zu tokens behind %zu are more than the context of %zu", n, s->lengths[sequence],
                         s->n_ctx);
    for (size_t i = 0; ids && i < n; i++)
        if (ids[i] < 0 || (size_t)ids[i] >= n_vocab)
            return tare_fail(TARE_EUSAGE, "token %d is not in the vocabulary of %zu", (int)ids[i], n_vocab);
    return TARE_OK;
}

void lm_pass_begin(struct lm_session *s)
{
    struct lm_pass *p = &s->pass;
    p->n_rows = p->n_runs = p->n_wanted = 0;
    p->logits = NULL;
}

void lm_pass_add(struct lm_session *s, size_t sequence, const int32_t *ids, size_t n, size_t n_wanted)
{
    struct lm_pass *p = &s->pass;
    const struct lm_run run = { sequence, s->lengths[sequence], p->n_rows, n };
    memcpy(p->ids + p->n_rows, ids, n * sizeof *ids);
    p->runs[p->n_runs++] = run;
    for (size_t r = n - n_wanted; r < n; r++) {
        p->last_runs[p->n_wanted] = (struct lm_run){ sequence, run.past + r, run.row + r, 1 };
        p->wanted[p->n_wanted++] = run.row + r;
    }
    p->n_rows += n;
    s->lengths[sequence] += n;
}

int lm_session_feed(struct lm_session *s, size_t sequence, const int32_t *ids, size_t n)
{
    int rc = lm_check_growth(s, sequence, ids, n);
    if (rc)
        return rc;
    for (size_t at = 0, part; at < n; at += part) {
        part = n - at < s->chunk ? n - at : s->chunk;
        lm_pass_begin(s);
        lm_pass_add(s, sequence, ids + at, part, at + part == n);
        s->pass.logits = s->logits + sequence * s->model->config.n_vocab;
        lm_pass_run(s);
    }
    return TARE_OK;
}

int lm_session_step(struct lm_session *s, const int32_t *ids, size_t n)
{
    int rc = TARE_OK;
    for (size_t i = 0; i < n && !rc; i++)
        rc = lm_check_growth(s, i, ids + i, 1);
    if (rc)
        return rc;
    lm_pass_begin(s);
    for (size_t i = 0; i < n; i++)
        lm_pass_add(s, i, ids + i, 1, 1);
    s->pass.logits = s->logits;
    lm_pass_run(s);
    return TARE_OK;
}

int lm_session_fill(struct lm_session *s, size_t sequence, size_t n, uint64_t seed)
{
    const struct lm_config *c = &s->model->config;
    struct tare_rng rng;
    lm_session_cut(s, sequence, 0);
    int rc = lm_check_growth(s, sequence, NULL, n);
    if (rc)
        return rc;
    size_t floats = 2 * c->head_dim;
    for (size_t layer = 0; layer < c->n_layers; layer++)
        for (size_t h = 0; h < c->n_kv_heads; h++)
            for (size_t p = 0; p < n; p++) {
                tare_rng_seed(&rng, seed + ((layer * c->n_kv_heads + h) << 32) + p);
                for (size_t i = 0; i < floats; i++)
                    s->own[i] = (float)(2 * tare_rng_uniform(&rng) - 1);
                lm_kv_store(&s->kv, lm_kv_offset(&s->kv, layer, sequence, h, p), 1, s->own, s->own + c->head_dim);
            }
    s->lengths[sequence] = n;
    return TARE_OK;
}
