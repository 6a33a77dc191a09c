/* A model at work on a scenario. */
#ifndef BENCHES_GENERATION_ENGINE_H
#define BENCHES_GENERATION_ENGINE_H

#include <lm/session.h>

#include "benches/generation/generation.h"

struct lm_model;
struct lm_tokenizer;
struct tare_pool;

enum { MOST_NEW = 100 };

struct engine {
    const struct scenario *of;
    struct tare_pool *pool; /* NULL on one thread */
    unsigned levels;
    int made; /* the file of random weights that METRIC_load loads, without a name; -1 where there is none */
    struct lm_file *file; /* NULL for random weights */
    struct lm_model *model;
    struct lm_tokenizer *tokenizer;
    struct lm_session *session;
    struct lm_sampler *samplers[LM_MAX_SEQUENCES];
    int32_t *ids;                         /* [n_ids] the prompt */
    size_t n_ids, begin;                  /* begin: tokens of a sequence when decoding begins */
    int32_t next[LM_MAX_SEQUENCES];       /* the first tokens */
    int32_t written[MOST_NEW], n_written; /* of the first sequence, by the last run */
    int64_t step_ns[MOST_NEW];            /* when they were there */
    double told;                          /* what the metric came to, where it is not the time of the run */
    int rc;                               /* of the last run */
};

/* Opening: what the scenario names, and the session and samplers for it. Errors are those of lm. */
int engine_open_model(struct engine *e);
int engine_open_session(struct engine *e);
void engine_close_model(struct engine *e); /* all of it; fine on what is closed */
int engine_encode_text(struct engine *e);  /* the prompt of a text */

/* At work: prompts into the cache, the first tokens chosen, and the run of the metric. */
int engine_feed(struct engine *e);
int engine_choose(struct engine *e, int32_t *next);
int engine_work(struct engine *e);

#endif
