/* Writing on: prompts through a session, token by token through samplers, with the time of each. */
#ifndef LM_GENERATE_H
#define LM_GENERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lm_sampler;
struct lm_session;

struct lm_prompt {
    const int32_t *ids;
    size_t n; /* >= 1 */
};

/* What is to be written. Sequences 0 ... n_prompts - 1 of the session are begun anew (`keep`: grow on), one a prompt.
 */
struct lm_generate {
    const struct lm_prompt *prompts; /* [n_prompts] */
    struct lm_sampler **samplers;    /* [n_prompts] */
    size_t n_prompts;
    size_t max_tokens; /* of each sequence */
    bool keep;         /* not together with uncached */
    bool uncached;     /* compute all of a sequence again for every token, as if there were no KV cache */
    /* Called with each token; false ends its sequence, and that token is not counted. */
    bool (*token)(void *ctx, size_t sequence, int32_t id);
    void *ctx;
    int64_t *step_ns; /* [max_tokens] when the tokens of each step were there, from the start; or NULL */
};

/* How it went, in nanoseconds from the start. */
struct lm_generated {
    size_t n_tokens; /* of all sequences */
    size_t n_steps;
    size_t n_prompted; /* tokens of all prompts */
    int64_t prompt_ns; /* the prompts were computed */
    int64_t first_ns;  /* the first tokens were there: TTFT without the text's encoding */
    int64_t last_ns;   /* the last were */
    int64_t sample_ns; /* spent choosing tokens, in all */
    bool filled;       /* the context ended it */
};

/* TARE_EUSAGE for a prompt that is empty, or longer than the context. */
int lm_generate(struct lm_session *s, const struct lm_generate *g, struct lm_generated *how);

#endif
