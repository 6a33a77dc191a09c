/* Causal attention (Vaswani et al., "Attention Is All You Need", 2017) of all runs of a pass. It is shared out by
 * heads; those that read the same keys (Ainslie et al., "GQA", 2023) stay together where that leaves none of the
 * threads idle. Where whole heads would, the rows of a long run are shared out too. A window (Jiang et al., "Mistral
 * 7B", 2023) hides what lies further back. */
#include <math.h>

#include "framework/base/pool.h"
#include "models/runtime/state.h"

enum { LONG_RUN = 16 /* rows from which some of them are work for a thread */ };

/* A part of a run, for some heads. */
struct share {
    struct lm_run run;
    size_t out; /* its first row in s->mixed */
    size_t head, n_heads;
};

/* Positions that row t of a run sees. */
static size_t seen_by(const struct lm_config *c, const struct lm_run *run, size_t t)
{
    size_t n = run->past + t + 1;
    return c->window && n > c->window ? c->window : n;
}

/* The rows of a share go together; what none of them sees is left out beforehand. */
static void attend(const struct lm_worker *w, size_t layer, const struct share *p)
{
    const struct lm_session *s = w->s;
    const struct lm_config *c = &s->model->config;
    size_t first = p->run.past + 1 - seen_by(c, &p->run, 0);
    size_t at = lm_kv_offset(&s->kv, layer, p->run.sequence, 0, first), width = c->n_heads * c->head_dim;
    s->attention->fn.attention(&(struct kn_attention){
        .q = s->q + p->run.row * width,
        .k = s->kv.k + at,
        .v = s->kv.v + at,
        .y = s->mixed + p->out * width,
        .tokens = p->run.n,
        .past = p->run.past - first,
        .window = c->window,
        .heads = c->n_heads,
        .kv_heads = c->n_kv_heads,
        .head_dim = c->head_dim,
        .head_begin = p->head,
        .head_count = p->n_heads,
        .head_stride = s->kv.head_bytes,
        .position_stride = s->kv.row_bytes,
        .scale = 1 / sqrtf((float)c->head_dim),
        .work = s->work + (size_t)w->thread * s->work_bytes,
        .step = s->work_bytes,
    });
}

/* Rows [begin, end) of a share. */
static struct share rows_of(const struct share *p, size_t begin, size_t end)
{
    struct share part = *p;
    part.run.past += begin;
    part.run.row += begin;
    part.run.n = end - begin;
    part.out += begin;
    return part;
}

/* The first row before which a head has seen this many positions or more. */
static size_t row_at(const struct lm_config *c, const struct lm_run *run, size_t positions)
{
    size_t t = 0;
    for (size_t sum = 0; sum < positions; t++)
        sum += seen_by(c, run, t);
    return t;
}

/* All heads' rows in a line, cut where each thread has seen as many positions. */
static void attend_slice(const struct lm_worker *w, size_t layer, const struct share *all, size_t slice)
{
    const struct lm_config *c = &w->s->model->config;
    size_t threads = (size_t)w->s->n_threads, each = 0;
    for (size_t t = 0; t < all->run.n; t++)
        each += seen_by(c, &all->run, t);
    size_t begin = each * c->n_heads * slice / threads, end = each * c->n_heads * (slice + 1) / threads;
    for (size_t head = begin / each; head * each < end;) {
        size_t low = begin > head * each ? begin - head * each : 0, high = end - head * each, n_heads = 1;
        if (low == 0 && high >= each)
            n_heads = high / each;
        struct share part =
            rows_of(all, row_at(c, &all->run, low), high < each ? row_at(c, &all->run, high) : all->run.n);
        part.head = head;
        part.n_heads = n_heads;
        attend(w, layer, &part);
        head += n_heads;
    }
}

void lm_attend(const struct lm_worker *w, size_t layer, const struct lm_run *runs, size_t n_runs)
{
    const struct lm_session *s = w->s;
    const struct lm_config *c = &s->model->config;
    size_t threads = (size_t)s->n_threads, group = c->n_heads / c->n_kv_heads, out = 0;
    size_t grain = c->n_kv_heads >= threads ? group : 1, units = c->n_heads / grain;
    bool idle = (units + threads - 1) / threads * threads * 9 > units * 10; /* a tenth of the time, with whole ones */
    for (size_t i = 0; i < n_runs; out += runs[i++].n) {
        /* who gets fewer heads of one run gets more of the next */
        size_t begin, end, turn = ((size_t)w->thread + i) % threads;
        struct share share = { .run = runs[i], .out = out };
        if (idle && runs[i].n >= LONG_RUN) {
            attend_slice(w, layer, &share, turn);
            continue;
        }
        tare_pool_split(c->n_heads, grain, (int)turn, s->n_threads, &begin, &end);
        share.head = begin;
        share.n_heads = end - begin;
        if (begin < end)
            attend(w, layer, &share);
    }
}
