/* The life of a case: a model opened, its prompt made, its answer. */
#include "benches/generation/engine.h"

#include <lm/file.h>
#include <lm/model.h>
#include <lm/tokenizer.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/pool.h"
#include "models/arch/synth.h"

enum { SEED = 1, TEXT_ROOM = 512 /* tokens that a text may come to */ };

const struct prompt_text generation_texts[] = {
#define GENERATION_PROMPT(name, text) { name, text },
#include "benches/generation/prompts.def"
#undef GENERATION_PROMPT
};
const size_t generation_n_texts = sizeof generation_texts / sizeof *generation_texts;

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

/* Random weights as a file, which is there as long as this process has it open. */
static int make_file(struct engine *e)
{
    const struct mix *mix;
    struct gguf_writer *w = NULL;
    e->made = memfd_create("tare-model", MFD_CLOEXEC);
    if (e->made < 0)
        return tare_fail(TARE_EIO, "cannot make a file in memory: %s", strerror(errno));
    int rc = mix_find(&mix, e->of->type);
    if (!rc)
        rc = gguf_create_in(&w, e->made);
    if (!rc)
        rc = write_random(w, lm_config_find(e->of->model), mix, SEED, e->pool);
    if (rc)
        gguf_abandon(w);
    return rc ? rc : gguf_finish(w);
}

static int open_file(struct engine *e, const char *path, const char *quantize)
{
    const struct lm_load how = { .quantize = quantize, .pool = e->pool };
    int rc = lm_file_open(&e->file, path);
    if (!rc)
        rc = lm_model_open(&e->model, e->file, &how);
    return rc ? rc : lm_tokenizer_open(&e->tokenizer, e->file);
}

int engine_open_model(struct engine *e)
{
    char path[64];
    if (e->of->is_file)
        return open_file(e, e->of->model, strcmp(e->of->type, "stored") ? e->of->type : NULL);
    if (e->of->metric != METRIC_load)
        return open_random(e);
    int rc = e->made < 0 ? make_file(e) : 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", e->made);
    return rc ? rc : open_file(e, path, NULL);
}

int engine_open_session(struct engine *e)
{
    const struct scenario *s = e->of;
    size_t n_vocab = lm_model_config(e->model)->n_vocab;
    const struct lm_session_plan plan = {
        .n_ctx = generation_context(s), .n_sequences = s->batch, .kv = s->kv, .levels = e->levels, .pool = e->pool
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

void engine_close_model(struct engine *e)
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

int engine_encode_text(struct engine *e)
{
    const char *text = e->of->text->text;
    free(e->ids);
    e->ids = NULL;
    return lm_encode(e->tokenizer, text, strlen(text), LM_ENCODE_BOS, &e->ids, &e->n_ids);
}

/* --- the fixture --- */

/* What stands ready before the run of a metric. */
enum ready { MODEL = 1, SESSION = 2, PROMPT = 4, FIRST_TOKEN = 8 };

static const unsigned wanted[N_METRICS] = {
    [METRIC_prefill] = MODEL | SESSION,
    [METRIC_ttft] = MODEL | SESSION,
    [METRIC_tpot] = MODEL | SESSION | PROMPT | FIRST_TOKEN,
    [METRIC_itl] = MODEL | SESSION | PROMPT | FIRST_TOKEN,
    [METRIC_itl_p50] = MODEL | SESSION,
    [METRIC_itl_p90] = MODEL | SESSION,
    [METRIC_itl_p95] = MODEL | SESSION,
    [METRIC_itl_p99] = MODEL | SESSION,
    [METRIC_e2e] = MODEL | SESSION,
    [METRIC_total] = MODEL | SESSION,
    [METRIC_sampling] = MODEL | SESSION | PROMPT,
    [METRIC_sampling_share] = MODEL | SESSION,
    [METRIC_load] = MODEL,
    [METRIC_cold_start] = MODEL,
    [METRIC_warmup_gain] = MODEL,
    [METRIC_model_bytes] = MODEL,
    [METRIC_kv_bytes] = MODEL | SESSION,
    [METRIC_kv_formula_bytes] = MODEL | SESSION,
    [METRIC_peak_bytes] = MODEL,
    [METRIC_overhead_bytes] = MODEL,
};

static int prepare(struct engine *e, const struct tare_host *host)
{
    const struct scenario *s = e->of;
    unsigned want = wanted[s->metric];
    int rc = tare_cpu_mask(&e->levels, host->cpu_mask, tare_cpu_levels());
    if (!rc && s->n_threads > 1)
        rc = tare_pool_create(&e->pool, s->n_threads, host->cpus);
    if (!rc)
        rc = engine_open_model(e);
    if (!rc)
        rc = s->text ? engine_encode_text(e) : make_prompt(e);
    if (!rc && (want & SESSION))
        rc = engine_open_session(e);
    for (size_t i = 0; i < s->batch && s->depth && (want & PROMPT) && !rc; i++)
        rc = lm_session_fill(e->session, i, s->depth, SEED + i);
    if (!rc && (want & PROMPT))
        rc = engine_feed(e);
    if (!rc && (want & FIRST_TOKEN))
        rc = engine_choose(e, e->next);
    e->begin = !rc && e->session ? lm_session_length(e->session, 0) : 0;
    return rc ? rc : engine_work(e); /* what fails is told before anything is timed */
}

int generation_setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    struct engine *e = host->alloc(host, sizeof *e);
    if (!e)
        return -1;
    e->of = c->arg;
    e->made = -1;
    if (prepare(e, host) != 0) {
        generation_teardown(e);
        return host->fail(host, "%s", tare_error());
    }
    *fixture = e;
    return 0;
}

void generation_run(void *fixture, const struct tare_loop *loop)
{
    struct engine *e = fixture;
    for (uint64_t i = 0; i < loop->iters; i++) {
        int rc = engine_work(e);
        e->rc = rc ? rc : e->rc;
    }
    if (e->of->value != TARE_VALUE_TIME)
        tare_tell(loop, e->rc ? NAN : e->told);
}

void generation_teardown(void *fixture)
{
    struct engine *e = fixture;
    engine_close_model(e);
    if (e->made >= 0)
        close(e->made);
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
