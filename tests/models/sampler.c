/* Samplers against distributions worked out by sorting, and draws against their probabilities. */
#include <lm/sampler.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/rng.h"
#include "tests/harness.h"

enum { N = 700, DRAWS = 20000 };

static const struct lm_sampler_plan plans[] = {
    { .temperature = 1 },
    { .temperature = 0.7, .top_k = 40 },
    { .temperature = 1.3, .top_k = 1 },
    { .temperature = 1, .top_k = N },
    { .temperature = 1, .top_k = 5 * N },
    { .temperature = 0.8, .top_p = 0.9 },
    { .temperature = 2, .top_p = 0.5 },
    { .temperature = 1, .top_p = 1e-9 },
    { .temperature = 1, .top_p = 0.999 },
    { .temperature = 1, .min_p = 0.05 },
    { .temperature = 1, .min_p = 1 },
    { .temperature = 1.5, .top_k = 100, .top_p = 0.8, .min_p = 0.02 },
    { .temperature = 1, .repeat_penalty = 1.3 },
    { .temperature = 0.9, .top_k = 20, .repeat_penalty = 2 },
    { .temperature = 0.9, .top_p = 0.7, .repeat_penalty = 0.5 },
};
enum { N_PLANS = sizeof plans / sizeof *plans };

static const int32_t seen[] = { 3, 3, 17, 200, 699, 0 };
enum { N_SEEN = sizeof seen / sizeof *seen };

static void random_logits(float *logits, uint64_t seed, double spread)
{
    struct tare_rng rng;
    tare_rng_seed(&rng, seed);
    for (size_t i = 0; i < N; i++)
        logits[i] = (float)(spread * tare_rng_normal(&rng));
    logits[11] = logits[12] = logits[400] = logits[5]; /* equals */
}

struct entry {
    size_t id;
    double p;
};

static int likelier(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return x->p != y->p ? (x->p < y->p ? 1 : -1) : (x->id > y->id) - (x->id < y->id);
}

static void normalise(struct entry *list, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += list[i].p;
    for (size_t i = 0; i < n; i++)
        list[i].p /= sum;
}

/* The definition: everything in double, sorted. p[N] by token. */
static void exact(const struct lm_sampler_plan *plan, const float *logits, double *p)
{
    struct entry list[N];
    size_t n = N, kept = 0;
    double sum = 0;
    for (size_t i = 0; i < N; i++) {
        double x = (double)logits[i];
        for (size_t j = 0; j < N_SEEN && plan->repeat_penalty != 0; j++)
            if ((size_t)seen[j] == i) {
                x = x > 0 ? x / plan->repeat_penalty : x * plan->repeat_penalty;
                break;
            }
        list[i] = (struct entry){ i, exp(x / plan->temperature) };
    }
    qsort(list, n, sizeof *list, likelier);
    if (plan->top_k && plan->top_k < n)
        n = plan->top_k;
    normalise(list, n);
    while (plan->top_p > 0 && plan->top_p < 1 && kept < n && (kept == 0 || sum < plan->top_p))
        sum += list[kept++].p;
    n = kept ? kept : n;
    while (list[n - 1].p < plan->min_p * list[0].p * (1 - 1e-9))
        n--;
    normalise(list, n);
    memset(p, 0, N * sizeof *p);
    for (size_t i = 0; i < n; i++)
        p[list[i].id] = list[i].p;
}

static struct lm_sampler *make(const struct lm_sampler_plan *plan, uint64_t seed, unsigned levels)
{
    struct lm_sampler *s;
    struct lm_sampler_plan p = *plan;
    p.seed = seed;
    p.levels = levels;
    assert_int_equal(lm_sampler_create(&s, &p, N), 0);
    lm_sampler_see(s, seen, N_SEEN);
    return s;
}

static void check_candidates(size_t plan, uint64_t seed, unsigned levels)
{
    float logits[N];
    double p[N], got[N] = { 0 };
    const struct lm_candidate *list;
    size_t n, kept = 0;
    random_logits(logits, seed, 1 + (double)(seed % 4));
    exact(&plans[plan], logits, p);
    struct lm_sampler *s = make(&plans[plan], seed, levels);
    assert_int_equal(lm_sampler_candidates(s, logits, &list, &n), 0);
    for (size_t i = 0; i < n; i++) {
        assert_true(list[i].id >= 0 && list[i].id < N && got[list[i].id] == 0);
        got[list[i].id] = (double)list[i].p;
    }
    for (size_t i = 0; i < N; i++) {
        kept += p[i] > 0;
        if (!(fabs(got[i] - p[i]) <= 2e-6 * p[i] + 1e-7))
            fail_msg("plan %zu, seed %zu: token %zu has %g, not %g", plan, (size_t)seed, i, got[i], p[i]);
    }
    if (n != kept)
        fail_msg("plan %zu, seed %zu: %zu candidates, not %zu", plan, (size_t)seed, n, kept);
    lm_sampler_free(s);
}

static void candidates_have_the_probabilities_of_the_definition(void **state)
{
    (void)state;
    for (size_t plan = 0; plan < N_PLANS; plan++)
        for (uint64_t seed = 1; seed <= 20; seed++) {
            check_candidates(plan, seed, tare_cpu_levels());
            check_candidates(plan, seed, 0);
        }
}

/* Counts of draws with a fixed seed, within five deviations of a binomial; what is cut off is never drawn. */
static void draws_come_as_often_as_they_are_probable(void **state)
{
    (void)state;
    for (size_t plan = 0; plan < N_PLANS; plan++) {
        float logits[N];
        double p[N];
        size_t count[N] = { 0 };
        if (plans[plan].repeat_penalty != 0)
            continue; /* what is drawn changes what follows */
        random_logits(logits, 3, 2);
        exact(&plans[plan], logits, p);
        struct lm_sampler *s = make(&plans[plan], 12, tare_cpu_levels());
        for (size_t i = 0; i < DRAWS; i++) {
            int32_t id;
            assert_int_equal(lm_sampler_next(s, logits, &id), 0);
            count[id]++;
        }
        for (size_t i = 0; i < N; i++) {
            double deviation = sqrt(DRAWS * p[i] * (1 - p[i]));
            if (!(fabs((double)count[i] - DRAWS * p[i]) <= 5 * deviation + (p[i] > 0 ? 2 : 0)))
                fail_msg("plan %zu: token %zu of probability %g came %zu times", plan, i, p[i], count[i]);
        }
        lm_sampler_free(s);
    }
}

static void greedy_takes_the_first_of_the_likeliest(void **state)
{
    (void)state;
    float logits[N];
    int32_t id;
    struct lm_sampler *s = make(&(struct lm_sampler_plan){ 0 }, 0, tare_cpu_levels());
    for (size_t at = 0; at < N; at += 23) {
        random_logits(logits, at, 1);
        logits[at] = 50;
        logits[N - 1 - at / 2] = at < N - 1 - at / 2 ? 50 : -1;
        assert_int_equal(lm_sampler_next(s, logits, &id), 0);
        assert_int_equal(id, at);
    }
    lm_sampler_free(s);
    s = make(&(struct lm_sampler_plan){ .repeat_penalty = 10 }, 0, 0); /* 17 was seen: 20 / 10 < 3 */
    memset(logits, 0, sizeof logits);
    logits[17] = 20;
    logits[80] = 3;
    assert_int_equal(lm_sampler_next(s, logits, &id), 0);
    assert_int_equal(id, 80);
    assert_int_equal(lm_sampler_next(s, logits, &id), 0); /* now 80 was seen too */
    assert_int_equal(id, 17);
    lm_sampler_free(s);
}

static void a_seed_draws_the_same_again_after_a_reset(void **state)
{
    (void)state;
    float logits[N];
    int32_t first[50], id;
    size_t same = 0;
    random_logits(logits, 8, 2);
    struct lm_sampler *s = make(&plans[0], 77, 0), *other = make(&plans[0], 78, 0);
    for (size_t i = 0; i < 50; i++)
        assert_int_equal(lm_sampler_next(s, logits, &first[i]), 0);
    lm_sampler_reset(s);
    for (size_t i = 0; i < 50; i++) {
        assert_int_equal(lm_sampler_next(s, logits, &id), 0);
        assert_int_equal(id, first[i]);
        assert_int_equal(lm_sampler_next(other, logits, &id), 0);
        same += id == first[i];
    }
    assert_true(same < 25);
    lm_sampler_free(s);
    lm_sampler_free(other);
}

static void logits_that_are_no_numbers_are_an_error(void **state)
{
    (void)state;
    static const size_t places[] = { 0, 7, 350, N - 1 };
    for (size_t plan = 0; plan < N_PLANS; plan++)
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            float logits[N];
            int32_t id;
            random_logits(logits, 1, 1);
            struct lm_sampler *s = make(&plans[plan], 1, tare_cpu_levels());
            logits[places[i]] = NAN;
            assert_int_equal(lm_sampler_next(s, logits, &id), TARE_EDAMAGED);
            logits[places[i]] = INFINITY;
            assert_int_equal(lm_sampler_next(s, logits, &id), TARE_EDAMAGED);
            lm_sampler_free(s);
        }
}

static void plans_out_of_range_are_refused(void **state)
{
    (void)state;
    static const struct lm_sampler_plan wrong[] = {
        { .temperature = -0.1 },   { .temperature = NAN }, { .temperature = INFINITY },
        { .top_p = -0.5 },         { .top_p = 1.01 },      { .top_p = NAN },
        { .min_p = -1 },           { .min_p = 1.5 },       { .repeat_penalty = -1 },
        { .repeat_penalty = NAN },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct lm_sampler *s;
        assert_int_equal(lm_sampler_create(&s, &wrong[i], N), TARE_EUSAGE);
        assert_null(s);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(candidates_have_the_probabilities_of_the_definition),
    cmocka_unit_test(draws_come_as_often_as_they_are_probable),
    cmocka_unit_test(greedy_takes_the_first_of_the_likeliest),
    cmocka_unit_test(a_seed_draws_the_same_again_after_a_reset),
    cmocka_unit_test(logits_that_are_no_numbers_are_an_error),
    cmocka_unit_test(plans_out_of_range_are_refused),
};

TARE_TEST_MAIN(tests)
