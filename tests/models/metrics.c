/* The metrics of a generation, on made-up times of tokens. */
#include <lm/generate.h>
#include <lm/metrics.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "framework/base/rng.h"
#include "tests/harness.h"

static bool near(double x, double y)
{
    return fabs(x - y) <= 1e-9 * fabs(y);
}

/* A prompt of 8 tokens done at 4 us, then tokens at 5, 7, 10, 11 and 20 us; 1 us of it choosing. */
static void metrics_are_what_their_definitions_say(void **state)
{
    (void)state;
    static const int64_t steps[] = { 5000, 7000, 10000, 11000, 20000 };
    const struct lm_generated how = { .n_tokens = 5,
                                      .n_steps = 5,
                                      .n_prompted = 8,
                                      .prompt_ns = 4000,
                                      .first_ns = 5000,
                                      .last_ns = 20000,
                                      .sample_ns = 1000 };
    struct lm_metrics m;
    assert_int_equal(lm_metrics_make(&m, &how, steps), 0);
    assert_true(near(m.ttft_ns, 5000) && near(m.e2e_ns, 20000));
    assert_true(near(m.tpot_ns, 15000 / 4.0)); /* the first token is not in it */
    assert_int_equal(m.n_gaps, 4);             /* 1, 2, 3 and 9 us */
    assert_true(near(m.itl_ns[0], 2000));
    assert_true(near(m.itl_ns[1], 9000) && near(m.itl_ns[3], 9000));
    assert_true(near(m.prefill_rate, 8 / 4e-6));
    assert_true(near(m.decode_rate, 4 / 15e-6));
    assert_true(near(m.output_rate, 5 / 20e-6));
    assert_true(near(m.sampling_share, 0.05));
}

static void too_few_tokens_leave_zeroes(void **state)
{
    (void)state;
    static const int64_t steps[] = { 700 };
    struct lm_generated how = { .n_prompted = 3, .prompt_ns = 600 };
    struct lm_metrics m;
    assert_int_equal(lm_metrics_make(&m, &how, steps), 0);
    assert_true(m.n_gaps == 0 && m.ttft_ns == 0 && m.output_rate == 0 && near(m.prefill_rate, 3 / 600e-9));
    how.n_steps = 1;
    how.first_ns = how.last_ns = 700;
    assert_int_equal(lm_metrics_make(&m, &how, steps), 0);
    assert_true(m.n_gaps == 0 && m.tpot_ns == 0 && m.decode_rate == 0 && near(m.ttft_ns, 700));
}

static int rising(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* By counting, for every candidate, how many are not above it. */
static int64_t slow_percentile(const int64_t *x, size_t n, unsigned percent)
{
    int64_t best = INT64_MAX;
    for (size_t i = 0; i < n; i++) {
        size_t below = 0;
        for (size_t k = 0; k < n; k++)
            below += x[k] <= x[i];
        if (100 * below >= n * percent && x[i] < best)
            best = x[i];
    }
    return best;
}

static void percentiles_agree_with_counting(void **state)
{
    (void)state;
    enum { MOST = 130 };
    struct tare_rng rng;
    tare_rng_seed(&rng, 7);
    for (size_t n = 1; n <= MOST; n++) {
        int64_t x[MOST];
        for (size_t i = 0; i < n; i++)
            x[i] = (int64_t)(tare_rng_u64(&rng) % 60); /* with equals among them */
        qsort(x, n, sizeof *x, rising);
        for (unsigned percent = 1; percent <= 100; percent++)
            if (lm_percentile(x, n, percent) != slow_percentile(x, n, percent))
                fail_msg("p%u of %zu values is wrong", percent, n);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(metrics_are_what_their_definitions_say),
    cmocka_unit_test(too_few_tokens_leave_zeroes),
    cmocka_unit_test(percentiles_agree_with_counting),
};

TARE_TEST_MAIN(tests)
