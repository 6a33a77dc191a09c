/* The blocks of a transformer. Every thread runs the whole pass, on some columns of each product: what follows a
 * product on the same columns (a bias, turning, the cache, an activation, the residual) needs no other thread, so that
 * they meet five times a layer. */
#include <math.h>
#include <string.h>

#include "framework/base/pool.h"
#include "models/runtime/share.h"
#include "models/runtime/state.h"

enum { COLUMNS = 32 /* a thread's part of a product is a multiple of it */ };

void lm_meet(const struct lm_worker *w)
{
    if (w->s->n_threads > 1)
        tare_pool_barrier(w->s->pool);
}

static size_t weight_bytes(const struct lm_matrix *w)
{
    return w->rows * kn_row_bytes(w->type, w->cols);
}

static float *own_floats(const struct lm_worker *w)
{
    return w->s->own + (size_t)w->thread * w->s->own_floats;
}

/* Columns [first, first + n) of y = x w^T + bias; y points to the first of them. */
static void multiply(const struct lm_worker *w, const struct lm_matrix *mat, size_t first, size_t n, const float *x,
                     size_t n_rows, float *y, size_t ldy)
{
    const struct lm_session *s = w->s;
    if (n == 0)
        return;
    struct kn_matmul a = {
        .x = x,
        .w = (const char *)mat->data + first * kn_row_bytes(mat->type, mat->cols),
        .y = y,
        .m = n_rows,
        .n = n,
        .k = mat->cols,
        .ldy = ldy,
        .work = s->work + (size_t)w->thread * s->work_bytes,
        .step = s->work_bytes,
    };
    s->matmul[mat->type]->fn.matmul(&a);
    for (size_t r = 0; mat->bias && r < n_rows; r++)
        s->add->fn.add(&(struct kn_binary){ .a = y + r * ldy, .b = mat->bias + first, .y = y + r * ldy, .n = n });
}

/* Rows of x, normed. A single row is cheaper to norm on every thread than to wait for, unless it is to be shared. */
static const float *norm_rows(const struct lm_worker *w, const struct lm_norm *norm, bool shared)
{
    const struct lm_session *s = w->s;
    size_t cols = s->model->config.n_embd, begin = 0, end = w->n_rows;
    float *y = own_floats(w);
    bool alone = w->n_rows <= 1 && !shared;
    if (!alone) {
        tare_pool_split(w->n_rows, 1, w->thread, s->n_threads, &begin, &end);
        y = s->normed;
    }
    struct kn_norm a = {
        .x = s->x + begin * cols,
        .w = norm->weight,
        .b = norm->bias,
        .y = y + begin * cols,
        .rows = end - begin,
        .cols = cols,
        .eps = (float)s->model->config.norm_eps,
    };
    (s->norm->op == KN_OP_layernorm ? s->norm->fn.layernorm : s->norm->fn.rmsnorm)(&a);
    if (!alone)
        lm_meet(w);
    return y;
}

/* --- embedding --- */

static void turn_angles(const struct lm_session *s, size_t row, size_t position)
{
    size_t half = s->model->config.rope_dims / 2;
    double scale = s->model->config.rope_scale;
    for (size_t i = 0; i < half; i++) {
        double sine, cosine;
        sincos((double)position * s->turns[i], &sine, &cosine);
        s->cos[row * half + i] = (float)(scale * cosine);
        s->sin[row * half + i] = (float)(scale * sine);
    }
}

static void embed_row(const struct lm_worker *w, size_t row, size_t position)
{
    const struct lm_session *s = w->s;
    const struct lm_model *m = s->model;
    size_t cols = m->config.n_embd;
    float *x = s->x + row * cols, *place = own_floats(w);
    const char *table = m->embd.data;
    kn_decode_row(m->embd.type, table + (size_t)s->pass.ids[row] * kn_row_bytes(m->embd.type, cols), x, cols);
    if (m->rules->learned_places) {
        table = m->places.data;
        kn_decode_row(m->places.type, table + position * kn_row_bytes(m->places.type, cols), place, cols);
        s->add->fn.add(&(struct kn_binary){ .a = x, .b = place, .y = x, .n = cols });
    }
    if (s->rope)
        turn_angles(s, row, position);
}

void lm_embed(struct lm_worker *w)
{
    const struct lm_pass *p = &w->s->pass;
    size_t begin, end;
    tare_pool_split(p->n_rows, 1, w->thread, w->s->n_threads, &begin, &end);
    for (size_t i = 0; i < p->n_runs; i++)
        for (size_t r = p->runs[i].row; r < p->runs[i].row + p->runs[i].n; r++)
            if (r >= begin && r < end)
                embed_row(w, r, p->runs[i].past + r - p->runs[i].row);
    w->n_rows = p->n_rows;
    lm_meet(w);
}

/* --- attention --- */

/* Heads [first, first + n) of `heads` in y are turned by the angles of their rows. */
static void turn_heads(const struct lm_worker *w, float *y, size_t heads, size_t first, size_t n)
{
    const struct lm_session *s = w->s;
    const struct lm_config *c = &s->model->config;
    void (*turn)(const struct kn_rope *a) = c->rope == LM_ROPE_PAIRS ? s->rope->fn.rope_pairs : s->rope->fn.rope_halves;
    size_t half = c->rope_dims / 2;
    bool whole = c->rope_dims == c->head_dim;
    if (whole && n == heads) {
        turn(&(struct kn_rope){ y, s->cos, s->sin, y, w->n_rows, heads, c->head_dim });
        return;
    }
    for (size_t r = 0; r < w->n_rows; r++) {
        float *x = y + (r * heads + first) * c->head_dim;
        struct kn_rope a = { x, s->cos + r * half, s->sin + r * half, x, 1, whole ? n : 1, c->rope_dims };
        for (size_t h = 0; h < (whole ? 1 : n); h++, a.x += c->head_dim, a.y += c->head_dim)
            turn(&a);
    }
}

/* Queries, keys and values are one list of heads, shared out in units of whole heads and whole COLUMNS. */
struct heads {
    const struct lm_matrix *w;
    float *y;
    size_t n;
    bool turned;
};

/* Units [begin, end) of the list. */
static void project_units(const struct lm_worker *w, const struct heads *list, size_t unit, const float *x,
                          size_t begin, size_t end)
{
    const struct lm_session *s = w->s;
    size_t dim = s->model->config.head_dim;
    for (size_t i = 0, at = 0; i < 3; i++) {
        size_t units = (list[i].n + unit - 1) / unit;
        size_t first = begin > at ? begin - at : 0, last = end > at ? end - at : 0;
        first = (first < units ? first : units) * unit;
        last = (last < units ? last : units) * unit;
        last = last < list[i].n ? last : list[i].n;
        if (first < last) {
            multiply(w, list[i].w, first * dim, (last - first) * dim, x, w->n_rows, list[i].y + first * dim,
                     list[i].n * dim);
            if (list[i].turned && s->rope)
                turn_heads(w, list[i].y, list[i].n, first, last - first);
        }
        at += units;
    }
}

static void project_heads(struct lm_worker *w, const struct heads *list, const float *x)
{
    size_t dim = w->s->model->config.head_dim, unit = 1, total = 0, bytes = 0;
    while (unit * dim % COLUMNS != 0)
        unit++;
    for (size_t i = 0; i < 3; i++) {
        total += (list[i].n + unit - 1) / unit;
        bytes += weight_bytes(list[i].w);
    }
    for (struct lm_share p = lm_share(w, total, 1, bytes); p.begin < p.n; lm_share_next(&p))
        project_units(w, list, unit, x, p.begin, p.end);
}

/* A KV head's new rows go to the cache as soon as both are there. */
static void store_rows(const struct lm_worker *w, size_t layer)
{
    const struct lm_session *s = w->s;
    const struct lm_config *c = &s->model->config;
    size_t begin, end;
    tare_pool_split(s->pass.n_rows * c->n_kv_heads, 1, w->thread, s->n_threads, &begin, &end);
    for (size_t i = 0; i < s->pass.n_runs; i++) {
        const struct lm_run *run = &s->pass.runs[i];
        for (size_t r = 0; r < run->n; r++) {
            size_t at = (run->row + r) * c->n_kv_heads;
            size_t first = begin > at ? begin - at : 0, last = end > at ? end - at : 0;
            last = last < c->n_kv_heads ? last : c->n_kv_heads;
            if (first < last)
                lm_kv_store(&s->kv, lm_kv_offset(&s->kv, layer, run->sequence, first, run->past + r), last - first,
                            s->k + (at + first) * c->head_dim, s->v + (at + first) * c->head_dim);
        }
    }
}

/* Rows that nobody asks for end here; the others move up. Own columns only. */
static void keep_wanted(const struct lm_worker *w, size_t begin, size_t end)
{
    const struct lm_session *s = w->s;
    size_t cols = s->model->config.n_embd;
    for (size_t i = 0; i < s->pass.n_wanted; i++)
        if (s->pass.wanted[i] != i)
            memcpy(s->x + i * cols + begin, s->x + s->pass.wanted[i] * cols + begin, (end - begin) * sizeof(float));
}

/* x += y w^T: own columns of the stream. */
static void add_product(const struct lm_worker *w, const struct lm_matrix *mat, const float *y, size_t begin,
                        size_t end)
{
    const struct lm_session *s = w->s;
    size_t cols = s->model->config.n_embd;
    multiply(w, mat, begin, end - begin, y, w->n_rows, s->sum + begin, cols);
    for (size_t r = 0; r < w->n_rows; r++) {
        float *x = s->x + r * cols + begin;
        s->add->fn.add(&(struct kn_binary){ .a = x, .b = s->sum + r * cols + begin, .y = x, .n = end - begin });
    }
}

void lm_attention_block(struct lm_worker *w, size_t layer)
{
    const struct lm_session *s = w->s;
    const struct lm_config *c = &s->model->config;
    const struct lm_layer *l = &s->model->layers[layer];
    bool last = layer + 1 == c->n_layers;
    const struct heads heads[] = {
        { &l->q, s->q, c->n_heads, true },
        { &l->k, s->k, c->n_kv_heads, true },
        { &l->v, s->v, c->n_kv_heads, false },
    };
    project_heads(w, heads, norm_rows(w, &l->attn_norm, false));
    lm_meet(w);
    store_rows(w, layer);
    lm_meet(w);
    lm_attend(w, layer, last ? s->pass.last_runs : s->pass.runs, last ? s->pass.n_wanted : s->pass.n_runs);
    lm_meet(w);
    w->n_rows = last ? s->pass.n_wanted : w->n_rows;
    struct lm_share p = lm_share(w, c->n_embd, COLUMNS, weight_bytes(&l->attn_out));
    for (; p.begin < p.n; lm_share_next(&p)) {
        if (last)
            keep_wanted(w, p.begin, p.end);
        add_product(w, &l->attn_out, s->mixed, p.begin, p.end);
    }
    lm_meet(w);
}

/* --- feed-forward --- */

static void activate(const struct lm_worker *w, size_t begin, size_t end)
{
    const struct lm_session *s = w->s;
    const struct lm_rules *rules = s->model->rules;
    size_t cols = s->model->config.n_ff;
    for (size_t r = 0; r < w->n_rows && begin < end; r++) {
        float *up = s->up + r * cols + begin;
        union kn_args args = { .unary = { up, up, end - begin } };
        if (rules->gated)
            args.binary = (struct kn_binary){ .a = s->gate + r * cols + begin, .b = up, .y = up, .n = end - begin };
        kn_call(s->activation, &args);
    }
}

void lm_ffn_block(struct lm_worker *w, size_t layer)
{
    const struct lm_session *s = w->s;
    const struct lm_config *c = &s->model->config;
    const struct lm_layer *l = &s->model->layers[layer];
    bool gated = s->model->rules->gated;
    const float *x = norm_rows(w, &l->ffn_norm, false);
    struct lm_share p = lm_share(w, c->n_ff, COLUMNS, weight_bytes(&l->up) * (gated ? 2 : 1));
    for (; p.begin < p.n; lm_share_next(&p)) {
        if (gated)
            multiply(w, &l->gate, p.begin, p.end - p.begin, x, w->n_rows, s->gate + p.begin, c->n_ff);
        multiply(w, &l->up, p.begin, p.end - p.begin, x, w->n_rows, s->up + p.begin, c->n_ff);
        activate(w, p.begin, p.end);
    }
    lm_meet(w);
    p = lm_share(w, c->n_embd, COLUMNS, weight_bytes(&l->down));
    for (; p.begin < p.n; lm_share_next(&p))
        add_product(w, &l->down, s->up, p.begin, p.end);
    lm_meet(w);
}

/* --- output --- */

void lm_head(struct lm_worker *w, const float *x, size_t n_rows, float *logits)
{
    const struct lm_matrix *out = &w->s->model->output;
    w->n_rows = n_rows;
    struct lm_share p = lm_share(w, out->rows, COLUMNS, weight_bytes(out));
    for (; p.begin < p.n; lm_share_next(&p))
        multiply(w, out, p.begin, p.end - p.begin, x, n_rows, logits + p.begin, out->rows);
}

static void pass_thread(void *ctx, int thread, int n_threads)
{
    (void)n_threads;
    struct lm_worker w = { .s = ctx, .thread = thread };
    const struct lm_pass *p = &w.s->pass;
    lm_embed(&w);
    for (size_t layer = 0; layer < w.s->model->config.n_layers; layer++) {
        lm_attention_block(&w, layer);
        lm_ffn_block(&w, layer);
    }
    const float *x = norm_rows(&w, &w.s->model->output_norm, !p->logits);
    if (p->logits)
        lm_head(&w, x, p->n_wanted, p->logits);
}

void lm_on_all(struct lm_session *s, void (*task)(void *ctx, int thread, int n_threads), void *ctx)
{
    for (size_t i = 0; i < LM_TURNS; i++)
        atomic_store_explicit(&s->turns_taken[i].small_parts, 0, memory_order_relaxed);
    if (s->pool)
        tare_pool_run(s->pool, task, ctx);
    else
        task(ctx, 0, 1);
}

void lm_pass_run(struct lm_session *s)
{
    lm_on_all(s, pass_thread, s);
}
