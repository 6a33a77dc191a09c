#include <lm/metrics.h>

#include <lm/generate.h>

#include <stdlib.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"

const unsigned lm_percents[LM_N_PERCENTS] = { 50, 90, 95, 99 };

static int rising(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t lm_percentile(const int64_t *values, size_t n, unsigned percent)
{
    return values[(n * percent + 99) / 100 - 1];
}

static double rate(size_t n, double ns)
{
    return ns > 0 ? (double)n * 1e9 / ns : 0;
}

int lm_metrics_make(struct lm_metrics *m, const struct lm_generated *how, const int64_t *step_ns)
{
    size_t n = how->n_steps, n_gaps = n > 1 ? n - 1 : 0;
    *m = (struct lm_metrics){ .n_gaps = n_gaps, .prefill_rate = rate(how->n_prompted, (double)how->prompt_ns) };
    if (n == 0)
        return TARE_OK;
    m->ttft_ns = (double)how->first_ns;
    m->e2e_ns = (double)how->last_ns;
    m->output_rate = rate(n, m->e2e_ns);
    m->sampling_share = m->e2e_ns > 0 ? (double)how->sample_ns / m->e2e_ns : 0;
    if (n_gaps == 0)
        return TARE_OK;
    m->tpot_ns = (m->e2e_ns - m->ttft_ns) / (double)n_gaps;
    m->decode_rate = rate(n_gaps, m->e2e_ns - m->ttft_ns);
    int64_t *gaps = tare_calloc(n_gaps, sizeof *gaps);
    if (!gaps)
        return TARE_ENOMEM;
    for (size_t i = 0; i < n_gaps; i++)
        gaps[i] = step_ns[i + 1] - step_ns[i];
    qsort(gaps, n_gaps, sizeof *gaps, rising);
    for (size_t i = 0; i < LM_N_PERCENTS; i++)
        m->itl_ns[i] = (double)lm_percentile(gaps, n_gaps, lm_percents[i]);
    free(gaps);
    return TARE_OK;
}
