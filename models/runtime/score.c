/* How well a model foretells a text: the probability it gave each token. */
#include <lm/session.h>

#include <math.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/pool.h"
#include "models/runtime/state.h"

/* Rows of a pass whose logits are computed together. */
struct block {
    struct lm_session *s;
    size_t first, n;
    const int32_t *next; /* [n] the token that came, or one less at the very end */
    size_t n_next;
    double nats[LM_SCORE_ROWS]; /* -log p of next */
};

static double surprise(const float *logits, size_t n, int32_t id)
{
    float max = logits[0];
    for (size_t i = 1; i < n; i++)
        max = logits[i] > max ? logits[i] : max;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += exp((double)logits[i] - (double)max);
    return log(sum) + (double)max - (double)logits[id];
}

static void score_block(void *ctx, int thread, int n_threads)
{
    struct block *b = ctx;
    const struct lm_config *c = &b->s->model->config;
    struct lm_worker w = { .s = b->s, .thread = thread };
    lm_head(&w, b->s->normed + b->first * c->n_embd, b->n, b->s->scored);
    lm_meet(&w);
    for (size_t i = (size_t)thread; i < b->n_next; i += (size_t)n_threads)
        b->nats[i] = surprise(b->s->scored + i * c->n_vocab, c->n_vocab, b->next[i]);
}

/* The wanted rows of the last pass; `next` are the n_next <= n tokens behind each of them. */
static void score_rows(struct lm_session *s, size_t sequence, const int32_t *next, size_t n_next, double *nats,
                       lm_logits_fn *logits, void *ctx)
{
    size_t n = s->pass.n_wanted, n_vocab = s->model->config.n_vocab, past = s->lengths[sequence] - n;
    for (size_t first = 0; first < n; first += LM_SCORE_ROWS) {
        struct block b = { .s = s, .first = first, .next = next + first };
        b.n = n - first < LM_SCORE_ROWS ? n - first : LM_SCORE_ROWS;
        b.n_next = first < n_next ? n_next - first : 0;
        b.n_next = b.n_next < b.n ? b.n_next : b.n;
        lm_on_all(s, score_block, &b);
        for (size_t i = 0; i < b.n_next; i++)
            *nats += b.nats[i];
        for (size_t i = 0; i < b.n && logits; i++)
            logits(ctx, past + first + i, s->scored + i * n_vocab);
        if (first + b.n == n)
            memcpy(s->logits + sequence * n_vocab, s->scored + (b.n - 1) * n_vocab, n_vocab * sizeof(float));
    }
}

int lm_session_score(struct lm_session *s, size_t sequence, const int32_t *ids, size_t n, double *nats,
                     lm_logits_fn *logits, void *ctx)
{
    size_t n_vocab = s->model->config.n_vocab;
    int rc = lm_check_growth(s, sequence, ids, n);
    if (!rc && !s->scored && !(s->scored = tare_aligned(64, LM_SCORE_ROWS * n_vocab * sizeof(float))))
        rc = TARE_ENOMEM;
    if (rc)
        return rc;
    if (n > 0 && s->lengths[sequence] > 0)
        *nats += surprise(lm_session_logits(s, sequence), n_vocab, ids[0]);
    for (size_t at = 0, part; at < n; at += part) {
        part = n - at < s->chunk ? n - at : s->chunk;
        lm_pass_begin(s);
        lm_pass_add(s, sequence, ids + at, part, part);
        lm_pass_run(s);
        score_rows(s, sequence, ids + at + 1, at + part < n ? part : part - 1, nats, logits, ctx);
    }
    return TARE_OK;
}
