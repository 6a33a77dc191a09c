#include <lm/generate.h>

#include <lm/config.h>
#include <lm/model.h>
#include <lm/sampler.h>
#include <lm/session.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"

struct writing {
    struct lm_session *s;
    const struct lm_generate *g;
    struct lm_generated *how;
    int64_t start_ns;
    int32_t next[LM_MAX_SEQUENCES];
    bool ended[LM_MAX_SEQUENCES];
    size_t n_live;
    int32_t *texts; /* [n_prompts][context] where the cache is not used */
};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int check(const struct lm_session *s, const struct lm_generate *g)
{
    size_t n_ctx = lm_session_context(s);
    if (g->n_prompts < 1 || g->n_prompts > lm_session_sequences(s))
        return tare_fail(TARE_EUSAGE, "%zu prompts for %zu sequences", g->n_prompts, lm_session_sequences(s));
    for (size_t i = 0; i < g->n_prompts; i++) {
        size_t past = g->keep ? lm_session_length(s, i) : 0;
        if (g->prompts[i].n == 0)
            return tare_fail(TARE_EUSAGE, "the prompt is empty: there is nothing to go on from");
        if (g->prompts[i].n > n_ctx - past)
            return tare_fail(TARE_EUSAGE, "the prompt of %zu tokens is longer than %s context of %zu", g->prompts[i].n,
                             past ? "what is left of the" : "the", n_ctx - past);
    }
    return TARE_OK;
}

static int feed_prompts(struct writing *w)
{
    int rc = TARE_OK;
    for (size_t i = 0; i < w->g->n_prompts && !rc; i++) {
        const struct lm_prompt *p = &w->g->prompts[i];
        if (!w->g->keep || w->texts)
            lm_session_cut(w->s, i, 0);
        lm_sampler_see(w->g->samplers[i], p->ids, p->n);
        rc = lm_session_feed(w->s, i, p->ids, p->n);
        if (w->texts)
            memcpy(w->texts + i * lm_session_context(w->s), p->ids, p->n * sizeof *p->ids);
        w->how->n_prompted += p->n;
    }
    w->how->prompt_ns = now_ns() - w->start_ns;
    return rc;
}

/* A token for every sequence; those that have ended go on unheard, so that the others stay side by side. */
static int choose(struct writing *w)
{
    int64_t begin = now_ns();
    int rc = TARE_OK;
    for (size_t i = 0; i < w->g->n_prompts && !rc; i++)
        rc = lm_sampler_next(w->g->samplers[i], lm_session_logits(w->s, i), &w->next[i]);
    int64_t end = now_ns();
    w->how->sample_ns += end - begin;
    if (rc)
        return rc;
    w->how->last_ns = end - w->start_ns;
    if (w->how->n_steps == 0)
        w->how->first_ns = w->how->last_ns;
    if (w->g->step_ns)
        w->g->step_ns[w->how->n_steps] = w->how->last_ns;
    w->how->n_steps++;
    for (size_t i = 0; i < w->g->n_prompts; i++) {
        if (w->ended[i])
            continue;
        w->ended[i] = w->g->token && !w->g->token(w->g->ctx, i, w->next[i]);
        w->n_live -= w->ended[i];
        w->how->n_tokens += !w->ended[i];
    }
    return TARE_OK;
}

static int advance(struct writing *w)
{
    if (!w->texts)
        return lm_session_step(w->s, w->next, w->g->n_prompts);
    int rc = TARE_OK;
    for (size_t i = 0; i < w->g->n_prompts && !rc; i++) {
        int32_t *text = w->texts + i * lm_session_context(w->s);
        size_t n = lm_session_length(w->s, i);
        text[n] = w->next[i];
        lm_session_cut(w->s, i, 0);
        rc = lm_session_feed(w->s, i, text, n + 1);
    }
    return rc;
}

static bool is_full(const struct writing *w)
{
    for (size_t i = 0; i < w->g->n_prompts; i++)
        if (lm_session_length(w->s, i) == lm_session_context(w->s))
            return true;
    return false;
}

int lm_generate(struct lm_session *s, const struct lm_generate *g, struct lm_generated *how)
{
    *how = (struct lm_generated){ 0 };
    struct writing w = { .s = s, .g = g, .how = how, .n_live = g->n_prompts };
    int rc = check(s, g);
    if (!rc && g->uncached && !(w.texts = tare_calloc(g->n_prompts * lm_session_context(s), sizeof *w.texts)))
        rc = TARE_ENOMEM;
    w.start_ns = now_ns();
    if (!rc)
        rc = feed_prompts(&w);
    while (!rc && how->n_steps < g->max_tokens) {
        rc = choose(&w);
        if (rc || w.n_live == 0 || how->n_steps == g->max_tokens)
            break;
        how->filled = is_full(&w);
        if (how->filled)
            break;
        rc = advance(&w);
    }
    free(w.texts);
    return rc;
}
