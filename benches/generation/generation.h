/* One metric of one generation, and its cases. */
#ifndef BENCHES_GENERATION_GENERATION_H
#define BENCHES_GENERATION_GENERATION_H

#include <kn/types.h>

#include <lm/sampler.h>

#include <tare/bench.h>

#include <stdbool.h>

enum metric {
#define GENERATION_METRIC(name, axes, definition) METRIC_##name,
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

/* The argument of a case: what is generated, and what of it is timed. */
struct scenario {
    enum metric metric;
    const char *model; /* a configuration's name, or the path of a file */
    bool is_file;
    const char *type;               /* of the weights; "stored": as they lie in the file */
    const struct prompt_text *text; /* or NULL: */
    size_t prompt;                  /* tokens */
    size_t n_new;                   /* tokens of each sequence, the first included */
    const struct sampling *sampling;
    size_t batch, depth; /* depth: tokens in the cache before the prompt */
    bool uncached;
    int n_threads;
};

extern const struct prompt_text generation_texts[];
extern const size_t generation_n_texts;

/* Tokens that a sequence comes to hold, for prompts of a known number of tokens. */
size_t generation_context(const struct scenario *s);

int generation_setup(void **fixture, const struct tare_case *c, const struct tare_host *host);
void generation_run(void *fixture, const struct tare_loop *loop);
void generation_teardown(void *fixture);
int generation_output(void *fixture, size_t index, struct tare_output *out);

#endif
