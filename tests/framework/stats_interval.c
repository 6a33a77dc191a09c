#include "framework/stats/sample.h"

#include "framework/stats/dist.h"
#include "tests/framework/stats_check.h"

static const double dana[] = { 77,  87,  88,  114, 151, 210, 219, 246,  253, 262,
                               296, 299, 306, 376, 428, 515, 666, 1310, 2611 }; /* see stats_sample.c */
enum { DANA = COUNT(dana) };

/* Values 1, 2, ..., n, so that a bound is its own rank. The caller frees. */
static double *ranks(size_t n)
{
    double *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (double)(i + 1);
    return x;
}

static void median_bounds_have_the_ranks_of_the_binomial(void **state)
{
    /* Lower rank by R 4.2.2: qbinom((1 - confidence) / 2, n, 0.5); the upper one is its mirror image. 0: no rank. The
     * first two rows lie exactly on the edge: P(B = 0) = 2^-6 on each side. */
    static const struct {
        size_t n;
        double confidence;
        size_t rank;
    } table[] = {
        { 6, 0.96875, 1 },
        { 6, 0.97, 0 },
        { 6, 0.95, 1 },
        { 6, 0.99, 0 },
        { 7, 0.95, 1 },
        { 7, 0.99, 0 },
        { 10, 0.95, 2 },
        { 10, 0.99, 1 },
        { 15, 0.95, 4 },
        { 15, 0.99, 3 },
        { 20, 0.95, 6 },
        { 20, 0.99, 4 },
        { 50, 0.95, 18 },
        { 50, 0.99, 16 },
        { 101, 0.95, 41 },
        { 101, 0.99, 38 },
        { 300, 0.95, 133 },
        { 300, 0.99, 128 },
        { 1000, 0.95, 469 },
        { 1000, 0.99, 459 },
        { 1000000, 0.95, 499020 },
        { 1000000, 0.99, 498712 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        size_t n = table[i].n, rank = table[i].rank;
        double *x = ranks(n);
        struct tare_interval got = tare_median_interval(x, n, table[i].confidence);
        assert_near(got.value, (double)(n + 1) / 2, 0, i);
        assert_near(got.lo, rank ? (double)rank : -INFINITY, 0, i);
        assert_near(got.hi, rank ? (double)(n + 1 - rank) : INFINITY, 0, i);
        free(x);
    }
}

static void median_is_bounded_by_the_extremes_up_to_their_exact_confidence(void **state)
{
    /* All n values lie on one side of the median with a chance of 2^-n on each: the extremes serve a confidence of
     * 1 - 2^(1-n) exactly, and none above. All of these are doubles. */
    (void)state;
    for (size_t n = 2; n <= 40; n++) {
        double *x = ranks(n), miss = ldexp(1, 1 - (int)n);
        struct tare_interval got = tare_median_interval(x, n, 1 - miss);
        assert_near(got.lo, 1, 0, n);
        assert_near(got.hi, (double)n, 0, n);
        assert_unbounded(tare_median_interval(x, n, 1 - miss * 0.9995), (double)(n + 1) / 2);
        free(x);
    }
}

static void quantile_bounds_have_the_ranks_of_the_binomial(void **state)
{
    /* R 4.2.2: lo = qbinom(0.025, n, p), hi = qbinom(0.975, n, p) + 1; beyond 1..n there is no bound. */
    static const struct {
        double p;
        size_t n;
        double lo, hi;
    } table[] = {
        { 0.1, 20, -INFINITY, 6 }, { 0.1, 50, 1, 10 },      { 0.1, 500, 37, 65 },    { 0.9, 20, 15, INFINITY },
        { 0.9, 50, 41, 50 },       { 0.9, 500, 436, 464 },  { 0.25, 20, 2, 10 },     { 0.25, 50, 7, 20 },
        { 0.25, 500, 106, 145 },   { 0, 20, -INFINITY, 1 }, { 1, 20, 20, INFINITY },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        double *x = ranks(table[i].n);
        struct tare_interval got = tare_quantile_interval(x, table[i].n, table[i].p, 0.95);
        assert_near(got.lo, table[i].lo, 0, i);
        assert_near(got.hi, table[i].hi, 0, i);
        free(x);
    }
}

static void too_few_values_do_not_bound_the_median(void **state)
{
    (void)state;
    assert_unbounded(tare_median_interval(dana, 0, 0.95), NAN);
    assert_unbounded(tare_median_interval(dana, 1, 0.95), 77);
    assert_unbounded(tare_median_interval(dana, 5, 0.95), 88);
    assert_unbounded(tare_median_interval(dana, DANA, 1), 262);
    assert_unbounded(tare_median_interval(dana, DANA, NAN), 262);
}

static void equal_values_bound_the_median_at_themselves(void **state)
{
    const double x[] = { 4, 4, 4, 4, 4, 4, 4, 4 };
    struct tare_interval got = tare_median_interval(x, 8, 0.95);
    (void)state;
    assert_true(got.value == 4 && got.lo == 4 && got.hi == 4);
    got = tare_trimmed_interval(x, 8, 0.2, 0.95);
    assert_true(got.value == 4 && got.lo == 4 && got.hi == 4);
}

static void trimmed_intervals_are_yuens(void **state)
{
    /* R 4.2.2, from the definition: s <- sort(x); w <- pmin(pmax(x, s[g+1]), s[n-g]);
     * mean(x, trim) -+ qt(.5 + confidence/2, h-1) * sqrt((n-1) * var(w) / (h * (h-1))). Without trimming that is
     * t.test(x)$conf.int. */
    static const struct {
        double cut, confidence, value, lo, hi;
    } table[] = {
        { 0.2, 0.95, 282.69230769230768, 174.04176694504616, 391.34284843956920 },
        { 0.1, 0.99, 342.70588235294116, 72.132068476350412, 613.279696229531964 },
        { 0, 0.95, 448.10526315789474, 161.50303116521641, 734.70749515057310 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct tare_interval got = tare_trimmed_interval(dana, DANA, table[i].cut, table[i].confidence);
        assert_near(got.value, table[i].value, 1e-14, i);
        assert_near(got.lo, table[i].lo, 1e-12, i);
        assert_near(got.hi, table[i].hi, 1e-12, i);
    }
}

static void too_few_values_do_not_bound_the_trimmed_mean(void **state)
{
    const double wild[] = { -INFINITY, 1, 2, 3, INFINITY };
    (void)state;
    assert_unbounded(tare_trimmed_interval(dana, 0, 0.2, 0.95), NAN);
    assert_unbounded(tare_trimmed_interval(dana, 1, 0.2, 0.95), 77);
    assert_unbounded(tare_trimmed_interval(dana, 3, 0.4, 0.95), 87);
    assert_unbounded(tare_trimmed_interval(dana, DANA, 0.2, 1), 282.69230769230768);
    assert_unbounded(tare_trimmed_interval(wild, 5, 0, 0.95), NAN);
    struct tare_interval got = tare_trimmed_interval(wild, 5, 0.2, 0.95); /* the infinities are cut off */
    assert_near(got.value, 2, 1e-15, 0);
    assert_true(isfinite(got.lo) && isfinite(got.hi));
}

/* For each n the part of 20,000 samples whose interval holds the true median, against the exact coverage of its ranks:
 * P(l <= B <= n - l), B binomial(n, 1/2), summed here term by term. Four standard errors are 0.006 at most. */
static void median_intervals_cover_as_their_ranks_promise(void **state)
{
    static const struct {
        size_t n, rank;
        double confidence;
    } table[] = { { 7, 1, 0.95 }, { 15, 4, 0.95 }, { 20, 4, 0.99 }, { 50, 18, 0.95 }, { 101, 41, 0.95 } };
    enum { RUNS = 20000, MOST = 101 };
    double x[MOST];
    struct tare_rng r;
    (void)state;
    tare_rng_seed(&r, 21);
    for (size_t row = 0; row < COUNT(table); row++) {
        size_t n = table[row].n, held = 0;
        double term = pow(0.5, (double)n), exact = 0;
        for (size_t k = 0; k <= n; k++) {
            exact += k >= table[row].rank && k <= n - table[row].rank ? term : 0;
            term *= (double)(n - k) / (double)(k + 1);
        }
        assert_true(exact >= table[row].confidence);
        for (int run = 0; run < RUNS; run++) {
            for (size_t i = 0; i < n; i++)
                x[i] = exp(tare_rng_normal(&r)); /* lognormal: median 1 */
            tare_sort(x, n);
            struct tare_interval got = tare_median_interval(x, n, table[row].confidence);
            held += got.lo <= 1 && 1 <= got.hi;
        }
        assert_near((double)held / RUNS, exact, 0.0062, row);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(median_bounds_have_the_ranks_of_the_binomial),
    cmocka_unit_test(median_is_bounded_by_the_extremes_up_to_their_exact_confidence),
    cmocka_unit_test(quantile_bounds_have_the_ranks_of_the_binomial),
    cmocka_unit_test(too_few_values_do_not_bound_the_median),
    cmocka_unit_test(equal_values_bound_the_median_at_themselves),
    cmocka_unit_test(trimmed_intervals_are_yuens),
    cmocka_unit_test(too_few_values_do_not_bound_the_trimmed_mean),
    cmocka_unit_test(median_intervals_cover_as_their_ranks_promise),
};

TARE_TEST_MAIN(tests)
