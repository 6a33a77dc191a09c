/* A model at work on a scenario: what is timed is `run`, whole generations. */
#include <lm/file.h>
#include <lm/generate.h>
#include <lm/model.h>
#include <lm/session.h>
#include <lm/tokenizer.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benches/generation/generation.h"
#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/pool.h"

enum { SEED = 1, TEXT_ROOM = 512 /* tokens that a text may come to */, MOST_NEW = 100 };

const struct prompt_text generation_texts[] = {
#define GENERATION_PROMPT(name, text) { name, text },
#include "benches/generation/prompts.def"
#undef GENERATION_PROMPT
};
const size_t generation_n_texts = sizeof generation_texts / sizeof *generation_texts;

struct engine {
    const struct scenario *of;
    struct tare_pool *pool; /* NULL on one thread */
    unsigned levels;
    struct lm_file *file; /* NULL for random weights */
    struct lm_model *model;
    struct lm_tokenizer *tokenizer;
    struct lm_session *session;
    struct lm_sampler *samplers[LM_MAX_SEQUENCES];
    int32_t *ids;                         /* [n_ids] the prompt */
    size_t n_ids, begin;                  /* begin: tokens of a sequence when decoding begins */
    int32_t next[LM_MAX_SEQUENCES];       /* the first tokens */
    int32_t written[MOST_NEW], n_written; /* of the first sequence, by the last run */
    int rc;                               /* of the last run */
};

size_t generation_context(const struct scenario *s)
{
    return s->depth + (s->text ? TEXT_ROOM : s->prompt) + s->n_new;
}

/* --- opening --- */

static int open_random(struct engine *e)
{
    struct lm_config c = *lm_config_find(e->of->model);
    enum kn_type type;
    size_t need = generation_context(e->of);
    c.n_ctx = need > c.n_ctx ? need : c.n_ctx; /* RoPE takes any */
    int rc = lm_type_find(&type, e->of->type);
    if (!rc)
        rc = lm_model_random(&e->model, &c, type, SEED, e->pool);
    return rc ? rc : lm_tokenizer_plain(&e->tokenizer, c.n_vocab);
}

static int open_file(struct engine *e)
{
    const struct lm_load how = { .quantize = strcmp(e->of->type, "stored") ? e->of->type : NULL, .pool = e->pool };
    int rc = lm_file_open(&e->file, e->of->model);
    if (!rc)
        rc = lm_model_open(&e->model, e->file, &how);
    return rc ? rc : lm_tokenizer_open(&e->tokenizer, e->file);
}

static int open_session(struct engine *e)
{
    const struct scenario *s = e->of;
    size_t n_vocab = lm_model_config(e->model)->n_vocab;
    const struct lm_session_plan plan = {
        .n_ctx = generation_context(s), .n_sequences = s->batch, .levels = e->levels, .pool = e->pool
    };
    struct lm_sampler_plan choice = s->sampling->plan;
    choice.levels = e->levels;
    int rc = lm_session_create(&e->session, e->model, &plan);
    for (size_t i = 0; i < s->batch && !rc; i++) {
        choice.seed = i;
        rc = lm_sampler_create(&e->samplers[i], &choice, n_vocab);
    }
    return rc;
}

static void close_model(struct engine *e)
{
    for (size_t i = 0; i < LM_MAX_SEQUENCES; i++) {
        lm_sampler_free(e->samplers[i]);
        e->samplers[i] = NULL;
    }
    lm_session_free(e->session);
    lm_tokenizer_free(e->tokenizer);
    lm_model_free(e->model);
    lm_file_close(e->file);
    e->session = NULL;
    e->tokenizer = NULL;
    e->model = NULL;
    e->file = NULL;
}

/* A prompt of n tokens: the texts, one behind the other, again and again. */
static int make_prompt(struct engine *e)
{
    size_t want = e->of->prompt;
    e->ids = tare_calloc(want, sizeof *e->ids);
    int rc = e->ids ? 0 : TARE_ENOMEM;
    for (size_t k = 0; e->n_ids < want && !rc; k++) {
        const char *text = generation_texts[k % generation_n_texts].text;
        int32_t *ids = NULL;
        size_t n;
        rc = lm_encode(e->tokenizer, text, strlen(text), k ? 0 : LM_ENCODE_BOS, &ids, &n);
        for (size_t i = 0; i < n && e->n_ids < want && !rc; i++)
            e->ids[e->n_ids++] = ids[i];
        free(ids);
    }
    return rc;
}

static int encode_text(struct engine *e)
{
    const char *text = e->of->text->text;
    free(e->ids);
    e->ids = NULL;
    return lm_encode(e->tokenizer, text, strlen(text), LM_ENCODE_BOS, &e->ids, &e->n_ids);
}

/* --- at work --- */

static int choose_all(struct engine *e, int32_t *next)
{
    int rc = 0;
    for (size_t i = 0; i < e->of->batch && !rc; i++)
        rc = lm_sampler_next(e->samplers[i], lm_session_logits(e->session, i), &next[i]);
    return rc;
}

static int feed_all(struct engine *e)
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

/* From a prompt to n tokens of each sequence. */
static int write_tokens(struct engine *e, size_t n)
{
    struct lm_prompt prompts[LM_MAX_SEQUENCES];
    struct lm_generated how;
    int rc = e->of->text ? encode_text(e) : 0;
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
                                   .ctx = e };
    e->n_written = 0;
    return rc ? rc : lm_generate(e->session, &g, &how);
}

static int run_prefill(struct engine *e)
{
    return feed_all(e);
}

static int run_ttft(struct engine *e)
{
    return write_tokens(e, 1);
}

static int run_e2e(struct engine *e)
{
    return write_tokens(e, e->of->n_new);
}

/* One token more for every sequence, from `next`. */
static int one_step(struct engine *e, int32_t *next)
{
    int rc = lm_session_step(e->session, next, e->of->batch);
    if (!rc)
        rc = choose_all(e, next);
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

static int run_load(struct engine *e)
{
    close_model(e);
    return open_file(e);
}

static int run_cold_start(struct engine *e)
{
    int rc = run_load(e);
    if (!rc)
        rc = open_session(e);
    return rc ? rc : write_tokens(e, 1);
}

static int (*const work[N_METRICS])(struct engine *e) = {
    [METRIC_prefill] = run_prefill, [METRIC_ttft] = run_ttft,
    [METRIC_tpot] = run_tpot,       [METRIC_itl] = run_itl,
    [METRIC_e2e] = run_e2e,         [METRIC_sampling] = run_sampling,
    [METRIC_load] = run_load,       [METRIC_cold_start] = run_cold_start,
};

void generation_run(void *fixture, const struct tare_loop *loop)
{
    struct engine *e = fixture;
    for (uint64_t i = 0; i < loop->iters; i++) {
        int rc = work[e->of->metric](e);
        e->rc = rc ? rc : e->rc;
    }
}

/* --- the fixture --- */

static int prepare(struct engine *e, const struct tare_host *host)
{
    const struct scenario *s = e->of;
    int rc = tare_cpu_mask(&e->levels, host->cpu_mask, tare_cpu_levels());
    if (!rc && s->n_threads > 1)
        rc = tare_pool_create(&e->pool, s->n_threads, host->cpus);
    if (!rc)
        rc = s->is_file ? open_file(e) : open_random(e);
    if (!rc)
        rc = s->text ? encode_text(e) : make_prompt(e);
    if (!rc)
        rc = open_session(e);
    for (size_t i = 0; i < s->batch && s->depth && !rc; i++)
        rc = lm_session_fill(e->session, i, s->depth, SEED + i);
    if (!rc && s->metric != METRIC_ttft && s->metric != METRIC_e2e)
        rc = feed_all(e);
    if (!rc && (s->metric == METRIC_tpot || s->metric == METRIC_itl))
        rc = choose_all(e, e->next);
    e->begin = rc ? 0 : lm_session_length(e->session, 0);
    return rc ? rc : work[s->metric](e); /* what fails is told before anything is timed */
}

int generation_setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    struct engine *e = host->alloc(host, sizeof *e);
    if (!e)
        return -1;
    e->of = c->arg;
    if (prepare(e, host) != 0) {
        generation_teardown(e);
        return host->fail(host, "%s", tare_error());
    }
    *fixture = e;
    return 0;
}

void generation_teardown(void *fixture)
{
    struct engine *e = fixture;
    close_model(e);
    free(e->ids);
    tare_pool_free(e->pool);
}

int generation_output(void *fixture, size_t index, struct tare_output *out)
{
    const struct engine *e = fixture;
    const struct scenario *s = e->of;
    if (index > 0)
        return 0;
    *out = (struct tare_output){ .size = sizeof *out, .bound = INFINITY };
    if (e->rc || !e->session || s->metric == METRIC_itl)
        return 0;
    if (s->metric == METRIC_prefill) {
        out->type = TARE_OUTPUT_F32;
        out->name = "logits";
        out->data = lm_session_logits(e->session, 0);
        out->count = out->row = lm_model_config(e->model)->n_vocab;
        out->bound = strcmp(s->type, "f32") == 0 ? 4096 : 1 << 18;
        return 1;
    }
    out->type = TARE_OUTPUT_I32;
    out->name = "tokens";
    out->data = e->written;
    out->count = (size_t)e->n_written;
    if (strcmp(s->type, "f32") == 0 && s->sampling->plan.temperature == 0)
        out->bound = 0;
    return out->count > 0;
}
