/* What `tare generate` tells of a model: where time and memory go, and how well it foretells a text. */
#include <lm/config.h>
#include <lm/generate.h>
#include <lm/model.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "models/cli/generate.h"

static double ms(int64_t ns)
{
    return (double)ns / 1e6;
}

static double rate(size_t n, int64_t ns)
{
    return ns > 0 ? (double)n * 1e9 / (double)ns : 0;
}

static int rising(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The gaps between tokens, and the nearest-rank percentiles of them. */
static void print_gaps(const int64_t *step_ns, size_t n)
{
    int64_t *gaps = tare_calloc(n, sizeof *gaps);
    static const unsigned percents[] = { 50, 90, 95, 99 };
    if (!gaps)
        return;
    for (size_t i = 0; i + 1 < n; i++)
        gaps[i] = step_ns[i + 1] - step_ns[i];
    qsort(gaps, n - 1, sizeof *gaps, rising);
    fprintf(stderr, "gaps between tokens  ");
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++)
        fprintf(stderr, "%sp%u %.2f ms", i ? ", " : "", percents[i], ms(gaps[((n - 1) * percents[i] + 99) / 100 - 1]));
    fprintf(stderr, " (%zu)\n", n - 1);
    free(gaps);
}

static double mib(size_t bytes)
{
    return (double)bytes / 0x1p20;
}

static void print_memory(const struct engine *e)
{
    struct lm_session_memory memory = lm_session_memory(e->session);
    struct rusage use;
    fprintf(stderr, "memory               weights %.1f MiB, KV cache %.1f MiB (%.1f by the formula), buffers %.1f MiB",
            mib(lm_model_bytes(e->model)), mib(memory.kv_allocated), mib(memory.kv_formula), mib(memory.buffers));
    if (getrusage(RUSAGE_SELF, &use) == 0)
        fprintf(stderr, "; peak resident %.1f MiB", (double)use.ru_maxrss / 1024);
    fprintf(stderr, "\n");
}

void print_timing(const struct engine *e, const struct lm_generated *how, const int64_t *step_ns)
{
    int64_t decode_ns = how->last_ns - how->first_ns;
    fprintf(stderr, "load                 %.1f ms\n", ms(e->load_ns));
    fprintf(stderr, "prompt               %zu tokens in %.1f ms, %.1f tokens/s\n", how->n_prompted, ms(how->prompt_ns),
            rate(how->n_prompted, how->prompt_ns));
    if (how->n_steps > 0)
        fprintf(stderr, "first token          %.1f ms after the prompt was given (TTFT)\n", ms(how->first_ns));
    if (how->n_steps > 1) {
        fprintf(stderr, "tokens after it      %zu in %.1f ms, %.2f tokens/s (%.2f ms each, TPOT)\n", how->n_steps - 1,
                ms(decode_ns), rate(how->n_steps - 1, decode_ns), ms(decode_ns) / (double)(how->n_steps - 1));
        print_gaps(step_ns, how->n_steps);
        fprintf(stderr, "choosing tokens      %.2f%% of it\n", 100 * (double)how->sample_ns / (double)how->last_ns);
    }
    print_memory(e);
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
        rc = tare_fail(TARE_EDAMAGED, "the model's output is no number: look for damaged weights with --check-weights");
    if (!rc)
        printf("perplexity %.4f (%.5f nats a token, %zu tokens, windows of %zu)\n", exp(nats / (double)scored),
               nats / (double)scored, scored, lm_session_context(e->session));
    free(ids);
    free(text);
    return rc;
}
