/* Choosing the next token from logits. The order is: repetition penalty, temperature, top-k, top-p, min-p, draw. */
#ifndef LM_SAMPLER_H
#define LM_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

struct lm_sampler;

/* { 0 } is greedy. */
struct lm_sampler_plan {
    double temperature; /* logits are divided by it; 0 = always the likeliest token, the first of equals */
    size_t top_k;       /* only the k likeliest; 0 = all */
    double top_p; /* the fewest likeliest that have this probability together (Holtzman et al., 2020); 0 = 1 = all */
    double min_p; /* only those with this part of the likeliest one's probability (Nguyen et al., 2024); 0 = all */
    double repeat_penalty; /* > 1: logits of tokens seen are divided by it, multiplied where negative (Keskar et al.,
                              2019); 0 = 1 = none */
    uint64_t seed;
};

/* TARE_EUSAGE with one line for a value outside its range. */
int lm_sampler_create(struct lm_sampler **out, const struct lm_sampler_plan *plan, size_t n_vocab);
void lm_sampler_free(struct lm_sampler *s);

/* Begins anew: no token was seen, and draws repeat from the seed. */
void lm_sampler_reset(struct lm_sampler *s);

/* Counts a token as seen, for the repetition penalty. */
void lm_sampler_saw(struct lm_sampler *s, int32_t id);

/* The next token, counted as seen. TARE_EPARSE when the logits hold no number to choose: the weights are damaged. */
int lm_sampler_next(struct lm_sampler *s, const float *logits, int32_t *id);

/* What lm_sampler_next draws from: tokens and probabilities that sum to 1, likeliest first where anything was cut off.
 */
struct lm_candidate {
    int32_t id;
    float p;
};
const struct lm_candidate *lm_sampler_candidates(struct lm_sampler *s, const float *logits, size_t *n);

#endif
