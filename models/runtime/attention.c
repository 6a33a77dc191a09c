/* Causal attention (Vaswani et al., "Attention Is All You Need", 2017), each head of queries against its group's head
 * of keys and values (Ainslie et al., "GQA", 2023): y = softmax(q k^T / sqrt(head_dim)) v. */
#include <math.h>
#include <string.h>

#include "models/runtime/state.h"

/* One head of one row: q [head_dim] against n positions. */
struct head {
    const float *q;
    const char *k, *v;
    size_t n;
    float *y;
    float *scores; /* [n] */
    float *row;    /* [head_dim] */
};

static const float *row_at(const struct lm_kv *kv, const char *rows, size_t position, float *buffer)
{
    rows += position * kv->row_bytes;
    if (kv->type == KN_TYPE_f32)
        return (const float *)(const void *)rows;
    kn_decode_row(kv->type, rows, buffer, kv->head_dim);
    return buffer;
}

static void attend_head(const struct lm_kv *kv, const struct head *h)
{
    size_t dim = kv->head_dim;
    float scale = 1 / sqrtf((float)dim), max = -INFINITY, total = 0;
    for (size_t p = 0; p < h->n; p++) {
        const float *k = row_at(kv, h->k, p, h->row);
        float sum = 0;
        for (size_t d = 0; d < dim; d++)
            sum += h->q[d] * k[d];
        h->scores[p] = sum * scale;
        max = fmaxf(max, h->scores[p]);
    }
    memset(h->y, 0, dim * sizeof(float));
    for (size_t p = 0; p < h->n; p++) {
        const float *v = row_at(kv, h->v, p, h->row);
        float weight = expf(h->scores[p] - max);
        total += weight;
        for (size_t d = 0; d < dim; d++)
            h->y[d] += weight * v[d];
    }
    for (size_t d = 0; d < dim; d++)
        h->y[d] /= total;
}

/* Rows of the runs and their heads are dealt out in turns: later rows see more. */
void lm_attend(const struct lm_worker *w, size_t layer, const struct lm_run *runs, size_t n_runs)
{
    const struct lm_session *s = w->s;
    const struct lm_config *c = &s->model->config;
    size_t group = c->n_heads / c->n_kv_heads, dim = c->head_dim, out = 0;
    float *own = s->own + (size_t)w->thread * s->own_floats;
    for (size_t i = 0; i < n_runs; i++)
        for (size_t r = 0; r < runs[i].n; r++, out++)
            for (size_t h = 0; h < c->n_heads; h++) {
                if ((out * c->n_heads + h) % (size_t)s->n_threads != (size_t)w->thread)
                    continue;
                size_t at = lm_kv_offset(&s->kv, layer, runs[i].sequence, h / group, 0);
                attend_head(&s->kv, &(struct head){ .q = s->q + ((runs[i].row + r) * c->n_heads + h) * dim,
                                                    .k = s->kv.k + at,
                                                    .v = s->kv.v + at,
                                                    .n = runs[i].past + r + 1,
                                                    .y = s->mixed + (out * c->n_heads + h) * dim,
                                                    .scores = own + dim,
                                                    .row = own });
            }
}
