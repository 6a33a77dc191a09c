/* What the times of a generation's tokens say, by the definitions that reports print. */
#ifndef LM_METRICS_H
#define LM_METRICS_H

#include <stddef.h>
#include <stdint.h>

struct lm_generated;

enum { LM_N_PERCENTS = 4 };
extern const unsigned lm_percents[LM_N_PERCENTS]; /* 50, 90, 95, 99 */

/* Nanoseconds and tokens a second, of one sequence; 0 where there are too few tokens to tell. */
struct lm_metrics {
    double ttft_ns; /* prompt given -> first token chosen */
    double e2e_ns;  /* prompt given -> last token */
    double tpot_ns; /* (e2e - TTFT) / (tokens - 1) */
    size_t n_gaps;
    double itl_ns[LM_N_PERCENTS]; /* gaps between successive tokens, pooled: nearest-rank percentiles */
    double prefill_rate;          /* prompt tokens over the time of computing them */
    double decode_rate;           /* tokens after the first over the time from the first to the last */
    double output_rate;           /* all tokens over e2e */
    double sampling_share;        /* of e2e, spent choosing tokens */
};

/* step_ns is [how->n_steps]: when each token was there, rising, as lm_generate() leaves it. TARE_ENOMEM. */
int lm_metrics_make(struct lm_metrics *m, const struct lm_generated *how, const int64_t *step_ns);

/* The least of n >= 1 rising values that at least `percent` (1 to 100) of them do not exceed (nearest rank). */
int64_t lm_percentile(const int64_t *rising, size_t n, unsigned percent);

#endif
