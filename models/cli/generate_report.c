/* What `tare generate` tells of a model: where time and memory go, and how well it foretells a text. */
#include <lm/config.h>
#include <lm/generate.h>
#include <lm/metrics.h>
#include <lm/model.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "models/arch/memory.h"
#include "models/cli/generate.h"

static double ms(int64_t ns)
{
    return (double)ns / 1e6;
}

/* The gaps between tokens, and the nearest-rank percentiles of them. */
static void print_gaps(const struct lm_metrics *m)
{
    fprintf(stderr, "gaps between tokens  ");
    for (size_t i = 0; i < LM_N_PERCENTS; i++)
        fprintf(stderr, "%sp%u %.2f ms", i ? ", " : "", lm_percents[i], m->itl_ns[i] / 1e6);
    fprintf(stderr, " (%zu)\n", m->n_gaps);
}

static double mib(size_t bytes)
{
    return (double)bytes / 0x1p20;
}

static void print_memory(const struct engine *e)
{
    struct lm_session_memory memory = lm_session_memory(e->session);
    struct rusage use;
    const char *how = !e->file || e->o->quantize ? "" : lm_model_is_mapped(e->model) ? " (mapped)" : " (copied)";
    fprintf(stderr,
            "memory               weights %.1f MiB%s, KV cache %.1f MiB (%.1f by the formula), buffers %.1f MiB",
            mib(lm_model_bytes(e->model)), how, mib(memory.kv_allocated), mib(memory.kv_formula), mib(memory.buffers));
    if (getrusage(RUSAGE_SELF, &use) == 0)
        fprintf(stderr, "; peak resident %.1f MiB", (double)use.ru_maxrss / 1024);
    fprintf(stderr, ", %.1f MiB in huge pages\n", mib(lm_memory_huge()));
}

/* What --warmup spared: the first evaluation after the load, over the one that counts. 0 without one. */
static double warmup_gain(const struct engine *e, const struct lm_generated *how)
{
    return e->o->warmup && how->prompt_ns > 0 ? (double)e->cold_ns / (double)how->prompt_ns : 0;
}

static void print_text(const struct engine *e, const struct lm_generated *how, const struct lm_metrics *m)
{
    fprintf(stderr, "load                 %.1f ms\n", ms(e->load_ns));
    if (e->o->warmup)
        fprintf(stderr, "cold start           %.1f ms for the prompt after the load, %.2f times as long as warm\n",
                ms(e->cold_ns), warmup_gain(e, how));
    fprintf(stderr, "prompt               %zu tokens in %.1f ms, %.1f tokens/s\n", how->n_prompted, ms(how->prompt_ns),
            m->prefill_rate);
    if (how->n_steps > 0)
        fprintf(stderr, "first token          %.1f ms after the prompt was given (TTFT)\n", ms(how->first_ns));
    if (m->n_gaps > 0) {
        fprintf(stderr, "tokens after it      %zu in %.1f ms, %.2f tokens/s (%.2f ms each, TPOT)\n", m->n_gaps,
                (m->e2e_ns - m->ttft_ns) / 1e6, m->decode_rate, m->tpot_ns / 1e6);
        print_gaps(m);
        fprintf(stderr, "choosing tokens      %.2f%% of it\n", 100 * m->sampling_share);
    }
    print_memory(e);
}

/* One object on one line; what there is too little to tell of is null. */
static void print_json(const struct engine *e, const struct lm_generated *how, const struct lm_metrics *m)
{
    struct lm_session_memory memory = lm_session_memory(e->session);
    struct rusage use = { 0 };
    getrusage(RUSAGE_SELF, &use);
    const struct {
        const char *name;
        double value;
        bool known;
    } fields[] = {
        { "load_ms", ms(e->load_ns), true },
        { "cold_start_ms", ms(e->cold_ns), true },
        { "warmup_gain", warmup_gain(e, how), e->o->warmup > 0 },
        { "prompt_tokens", (double)how->n_prompted, true },
        { "prompt_ms", ms(how->prompt_ns), true },
        { "prefill_tokens_per_s", m->prefill_rate, true },
        { "output_tokens", (double)how->n_steps, true },
        { "ttft_ms", m->ttft_ns / 1e6, how->n_steps > 0 },
        { "e2e_ms", m->e2e_ns / 1e6, how->n_steps > 0 },
        { "output_tokens_per_s", m->output_rate, how->n_steps > 0 },
        { "sampling_share", m->sampling_share, how->n_steps > 0 },
        { "tpot_ms", m->tpot_ns / 1e6, m->n_gaps > 0 },
        { "decode_tokens_per_s", m->decode_rate, m->n_gaps > 0 },
        { "itl_samples", (double)m->n_gaps, true },
        { "itl_p50_ms", m->itl_ns[0] / 1e6, m->n_gaps > 0 },
        { "itl_p90_ms", m->itl_ns[1] / 1e6, m->n_gaps > 0 },
        { "itl_p95_ms", m->itl_ns[2] / 1e6, m->n_gaps > 0 },
        { "itl_p99_ms", m->itl_ns[3] / 1e6, m->n_gaps > 0 },
        { "model_bytes", (double)lm_model_bytes(e->model), true },
        { "kv_formula_bytes", (double)memory.kv_formula, true },
        { "kv_allocated_bytes", (double)memory.kv_allocated, true },
        { "buffer_bytes", (double)memory.buffers, true },
        { "huge_page_bytes", (double)lm_memory_huge(), true },
        { "peak_resident_bytes", (double)use.ru_maxrss * 1024, use.ru_maxrss > 0 },
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        fprintf(stderr, "%s\"%s\": ", i ? ", " : "{", fields[i].name);
        if (fields[i].known)
            fprintf(stderr, "%.12g", fields[i].value);
        else
            fprintf(stderr, "null");
    }
    fprintf(stderr, "}\n");
}

int print_timing(const struct engine *e, const struct lm_generated *how, const int64_t *step_ns)
{
    struct lm_metrics m;
    int rc = lm_metrics_make(&m, how, step_ns);
    if (!rc)
        (strcmp(e->o->timing_format, "json") == 0 ? print_json : print_text)(e, how, &m);
    return rc;
}

/* Windows as long as the context, each with the beginning of a text before it where the vocabulary has one. */
static int score_windows(struct engine *e, const int32_t *ids, size_t n, double *nats, size_t *scored)
{
    int32_t bos = lm_tokenizer_adds_bos(e->tokenizer) ? lm_tokenizer_bos(e->tokenizer) : LM_NO_TOKEN;
    size_t room = lm_session_context(e->session) - (bos != LM_NO_TOKEN);
    int rc = TARE_OK;
    for (size_t at = 0, part; at < n && !rc; at += part) {
        part = n - at < room ? n - at : room;
        lm_session_cut(e->session, 0, 0);
        if (bos != LM_NO_TOKEN)
            rc = lm_session_feed(e->session, 0, &bos, 1);
        if (!rc)
            rc = lm_session_score(e->session, 0, ids + at, part, nats, NULL, NULL);
        *scored += part - (bos == LM_NO_TOKEN);
    }
    return rc;
}

int generate_perplexity(struct engine *e)
{
    char *text = NULL;
    size_t len, n, scored = 0;
    int32_t *ids = NULL;
    double nats = 0;
    int rc = tare_file_read(&text, &len, e->o->perplexity, 0);
    if (!rc)
        rc = engine_check_text(e->o->perplexity, text, len);
    if (!rc)
        rc = lm_encode(e->tokenizer, text, len, 0, &ids, &n);
    if (!rc && n < 2)
        rc = tare_fail(TARE_EUSAGE, "%s: %zu tokens are too few for a perplexity", e->o->perplexity, n);
    if (!rc)
        rc = engine_begin(e, lm_model_config(e->model)->n_ctx < 2048 ? lm_model_config(e->model)->n_ctx : 2048);
    if (!rc && lm_session_context(e->session) < 2)
        rc = tare_fail(TARE_EUSAGE, "a context of one token foretells nothing");
    if (!rc)
        rc = score_windows(e, ids, n, &nats, &scored);
    if (!rc && !(nats - nats == 0))
        rc = tare_fail(TARE_EDAMAGED,
                       "%s: the model's output is no number: look for damaged weights with --check-weights",
                       e->o->model);
    if (!rc)
        printf("perplexity %.4f (%.5f nats a token, %zu tokens, windows of %zu)\n", exp(nats / (double)scored),
               nats / (double)scored, scored, lm_session_context(e->session));
    free(ids);
    free(text);
    return rc;
}
