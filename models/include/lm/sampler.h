/* Choosing the next token from logits. In this order: repetition penalty, temperature, top-k, top-p, min-p, draw. */
#ifndef LM_SAMPLER_H
#define LM_SAMPLER_H

#include <stddef.h>
#include <stdint.h>

struct lm_sampler;

/* { 0 } is greedy. */
struct lm_sampler_plan {
    double temperature; /* logits are divided by it; 0 = the likeliest token, the first of equals */
    size_t top_k;       /* the k likeliest; 0 = all */
    double top_p;       /* the fewest likeliest that are this probable together (Holtzman et al., 2020); 0 = 1 = all */
    double min_p;       /* those with this part of the likeliest one's probability (Nguyen et al., 2024); 0 = all */
    double repeat_penalty; /* logits of tokens seen are divided by it, multiplied where negative (Keskar et al., 2019);
                              0 = 1 = none */
    uint64_t seed;
    unsigned levels; /* which kernels may be used, as a session has it */
};

/* TARE_EUSAGE with one line for a value outside its range. */
int lm_sampler_create(struct lm_sampler **out, const struct lm_sampler_plan *plan, size_t n_vocab);
void lm_sampler_free(struct lm_sampler *s);

/* Begins anew: no token was seen, and draws repeat from the seed. */
void lm_sampler_reset(struct lm_sampler *s);

/* Counts tokens as seen, for the repetition penalty. */
void lm_sampler_see(struct lm_sampler *s, const int32_t *ids, size_t n);

/* The next token, counted as seen. TARE_EDAMAGED when a logit is no number: the weights are not what they should be. */
int lm_sampler_next(struct lm_sampler *s, const float *logits, int32_t *id);

/* What lm_sampler_next() draws from: tokens, in no order, with probabilities that sum to 1. Valid until the next call.
 */
struct lm_candidate {
    int32_t id;
    float p;
};
int lm_sampler_candidates(struct lm_sampler *s, const float *logits, const struct lm_candidate **list, size_t *n);

#endif
