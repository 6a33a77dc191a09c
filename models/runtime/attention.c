/* Causal attention (Vaswani et al., "Attention Is All You Need", 2017) of all runs of a pass, shared out by heads;
 * heads that read the same keys (Ainslie et al., "GQA", 2023) stay together where that leaves none of the threads idle.
 */
#include <math.h>

#include "framework/base/pool.h"
#include "models/runtime/state.h"

void lm_attend(const struct lm_worker *w, size_t layer, const struct lm_run *runs, size_t n_runs)
{
    const struct lm_session *s = w->s;
    const struct lm_config *c = &s->model->config;
    size_t threads = (size_t)s->n_threads, group = c->n_heads / c->n_kv_heads, width = c->n_heads * c->head_dim;
    size_t grain = c->n_kv_heads >= threads ? group : 1, out = 0;
    for (size_t i = 0; i < n_runs; out += runs[i++].n) {
        size_t at = lm_kv_offset(&s->kv, layer, runs[i].sequence, 0, 0), begin, end;
        /* who gets fewer heads of one run gets more of the next */
        tare_pool_split(c->n_heads, grain, (int)(((size_t)w->thread + i) % threads), s->n_threads, &begin, &end);
        if (begin < end)
            s->attention->fn.attention(&(struct kn_attention){
                .q = s->q + runs[i].row * width,
                .k = s->kv.k + at,
                .v = s->kv.v + at,
                .y = s->mixed + out * width,
                .tokens = runs[i].n,
                .past = runs[i].past,
                .heads = c->n_heads,
                .kv_heads = c->n_kv_heads,
                .head_dim = c->head_dim,
                .head_begin = begin,
                .head_count = end - begin,
                .head_stride = s->kv.head_bytes,
                .position_stride = s->kv.row_bytes,
                .scale = 1 / sqrtf((float)c->head_dim),
                .work = s->work + (size_t)w->thread * s->work_bytes,
                .step = s->work_bytes,
            });
    }
}
