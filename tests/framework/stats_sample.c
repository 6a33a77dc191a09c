#include "framework/stats/sample.h"

#include <string.h>

#include "tests/framework/stats_check.h"

/* Self-awareness times of Dana (1990), as in Wilcox, "Introduction to Robust Estimation and Hypothesis Testing". */
static const double dana[] = { 77,  87,  88,  114, 151, 210, 219, 246,  253, 262,
                               296, 299, 306, 376, 428, 515, 666, 1310, 2611 };
enum { DANA = COUNT(dana) };

static void moments_are_those_of_r(void **state)
{
    (void)state; /* R 4.2.2: mean(x), var(x) */
    assert_near(tare_mean(dana, DANA), 448.10526315789474, 1e-15, 0);
    assert_near(tare_variance(dana, DANA), 353584.21052631579, 1e-14, 0);
    assert_near(tare_variance(dana, 1), 0, 0, 0);
    assert_true(isnan(tare_mean(dana, 0)) && isnan(tare_variance(dana, 0)));
}

static void moments_keep_their_digits_on_a_large_offset(void **state)
{
    const double x[] = { 1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16 }; /* mean 1e9 + 10, squares 36 + 9 + 9 + 36 = 90 */
    const double huge[] = { 1.5e308, 1.5e308, 1.5e308 };
    (void)state;
    assert_near(tare_mean(x, 4), 1e9 + 10, 0, 0);
    assert_near(tare_variance(x, 4), 30, 1e-12, 0);
    assert_near(tare_mean(huge, 3), 1.5e308, 0, 0);
}

static void quantiles_are_those_of_r(void **state)
{
    /* R 4.2.2: quantile(x, p, type = 7) */
    static const struct {
        double p, value;
    } table[] = {
        { 0, 77 },      { 0.05, 86 },      { 0.1, 87.8 }, { 0.25, 180.5 }, { 0.333, 218.946 }, { 0.5, 262 },
        { 0.9, 794.8 }, { 0.99, 2376.82 }, { 1, 2611 },   { -3, 77 },      { 7, 2611 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_near(tare_quantile(dana, DANA, table[i].p), table[i].value, 1e-14, i);
    assert_true(isnan(tare_quantile(dana, DANA, NAN)) && isnan(tare_quantile(dana, 0, 0.5)));
    assert_near(tare_quantile(dana, 1, 0.7), 77, 0, 0);
}

static void quantiles_survive_infinite_and_extreme_values(void **state)
{
    const double x[] = { -INFINITY, -INFINITY, 0, 1.7e308, INFINITY };
    const double wide[] = { -1.7e308, 1.7e308 };
    (void)state;
    assert_near(tare_quantile(x, 5, 0.1), -INFINITY, 0, 0);
    assert_near(tare_quantile(x, 5, 0.5), 0, 0, 0);
    assert_near(tare_quantile(x, 5, 0.9), INFINITY, 0, 0);
    assert_near(tare_median(wide, 2), 0, 0, 0);
    assert_near(tare_quantile(wide, 2, 0.75), 0.85e308, 1e-15, 0);
}

static void median_is_the_half_quantile(void **state)
{
    (void)state;
    for (size_t n = 1; n <= DANA; n++)
        assert_near(tare_median(dana, n), tare_quantile(dana, n, 0.5), 1e-15, n);
    assert_true(isnan(tare_median(dana, 0)));
}

static void sorting_orders_values_and_puts_nan_last(void **state)
{
    double x[] = { 3, NAN, -INFINITY, 3, -0.5, INFINITY, NAN, 1e-310 };
    const double expected[] = { -INFINITY, -0.5, 1e-310, 3, 3, INFINITY, NAN, NAN };
    (void)state;
    assert_int_equal(tare_not_finite(x, COUNT(x)), 4);
    tare_sort(x, COUNT(x));
    for (size_t i = 0; i < COUNT(x); i++)
        assert_near(x[i], expected[i], 0, i);
    tare_sort(NULL, 0);
    assert_int_equal(tare_not_finite(NULL, 0), 0);
}

/* MAD as its definition says: sort the absolute deviations. */
static double slow_mad(const double *sorted, size_t n, double *work)
{
    for (size_t i = 0; i < n; i++)
        work[i] = fabs(sorted[i] - tare_median(sorted, n));
    tare_sort(work, n);
    return 1.4826 * tare_median(work, n);
}

static void mad_is_the_median_of_sorted_deviations(void **state)
{
    enum { MOST = 90 };
    double x[MOST], work[MOST], slow[MOST];
    struct tare_rng r;
    (void)state;
    assert_near(tare_mad(dana, DANA, work), 169.0164, 1e-15, 0); /* R 4.2.2: mad(x) */
    tare_rng_seed(&r, 11);
    for (int kind = 0; kind < DATA_KINDS; kind++)
        for (size_t n = 1; n <= MOST; n++) {
            data_fill(x, n, &r, (enum data_kind)kind);
            tare_sort(x, n);
            assert_near(tare_mad(x, n, work), slow_mad(x, n, slow), 0, n);
        }
    assert_true(isnan(tare_mad(x, 0, work)));
}

static void trimmed_means_are_those_of_r(void **state)
{
    /* R 4.2.2: mean(x, trim = cut) */
    static const struct {
        double cut, value;
    } table[] = {
        { 0, 448.10526315789474 },
        { 0.1, 342.70588235294116 },
        { 0.2, 282.69230769230768 },
        { 0.25, 276.90909090909093 },
        { 0.499, 262 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_near(tare_trimmed_mean(dana, DANA, table[i].cut), table[i].value, 1e-15, i);
    assert_near(tare_trimmed_mean(dana, 1, 0.4), 77, 0, 0);
    assert_near(tare_trimmed_mean(dana, 2, 0.4), 82, 0, 0);
}

/* Hodges-Lehmann as its definition says: all means of two values, sorted. */
static double slow_hodges_lehmann(const double *x, size_t n)
{
    size_t m = 0;
    double *means = malloc(n * (n + 1) / 2 * sizeof *means);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            means[m++] = 0.5 * x[i] + 0.5 * x[j];
    tare_sort(means, m);
    double value = tare_median(means, m);
    free(means);
    return value;
}

static void hodges_lehmann_is_the_median_of_all_pairs(void **state)
{
    enum { MOST = 70 };
    double x[MOST];
    struct tare_rng r;
    (void)state;
    assert_near(tare_hodges_lehmann(dana, DANA), 291.25, 0, 0); /* R 4.2.2: wilcox.test(x, conf.int = TRUE)$estimate */
    tare_rng_seed(&r, 12);
    for (int kind = 0; kind < DATA_KINDS; kind++)
        for (size_t n = 1; n <= MOST; n++)
            for (double shift = -100; shift <= 0; shift += 50) { /* to and over zero too */
                data_fill(x, n, &r, (enum data_kind)kind);
                for (size_t i = 0; i < n; i++)
                    x[i] += shift;
                tare_sort(x, n);
                assert_near(tare_hodges_lehmann(x, n), slow_hodges_lehmann(x, n), 0, n);
            }
}

static void hodges_lehmann_keeps_its_footing_on_odd_data(void **state)
{
    static const struct {
        double x[5];
        size_t n;
        double value;
    } table[] = {
        { { 0 }, 0, NAN },
        { { 3 }, 1, 3 },
        { { 3, INFINITY }, 2, NAN },
        { { -INFINITY, 3 }, 2, NAN },
        { { -1.7e308, 1.7e308 }, 2, 0 },
        { { 1.7e308, 1.7e308, 1.7e308 }, 3, 1.7e308 },
        { { -0.0, 0.0, 0.0 }, 3, 0 },
        { { -5e-324, 0, 0, 0, 1e300 }, 5, 0 },
        { { -1e300, -1e-300, 1e-300, 1, 1e300 }, 5, 1e-300 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_near(tare_hodges_lehmann(table[i].x, table[i].n), table[i].value, 1e-15, i);
}

static void hodges_lehmann_of_a_million_values_is_found(void **state)
{
    enum { N = 1000001 };
    double *x = malloc(N * sizeof *x);
    (void)state;
    for (size_t i = 0; i < N; i++)
        x[i] = (double)i; /* symmetric: the estimate is the centre; the number of pairs passes 2^38 */
    assert_near(tare_hodges_lehmann(x, N), 500000, 0, 0);
    free(x);
}

static void fences_stand_off_the_quartiles(void **state)
{
    /* Quartiles 180.5 and 402 of R's quantile(x, c(.25, .75)): the range is 221.5. */
    struct tare_fences f = tare_tukey_fences(dana, DANA);
    const double equal[] = { 5, 5, 5, 5 };
    (void)state;
    assert_near(f.severe_lo, 180.5 - 664.5, 1e-14, 0);
    assert_near(f.mild_lo, 180.5 - 332.25, 1e-14, 0);
    assert_near(f.mild_hi, 402 + 332.25, 1e-14, 0);
    assert_near(f.severe_hi, 402 + 664.5, 1e-14, 0);
    f = tare_tukey_fences(equal, 4);
    assert_true(f.severe_lo == 5 && f.mild_lo == 5 && f.mild_hi == 5 && f.severe_hi == 5);
}

static void autocorrelation_is_that_of_r(void **state)
{
    /* R 4.2.2: acf(lh, plot = FALSE); lh is the luteinizing hormone series of Diggle (1990). */
    static const double lh[] = { 2.4, 2.4, 2.4, 2.2, 2.1, 1.5, 2.3, 2.3, 2.5, 2.0, 1.9, 1.7, 2.2, 1.8, 3.2, 3.2,
                                 2.7, 2.2, 2.2, 1.9, 1.9, 1.8, 2.7, 3.0, 2.3, 2.0, 2.0, 2.9, 2.9, 2.7, 2.7, 2.3,
                                 2.6, 2.4, 1.8, 1.7, 1.5, 1.4, 2.1, 3.3, 3.5, 3.5, 3.1, 2.6, 2.1, 3.4, 3.0, 2.9 };
    static const double expected[] = { 1, 0.57552447552447550, 0.18181818181818182, -0.14475524475524471,
                                       -0.17482517482517487 };
    const double equal[] = { 4, 4, 4 };
    (void)state;
    for (size_t lag = 0; lag < COUNT(expected); lag++)
        assert_near(tare_autocorrelation(lh, COUNT(lh), lag), expected[lag], 1e-13, lag);
    assert_near(tare_autocorrelation(lh, COUNT(lh), COUNT(lh)), 0, 0, 0);
    assert_near(tare_autocorrelation(equal, 3, 1), 0, 0, 0);
    assert_near(tare_autocorrelation(equal, 0, 0), 0, 0, 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(moments_are_those_of_r),
    cmocka_unit_test(moments_keep_their_digits_on_a_large_offset),
    cmocka_unit_test(quantiles_are_those_of_r),
    cmocka_unit_test(quantiles_survive_infinite_and_extreme_values),
    cmocka_unit_test(median_is_the_half_quantile),
    cmocka_unit_test(sorting_orders_values_and_puts_nan_last),
    cmocka_unit_test(mad_is_the_median_of_sorted_deviations),
    cmocka_unit_test(trimmed_means_are_those_of_r),
    cmocka_unit_test(hodges_lehmann_is_the_median_of_all_pairs),
    cmocka_unit_test(hodges_lehmann_keeps_its_footing_on_odd_data),
    cmocka_unit_test(hodges_lehmann_of_a_million_values_is_found),
    cmocka_unit_test(fences_stand_off_the_quartiles),
    cmocka_unit_test(autocorrelation_is_that_of_r),
};

TARE_TEST_MAIN(tests)
