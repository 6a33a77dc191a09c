/* What is measured: the run of each metric, whole generations or parts of them. */
#include <lm/generate.h>
#include <lm/metrics.h>
#include <lm/model.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "benches/generation/engine.h"
#include "framework/base/error.h"

int engine_choose(struct engine *e, int32_t *next)
{
    int rc = 0;
    for (size_t i = 0; i < e->of->batch && !rc; i++)
        rc = lm_sampler_next(e->samplers[i], lm_session_logits(e->session, i), &next[i]);
    return rc;
}

int engine_feed(struct engine *e)
{
    int rc = 0;
    for (size_t i = 0; i < e->of->batch && !rc; i++) {
        lm_session_cut(e->session, i, e->of->depth);
        rc = lm_session_feed(e->session, i, e->ids, e->n_ids);
    }
    return rc;
}

static bool keep_token(void *ctx, size_t sequence, int32_t id)
{
    struct engine *e = ctx;
    if (sequence == 0 && e->n_written < MOST_NEW)
        e->written[e->n_written++] = id;
    return true; /* the number of tokens is fixed: the end of a text is a token like others */
}

/* From a prompt to n tokens of each sequence; *how says when they were there. */
static int write_tokens(struct engine *e, size_t n, struct lm_generated *how)
{
    struct lm_prompt prompts[LM_MAX_SEQUENCES];
    int rc = e->of->text ? engine_encode_text(e) : 0;
    for (size_t i = 0; i < e->of->batch && !rc; i++) {
        prompts[i] = (struct lm_prompt){ e->ids, e->n_ids };
        lm_sampler_reset(e->samplers[i]);
    }
    const struct lm_generate g = { .prompts = prompts,
                                   .samplers = e->samplers,
                                   .n_prompts = e->of->batch,
                                   .max_tokens = n,
                                   .uncached = e->of->uncached,
                                   .token = keep_token,
                                   .ctx = e,
                                   .step_ns = e->step_ns };
    e->n_written = 0;
    return rc ? rc : lm_generate(e->session, &g, how);
}

static int run_ttft(struct engine *e)
{
    struct lm_generated how;
    return write_tokens(e, 1, &how);
}

static int run_e2e(struct engine *e)
{
    struct lm_generated how;
    return write_tokens(e, e->of->n_new, &how);
}

/* One token more for every sequence, from `next`. */
static int one_step(struct engine *e, int32_t *next)
{
    int rc = lm_session_step(e->session, next, e->of->batch);
    if (!rc)
        rc = engine_choose(e, next);
    if (e->n_written < MOST_NEW)
        e->written[e->n_written++] = next[0];
    return rc;
}

static int run_tpot(struct engine *e)
{
    int32_t next[LM_MAX_SEQUENCES];
    int rc = 0;
    memcpy(next, e->next, sizeof next);
    for (size_t i = 0; i < e->of->batch; i++) {
        lm_session_cut(e->session, i, e->begin);
        lm_sampler_reset(e->samplers[i]);
    }
    e->n_written = 0;
    for (size_t k = 1; k < e->of->n_new && !rc; k++)
        rc = one_step(e, next);
    return rc;
}

/* On from where the last one ended; back to the beginning when n_new are there. */
static int run_itl(struct engine *e)
{
    if (lm_session_length(e->session, 0) + 1 >= e->begin + e->of->n_new)
        for (size_t i = 0; i < e->of->batch; i++)
            lm_session_cut(e->session, i, e->begin);
    e->n_written = 0;
    return one_step(e, e->next);
}

static int run_sampling(struct engine *e)
{
    e->n_written = 0;
    return lm_sampler_next(e->samplers[0], lm_session_logits(e->session, 0), &e->written[e->n_written++]);
}

/* A whole generation by its own clock: gaps and choosing are parts of it. */
static int run_parts(struct engine *e)
{
    struct lm_generated how;
    struct lm_metrics m;
    int rc = write_tokens(e, e->of->n_new, &how);
    if (!rc)
        rc = lm_metrics_make(&m, &how, e->step_ns);
    if (!rc)
        e->told = e->of->metric == METRIC_sampling_share ? m.sampling_share : m.itl_ns[e->of->metric - METRIC_itl_p50];
    return rc;
}
_Static_assert(METRIC_itl_p99 - METRIC_itl_p50 + 1 == LM_N_PERCENTS, "a metric for each of lm_percents, in its order");

static int run_load(struct engine *e)
{
    engine_close_model(e);
    return engine_open_model(e);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The first token of a model that was just loaded, with its session. */
static int start_cold(struct engine *e, double *ns)
{
    struct lm_generated how;
    int rc = run_load(e);
    double begin = now_ns();
    if (!rc)
        rc = engine_open_session(e);
    if (!rc)
        rc = write_tokens(e, 1, &how);
    *ns = now_ns() - begin;
    return rc;
}

static int run_cold_start(struct engine *e)
{
    return start_cold(e, &e->told);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int run_warmup_gain(struct engine *e)
{
    enum { WARM = 5 };
    struct lm_generated how;
    double cold, warm[WARM];
    int rc = start_cold(e, &cold);
    for (size_t i = 0; i < WARM && !rc; i++) {
        double begin = now_ns();
        rc = write_tokens(e, 1, &how);
        warm[i] = now_ns() - begin;
    }
    if (rc)
        return rc;
    qsort(warm, WARM, sizeof *warm, compare_doubles);
    e->told = cold / warm[WARM / 2];
    return 0;
}

static int run_model_bytes(struct engine *e)
{
    e->told = (double)lm_model_bytes(e->model);
    return 0;
}

static int run_kv_bytes(struct engine *e)
{
    struct lm_session_memory memory = lm_session_memory(e->session);
    e->told = (double)(e->of->metric == METRIC_kv_formula_bytes ? memory.kv_formula : memory.kv_allocated);
    return 0;
}

/* A model is loaded and writes, from nothing to nothing. */
static int run_resident(struct engine *e)
{
    const double page = 4096;
    struct lm_generated how;
    struct resident before, after;
    engine_close_model(e);
    generation_reset_peak();
    if (!generation_resident(&before))
        return tare_fail(TARE_EUNSUP, "/proc/self/status does not say what is resident");
    int rc = engine_open_model(e);
    if (!rc)
        rc = engine_open_session(e);
    if (!rc)
        rc = write_tokens(e, e->of->n_new, &how);
    if (!rc && generation_resident(&after)) {
        double known = (double)(lm_model_bytes(e->model) + lm_session_memory(e->session).kv_allocated);
        double rise = after.peak - before.now - (e->of->metric == METRIC_overhead_bytes ? known : 0);
        e->told = rise > page ? rise : page;
    }
    engine_close_model(e);
    return rc;
}

static int (*const work[N_METRICS])(struct engine *e) = {
    [METRIC_prefill] = engine_feed,
    [METRIC_ttft] = run_ttft,
    [METRIC_tpot] = run_tpot,
    [METRIC_itl] = run_itl,
    [METRIC_itl_p50] = run_parts,
    [METRIC_itl_p90] = run_parts,
    [METRIC_itl_p95] = run_parts,
    [METRIC_itl_p99] = run_parts,
    [METRIC_e2e] = run_e2e,
    [METRIC_total] = run_e2e,
    [METRIC_sampling] = run_sampling,
    [METRIC_sampling_share] = run_parts,
    [METRIC_load] = run_load,
    [METRIC_cold_start] = run_cold_start,
    [METRIC_warmup_gain] = run_warmup_gain,
    [METRIC_model_bytes] = run_model_bytes,
    [METRIC_kv_bytes] = run_kv_bytes,
    [METRIC_kv_formula_bytes] = run_kv_bytes,
    [METRIC_peak_bytes] = run_resident,
    [METRIC_overhead_bytes] = run_resident,
};

int engine_work(struct engine *e)
{
    return work[e->of->metric](e);
}
