#include "benches/blocks/block.h"

#include <lm/model.h>
#include <lm/session.h>

#include <stdio.h>
#include <string.h>

#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/pool.h"
#include "framework/base/rng.h"
#include "models/arch/weights.h"
#include "models/runtime/state.h"

enum { CONTEXT = 512, FEW = 256 /* sizes of what a block does not use */, SEED = 1 };

struct fixture {
    enum block_part part;
    enum kn_type type;
    struct lm_model *model;
    struct lm_session *session;
    struct tare_pool *pool; /* NULL on one thread */
    size_t length;
    const float *x;     /* [length][width] what comes in */
    const int32_t *ids; /* [length] */
    float *logits;      /* [length][n_vocab], of the head */
    uint64_t iters;     /* of the run in progress */
};

/* --- what it takes --- */

static double attention_flops(const struct lm_config *c, double n)
{
    double q = (double)(c->n_heads * c->head_dim), kv = (double)(c->n_kv_heads * c->head_dim), e = (double)c->n_embd;
    double seen = n * (n + 1) / 2; /* positions that the tokens see, together */
    return 2 * n * e * (2 * q + 2 * kv) + 4 * q * seen;
}

static double rows_bytes(const struct lm_config *c, enum kn_type type, size_t rows, size_t cols)
{
    (void)c;
    return (double)rows * (double)kn_row_bytes(lm_type_fitting(type, cols), cols);
}

static double attention_bytes(const struct lm_config *c, enum kn_type type)
{
    size_t q = c->n_heads * c->head_dim, kv = c->n_kv_heads * c->head_dim;
    return rows_bytes(c, type, q + 2 * kv, c->n_embd) + rows_bytes(c, type, c->n_embd, q);
}

static double mlp_bytes(const struct lm_config *c, enum kn_type type)
{
    size_t tall = lm_rules_of(c->arch)->gated ? 2 : 1;
    return rows_bytes(c, type, tall * c->n_ff, c->n_embd) + rows_bytes(c, type, c->n_embd, c->n_ff);
}

struct tare_work block_work(const struct lm_config *c, const struct block_kind *k, size_t length)
{
    double n = (double)length, hidden = 4 * n * (double)c->n_embd;
    double heads = n * (double)((c->n_heads + c->n_kv_heads) * c->head_dim);
    double kv = 4 * n * (double)(2 * c->n_kv_heads * c->head_dim);
    double mlp = 2 * n * (double)c->n_embd * (double)c->n_ff * (lm_rules_of(c->arch)->gated ? 3 : 2);
    struct tare_work w = { .bytes_read = hidden, .bytes_written = hidden, .items = n };
    switch (k->part) {
    case BLOCK_embedding:
        w.bytes_read = n * rows_bytes(c, k->type, 1, c->n_embd);
        break;
    case BLOCK_rope:
        w.flops = 3 * heads; /* four products and two sums a pair */
        w.bytes_read = w.bytes_written = 4 * heads;
        break;
    case BLOCK_layer:
        w.flops = mlp;
        w.bytes_read += mlp_bytes(c, k->type);
        __attribute__((fallthrough));
    case BLOCK_attention:
        w.flops += attention_flops(c, n);
        w.bytes_read += attention_bytes(c, k->type) + kv;
        w.bytes_written += kv;
        break;
    case BLOCK_mlp:
        w.flops = mlp;
        w.bytes_read += mlp_bytes(c, k->type);
        break;
    case BLOCK_head:
        w.flops = 2 * n * (double)c->n_embd * (double)c->n_vocab;
        w.bytes_read += rows_bytes(c, k->type, c->n_vocab, c->n_embd);
        w.bytes_written = 4 * n * (double)c->n_vocab;
        break;
    case N_BLOCKS:
        break;
    }
    return w;
}

double block_touches(const struct tare_work *work)
{
    return work->bytes_read + work->bytes_written;
}

double block_bound(enum kn_type type)
{
    return type == KN_TYPE_f32 ? 2048 : 1 << 17;
}

/* --- making it --- */

/* The configuration with one layer, and small where the block does not look. */
static struct lm_config config_of(const char *name, enum block_part part)
{
    struct lm_config c = *lm_config_find(name);
    c.n_layers = 1;
    c.tied = true;
    if (c.n_ctx > CONTEXT)
        c.n_ctx = CONTEXT;
    if (part == BLOCK_embedding || part == BLOCK_head)
        c.n_ff = FEW;
    else
        c.n_vocab = FEW;
    return c;
}

static void fill_floats(void *dst, size_t bytes, const void *ctx)
{
    (void)ctx;
    struct tare_rng rng;
    tare_rng_seed(&rng, SEED);
    float *x = dst;
    for (size_t i = 0; i < bytes / sizeof *x; i++)
        x[i] = (float)(2 * tare_rng_uniform(&rng) - 1);
}

static void fill_ids(void *dst, size_t bytes, const void *ctx)
{
    const size_t *n_vocab = ctx;
    struct tare_rng rng;
    tare_rng_seed(&rng, SEED);
    int32_t *ids = dst;
    for (size_t i = 0; i < bytes / sizeof *ids; i++)
        ids[i] = (int32_t)(tare_rng_u64(&rng) % *n_vocab);
}

/* The widest row that goes in: the stream, or the heads of queries. */
static size_t width_of(const struct lm_config *c)
{
    size_t q = c->n_heads * c->head_dim;
    return q > c->n_embd ? q : c->n_embd;
}

static int get_inputs(struct fixture *f, const struct lm_config *c, const struct tare_host *host)
{
    char key[64];
    size_t floats = f->length * width_of(c);
    snprintf(key, sizeof key, "blocks.x/%zu", floats);
    f->x = host->input(host, key, floats * sizeof(float), fill_floats, NULL);
    snprintf(key, sizeof key, "blocks.ids/%zu/%zu", c->n_vocab, f->length);
    f->ids = host->input(host, key, f->length * sizeof(int32_t), fill_ids, &c->n_vocab);
    if (f->part == BLOCK_head)
        f->logits = host->scratch(host, f->length * c->n_vocab * sizeof(float));
    return f->x && f->ids && (f->logits || f->part != BLOCK_head) ? 0 : -1;
}

static int open_model(struct fixture *f, const struct lm_config *c, int n_threads, const struct tare_host *host)
{
    struct lm_session_plan plan = { .n_ctx = c->n_ctx, .chunk = f->length };
    int rc = tare_cpu_mask(&plan.levels, host->cpu_mask, tare_cpu_levels());
    if (!rc && n_threads > 1)
        rc = tare_pool_create(&f->pool, n_threads, host->cpus);
    plan.pool = f->pool;
    if (!rc)
        rc = lm_model_random(&f->model, c, f->type, SEED, f->pool);
    if (!rc)
        rc = lm_session_create(&f->session, f->model, &plan);
    if (!rc)
        f->model->config.n_layers = 2; /* the last layer drops the rows that nobody asks for: this is another */
    return rc;
}

/* --- at work --- */

void block_reset(void *fixture)
{
    struct fixture *f = fixture;
    struct lm_session *s = f->session;
    const struct lm_config *c = &f->model->config;
    lm_session_cut(s, 0, 0);
    lm_pass_begin(s);
    lm_pass_add(s, 0, f->ids, f->length, 1);
    if (f->part == BLOCK_rope) {
        memcpy(s->q, f->x, f->length * c->n_heads * c->head_dim * sizeof(float));
        memcpy(s->k, f->x, f->length * c->n_kv_heads * c->head_dim * sizeof(float));
    }
    memcpy(s->x, f->x, f->length * c->n_embd * sizeof(float));
}

/* Queries and keys of all rows, into other memory: what comes in stays. */
static void turn(struct lm_worker *w, const struct fixture *f)
{
    const struct lm_session *s = w->s;
    const struct lm_config *c = &f->model->config;
    kn_rope_fn *rope = c->rope == LM_ROPE_PAIRS ? s->rope->fn.rope_pairs : s->rope->fn.rope_halves;
    rope(&(struct kn_rope){ s->q, s->cos, s->sin, s->mixed, f->length, c->n_heads, c->head_dim });
    rope(&(struct kn_rope){ s->k, s->cos, s->sin, s->v, f->length, c->n_kv_heads, c->head_dim });
}

static void run_embedding(struct lm_worker *w, const struct fixture *f)
{
    (void)f;
    lm_embed(w);
}

static void run_attention(struct lm_worker *w, const struct fixture *f)
{
    (void)f;
    lm_attention_block(w, 0);
}

static void run_mlp(struct lm_worker *w, const struct fixture *f)
{
    (void)f;
    lm_ffn_block(w, 0);
}

static void run_layer(struct lm_worker *w, const struct fixture *f)
{
    (void)f;
    lm_attention_block(w, 0);
    lm_ffn_block(w, 0);
}

static void run_head(struct lm_worker *w, const struct fixture *f)
{
    lm_head(w, f->x, f->length, f->logits);
    lm_meet(w);
}

static void run_thread(void *ctx, int thread, int n_threads)
{
    static void (*const work[N_BLOCKS])(struct lm_worker * w, const struct fixture *f) = {
        [BLOCK_embedding] = run_embedding, [BLOCK_rope] = turn,
        [BLOCK_attention] = run_attention, [BLOCK_mlp] = run_mlp,
        [BLOCK_layer] = run_layer,         [BLOCK_head] = run_head,
    };
    (void)n_threads;
    const struct fixture *f = ctx;
    struct lm_worker w = { .s = f->session, .thread = thread, .n_rows = f->length };
    for (uint64_t i = 0; i < f->iters; i++)
        work[f->part](&w, f);
}

static void embed_thread(void *ctx, int thread, int n_threads)
{
    (void)n_threads;
    const struct fixture *f = ctx;
    lm_embed(&(struct lm_worker){ .s = f->session, .thread = thread });
}

void block_run(void *fixture, const struct tare_loop *loop)
{
    struct fixture *f = fixture;
    f->iters = loop->iters;
    lm_on_all(f->session, run_thread, f);
}

int block_setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    const struct block_kind *k = c->arg;
    struct fixture *f = host->alloc(host, sizeof *f);
    if (!f)
        return -1;
    *f = (struct fixture){ .part = k->part, .type = k->type, .length = (size_t)c->params[1].num };
    const struct lm_config config = config_of(c->params[0].text, k->part);
    if (get_inputs(f, &config, host) != 0)
        return -1;
    if (open_model(f, &config, c->n_params > 2 ? (int)c->params[2].num : 1, host) != 0) {
        block_teardown(f);
        return host->fail(host, "%s", tare_error());
    }
    block_reset(f);
    lm_on_all(f->session, embed_thread, f); /* RoPE's angles, once */
    *fixture = f;
    return 0;
}

void block_teardown(void *fixture)
{
    struct fixture *f = fixture;
    lm_session_free(f->session);
    if (f->session)
        f->model->config.n_layers = 1;
    lm_model_free(f->model);
    tare_pool_free(f->pool);
}

int block_output(void *fixture, size_t index, struct tare_output *out)
{
    const struct fixture *f = fixture;
    const struct lm_session *s = f->session;
    const struct lm_config *c = &f->model->config;
    if (index > 0)
        return 0;
    *out = (struct tare_output){ .size = sizeof *out,
                                 .type = TARE_OUTPUT_F32,
                                 .name = "hidden",
                                 .data = s->x,
                                 .row = c->n_embd,
                                 .bound = block_bound(f->type) };
    if (f->part == BLOCK_head) {
        out->name = "logits";
        out->data = f->logits;
        out->row = c->n_vocab;
    } else if (f->part == BLOCK_rope) {
        out->name = "queries";
        out->data = s->mixed;
        out->row = c->n_heads * c->head_dim;
        out->bound = 8;
    }
    out->count = f->length * out->row;
    return 1;
}
