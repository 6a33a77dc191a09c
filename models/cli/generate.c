/* tare generate: writes on from a prompt, talks, or says how well a model foretells a text. */
#include "models/cli/generate.h"

#include <lm/file.h>
#include <lm/model.h>

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/base/pool.h"
#include "models/cli/options.h"
#include "models/tokenizer/utf8.h"

enum { MAX_THREADS = 1024, RANDOM_SEED = 1 };

int64_t engine_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static size_t cpus_allowed(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;
}

static int open_threads(struct engine *e)
{
    uint64_t n = e->o->threads ? e->o->threads : cpus_allowed();
    int rc = tare_cpu_mask(&e->levels, e->o->cpu_mask, tare_cpu_levels());
    if (!rc && n > MAX_THREADS)
        rc = tare_fail(TARE_EUSAGE, "--threads %zu: there are 1 to %d", (size_t)n, MAX_THREADS);
    return rc || n == 1 ? rc : tare_pool_create(&e->pool, (int)n, NULL);
}

/* Weights of a file, or random ones where the name is that of a configuration and no file has it. */
static int open_model(struct engine *e)
{
    const struct generate_options *o = e->o;
    const struct lm_config *random = tare_path_exists(o->model) ? NULL : lm_config_find(o->model);
    if (random) {
        enum kn_type type;
        int rc = lm_type_find(&type, o->quantize ? o->quantize : "f32");
        if (!rc)
            rc = lm_model_random(&e->model, random, type, RANDOM_SEED, e->pool);
        return rc ? rc : lm_tokenizer_plain(&e->tokenizer, random->n_vocab);
    }
    const struct lm_load how = {
        .expected = o->model_type,
        .quantize = o->quantize,
        .unmapped = o->no_mmap,
        .check_weights = o->check_weights,
        .pool = e->pool,
    };
    int rc = o->model_type ? lm_model_expect(o->model, o->model_type) : TARE_OK;
    if (!rc)
        rc = lm_file_open(&e->file, o->model);
    const char *near = rc == TARE_ENOENT && !tare_path_exists(o->model) ? lm_config_nearest(o->model) : NULL;
    if (near)
        rc = tare_fail(rc, "%s: No such file or directory: did you mean the configuration '%s'?", o->model, near);
    if (!rc)
        rc = lm_model_open(&e->model, e->file, &how);
    return rc ? rc : lm_tokenizer_open(&e->tokenizer, e->file);
}

static int kv_type(enum kn_type *type, const char *word)
{
    if (lm_type_find(type, word) || (*type != KN_TYPE_f32 && *type != KN_TYPE_f16 && *type != KN_TYPE_i8))
        return tare_fail(TARE_EUSAGE, "--kv '%s': f32, f16 and int8 are possible", word);
    return TARE_OK;
}

int engine_begin(struct engine *e, size_t n_ctx)
{
    const struct generate_options *o = e->o;
    size_t most = lm_model_config(e->model)->n_ctx;
    struct lm_session_plan plan = { .n_ctx = o->ctx         ? o->ctx
                                             : n_ctx < most ? n_ctx
                                                            : most,
                                    .levels = e->levels,
                                    .pool = e->pool };
    int rc = kv_type(&plan.kv, o->kv);
    if (!rc)
        rc = lm_session_create(&e->session, e->model, &plan);
    if (!rc && !(e->held = tare_calloc(lm_session_context(e->session), sizeof *e->held)))
        rc = TARE_ENOMEM;
    return rc;
}

int engine_check_text(const char *what, const char *text, size_t len)
{
    size_t valid = lm_utf8_valid(text, len);
    if (valid == len)
        return TARE_OK;
    return tare_fail(TARE_EUSAGE, "%s: not UTF-8: byte 0x%02X at offset %zu", what, (unsigned char)text[valid], valid);
}

/* What can be said without the model, before it is loaded. */
static int check(const struct generate_options *o)
{
    enum kn_type type;
    if (!o->model)
        return tare_fail(TARE_EUSAGE, "--model FILE is missing: a model, or the name of a configuration (tiny, small)");
    if ((o->prompt != NULL) + o->interactive + (o->perplexity != NULL) != 1)
        return tare_fail(TARE_EUSAGE, "one of --prompt TEXT, --interactive and --perplexity FILE says what to do");
    if (o->prompt && !*o->prompt)
        return tare_fail(TARE_EUSAGE, "the prompt is empty: there is nothing to go on from");
    if (!(o->top_p > 0))
        return tare_fail(TARE_EUSAGE, "top-p %g: it is above 0 and at most 1", o->top_p);
    if (!(o->repeat_penalty > 0))
        return tare_fail(TARE_EUSAGE, "repeat penalty %g: it is above 0, and 1 means none", o->repeat_penalty);
    if (strcmp(o->timing_format, "text") != 0 && strcmp(o->timing_format, "json") != 0)
        return tare_fail(TARE_EUSAGE, "--timing-format '%s': text and json are possible", o->timing_format);
    int rc = kv_type(&type, o->kv);
    return rc || !o->prompt ? rc : engine_check_text("--prompt", o->prompt, strlen(o->prompt));
}

static int make_sampler(struct lm_sampler **s, const struct engine *e, size_t n_vocab)
{
    const struct generate_options *o = e->o;
    const struct lm_sampler_plan plan = { .temperature = o->temperature,
                                          .top_k = o->top_k,
                                          .top_p = o->top_p,
                                          .min_p = o->min_p,
                                          .repeat_penalty = o->repeat_penalty,
                                          .seed = o->seed,
                                          .levels = e->levels };
    return lm_sampler_create(s, &plan, n_vocab);
}

static int run(const struct generate_options *o)
{
    struct engine e = { .o = o };
    struct lm_sampler *trial = NULL;
    int64_t start = engine_now_ns();
    int rc = check(o);
    if (!rc)
        rc = make_sampler(&trial, &e, 1); /* tells of a bad option before a large model is read */
    lm_sampler_free(trial);
    if (!rc)
        rc = open_threads(&e);
    if (!rc)
        rc = open_model(&e);
    if (!rc)
        rc = make_sampler(&e.sampler, &e, lm_model_config(e.model)->n_vocab);
    e.load_ns = engine_now_ns() - start;
    if (!rc)
        rc = (o->perplexity ? generate_perplexity : o->interactive ? generate_interactively : generate_text)(&e);
    free(e.held);
    lm_session_free(e.session);
    lm_sampler_free(e.sampler);
    lm_tokenizer_free(e.tokenizer);
    lm_model_free(e.model);
    lm_file_close(e.file);
    tare_pool_free(e.pool);
    return rc;
}

int main(int argc, char **argv)
{
    struct generate_options o = {
        .kv = "f32", .timing_format = "text", .max_tokens = 128, .top_p = 1, .repeat_penalty = 1
    };
    const struct option options[] = {
        { "--model", OPTION_TEXT, "FILE|NAME", "a model, or a configuration to fill with random weights", &o.model },
        { "--prompt", OPTION_TEXT, "TEXT", "what to go on from", &o.prompt },
        { "--interactive", OPTION_FLAG, NULL, "a prompt a line of standard input", &o.interactive },
        { "--perplexity", OPTION_TEXT, "FILE", "how well the model foretells a text", &o.perplexity },
        { "--chat", OPTION_FLAG, NULL, "prompts are messages, in the model's template", &o.chat },
        { "--max-tokens", OPTION_WHOLE, "N", "tokens to write (128)", &o.max_tokens },
        { "--temperature", OPTION_REAL, "T", "0 = always the likeliest (0)", &o.temperature },
        { "--top-k", OPTION_WHOLE, "K", "draw from the K likeliest; 0 = all (0)", &o.top_k },
        { "--top-p", OPTION_REAL, "P", "draw from the likeliest that are P probable together (1)", &o.top_p },
        { "--min-p", OPTION_REAL, "P", "draw from those at least P as probable as the likeliest (0)", &o.min_p },
        { "--repeat-penalty", OPTION_REAL, "R", "divides the logits of tokens that were there; 1 = none (1)",
          &o.repeat_penalty },
        { "--seed", OPTION_WHOLE, "S", "of the draws (0)", &o.seed },
        { "--threads", OPTION_WHOLE, "N", "as many as there are CPUs, if not given", &o.threads, 1 },
        { "--ctx", OPTION_WHOLE, "N", "tokens the KV cache holds; as many as are needed, if not given", &o.ctx, 1 },
        { "--kv", OPTION_TEXT, "f32|f16|int8", "how it holds them (f32)", &o.kv },
        { "--quantize", OPTION_TEXT, "TYPE", "turn the weights to int8, nf4, float16, q8_0, ...", &o.quantize },
        { "--no-mmap", OPTION_FLAG, NULL, "weights in huge pages of their own, not mapped: longer load, faster text",
          &o.no_mmap },
        { "--model-type", OPTION_TEXT, "llama|qwen2|gpt|phi3", "fail if the model is of another kind", &o.model_type },
        { "--check-weights", OPTION_FLAG, NULL, "look for NaN and infinities in all weights", &o.check_weights },
        { "--cpu-mask", OPTION_TEXT, "LEVEL", "kernels of no higher instruction set (ref, avx2)", &o.cpu_mask },
        { "--timing", OPTION_FLAG, NULL, "where time and memory went, on standard error", &o.timing },
        { "--timing-format", OPTION_TEXT, "text|json", "how --timing says it (text)", &o.timing_format },
        { "--warmup", OPTION_WHOLE, "N", "times to do it unseen before it counts, with --prompt (0)", &o.warmup },
        { "--help", OPTION_FLAG, NULL, "this", &o.help },
    };
    const size_t n = sizeof options / sizeof *options;
    const char *words[1];
    size_t n_words;
    signal(SIGPIPE, SIG_IGN);
    int rc = options_read(options, n, argc - 1, argv + 1, words, 0, &n_words);
    if (rc)
        return finish(rc);
    if (o.help || argc == 1) {
        FILE *out = o.help ? stdout : stderr;
        fprintf(out, "usage: tare generate --model FILE --prompt TEXT [OPTIONS]\n\n");
        options_print(out, options, n);
        return o.help ? finish(0) : 2;
    }
    return finish(run(&o));
}
