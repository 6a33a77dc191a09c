/* `tare generate`: a model at work on text. */
#ifndef LM_CLI_GENERATE_H
#define LM_CLI_GENERATE_H

#include <lm/sampler.h>
#include <lm/session.h>
#include <lm/tokenizer.h>

#include <stdbool.h>
#include <stdint.h>

struct lm_file;
struct lm_generated;

struct generate_options {
    const char *model, *model_type, *quantize;
    const char *prompt, *perplexity;
    const char *kv, *cpu_mask;
    const char *timing_format; /* "text" or "json" */
    uint64_t max_tokens, top_k, seed, threads, ctx, warmup;
    double temperature, top_p, min_p, repeat_penalty;
    bool timing, chat, interactive, check_weights, no_mmap, help;
};

/* All that is open. */
struct engine {
    const struct generate_options *o;
    struct tare_pool *pool;
    unsigned levels;
    struct lm_file *file; /* NULL for random weights */
    struct lm_model *model;
    struct lm_tokenizer *tokenizer;
    struct lm_session *session;
    struct lm_sampler *sampler;
    int32_t *held;   /* [context] the tokens that the session holds */
    int64_t load_ns; /* all but the session */
    int64_t cold_ns; /* the first prompt after it */
};

/* A session of n_ctx tokens (at most the model's; --ctx goes first), and a sampler. */
int engine_begin(struct engine *e, size_t n_ctx);

/* TARE_EUSAGE with the offset of the first bad byte where a text is not UTF-8; `what` says whose text it is. */
int engine_check_text(const char *what, const char *text, size_t len);

int64_t engine_now_ns(void);

/* --prompt, --interactive, --perplexity. */
int generate_text(struct engine *e);
int generate_interactively(struct engine *e);
int generate_perplexity(struct engine *e);

/* Where the time and the memory went, on standard error; step_ns as in struct lm_generate. */
int print_timing(const struct engine *e, const struct lm_generated *how, const int64_t *step_ns);

#endif
