/* One metric of one generation, and its cases. */
#ifndef BENCHES_GENERATION_GENERATION_H
#define BENCHES_GENERATION_GENERATION_H

#include <kn/types.h>

#include <lm/config.h>
#include <lm/sampler.h>

#include <tare/bench.h>

#include <stdbool.h>

struct lm_file;

enum metric {
#define GENERATION_METRIC(name, axes, value, definition) METRIC_##name,
#include "benches/generation/metrics.def"
#undef GENERATION_METRIC
    N_METRICS
};

struct sampling {
    const char *name;
    struct lm_sampler_plan plan;
};

struct prompt_text {
    const char *name, *text;
};

/* The argument of a case: what is generated, and what of it is measured. */
struct scenario {
    enum metric metric;
    uint32_t value;    /* enum tare_value of the metric */
    const char *model; /* a configuration's name, or the path of a file */
    bool is_file;
    const char *type;               /* of the weights; "stored": as they lie in the file */
    const struct prompt_text *text; /* or NULL: */
    size_t prompt;                  /* tokens */
    size_t n_new;                   /* tokens of each sequence, the first included */
    const struct sampling *sampling;
    size_t batch, depth; /* depth: tokens in the cache before the prompt */
    enum kn_type kv;     /* of the KV cache */
    bool uncached;
    int n_threads;
};

extern const struct prompt_text generation_texts[];
extern const size_t generation_n_texts;

/* Tokens that a sequence comes to hold, for prompts of a known number of tokens. */
size_t generation_context(const struct scenario *s);

/* What the weights of a model weigh, as they are read and multiplied with. */
struct weights {
    double layer_bytes, head_bytes; /* of a pass; the output head's beside the rest */
    double row_bytes;               /* of the token embedding's row of one token */
    double layer_madds, head_madds; /* multiply-adds of a token, attention's scores aside */
    uint32_t peak;                  /* enum tare_peak of most of them */
};

/* Of a configuration with weights of `type`; of a file's own where `stored` is not NULL. */
void generation_weigh(struct weights *w, const struct lm_config *c, enum kn_type type, const struct lm_file *stored);

/* Fills work, peak and working_set of a case: tokens, and where their number is known beforehand what the algorithm
 * computes and must read and write: the weights once a pass, the keys and values of all tokens before it. */
void generation_declare(struct tare_case *c, const struct scenario *s, const struct lm_config *config,
                        const struct weights *w);

/* Resident memory of this process, now and at most since the last generation_reset_peak(), bytes; false where the
 * system does not say. */
struct resident {
    double now, peak;
};
bool generation_resident(struct resident *r);
void generation_reset_peak(void);

int generation_setup(void **fixture, const struct tare_case *c, const struct tare_host *host);
void generation_run(void *fixture, const struct tare_loop *loop);
void generation_teardown(void *fixture);
int generation_output(void *fixture, size_t index, struct tare_output *out);

#endif
