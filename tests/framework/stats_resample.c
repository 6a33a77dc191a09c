#include "framework/stats/resample.h"

#include <stdbool.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/stats/dist.h"
#include "tests/framework/stats_check.h"

static double mean_of(double *x, size_t n, void *ctx)
{
    (void)ctx;
    return tare_mean(x, n);
}

static double median_of(double *x, size_t n, void *ctx)
{
    (void)ctx;
    return tare_median(x, n);
}

static double plain_variance_of(double *x, size_t n, void *ctx)
{
    (void)ctx;
    return tare_variance(x, n) * (double)(n - 1) / (double)n;
}

/* ---- published examples ---- */

static void spatial_test_variance_has_the_intervals_of_efron_and_tibshirani(void **state)
{
    /* Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), section 14.2, spatial test, column A; table 14.2
     * gives (100.8, 233.9) and, by BCa, (115.8, 259.6) from 2,000 resamples at 90%. The values here are those of
     * R 4.2.2 from 400,000 resamples, quantiles of boot(A, ...)$t, with z0 and a by the book's formulas (a = 0.0612).
     */
    static const double a[] = { 48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6,
                                0,  33, 28, 34, 4,  32, 24, 47, 41, 24, 26, 30, 41 };
    static const struct {
        enum tare_bootstrap_kind kind;
        double confidence, lo, hi;
    } table[] = {
        { TARE_BOOTSTRAP_PERCENTILE, 0.90, 97.764719, 235.515089 },
        { TARE_BOOTSTRAP_PERCENTILE, 0.95, 86.658284, 249.360947 },
        { TARE_BOOTSTRAP_BCA, 0.90, 115.61686, 261.07101 },
        { TARE_BOOTSTRAP_BCA, 0.95, 105.51479, 278.19940 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const struct tare_bootstrap_plan plan = { table[i].kind, 100000, table[i].confidence, 51 };
        struct tare_interval got;
        assert_int_equal(tare_bootstrap(&got, a, COUNT(a), plain_variance_of, NULL, &plan), 0);
        assert_near(got.value, 171.5340237, 1e-9, i);
        assert_near(got.lo, table[i].lo, 0.01, i);
        assert_near(got.hi, table[i].hi, 0.01, i);
    }
}

/* Pairs are resampled through their indices: x holds which. */
struct schools {
    const double *lsat, *gpa;
};

static double correlation_of(double *x, size_t n, void *ctx)
{
    const struct schools *s = ctx;
    double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
    for (size_t i = 0; i < n; i++) {
        ma += s->lsat[(size_t)x[i]] / (double)n;
        mb += s->gpa[(size_t)x[i]] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        double a = s->lsat[(size_t)x[i]] - ma, b = s->gpa[(size_t)x[i]] - mb;
        aa += a * a;
        bb += b * b;
        ab += a * b;
    }
    return ab / sqrt(aa * bb);
}

static void law_school_correlation_has_the_intervals_of_efron(void **state)
{
    /* The 15 law schools of Efron (1979, 1987). Expected: R 4.2.2, as above, from 400,000 resamples; a = -0.0757. */
    static const double lsat[] = { 576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594 };
    static const double gpa[] = { 3.39, 3.30, 2.81, 3.03, 3.44, 3.07, 3.00, 3.43,
                                  3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96 };
    static const struct {
        enum tare_bootstrap_kind kind;
        double confidence, lo, hi;
    } table[] = {
        { TARE_BOOTSTRAP_PERCENTILE, 0.90, 0.52432294, 0.94739333 },
        { TARE_BOOTSTRAP_PERCENTILE, 0.95, 0.46028776, 0.96189228 },
        { TARE_BOOTSTRAP_BCA, 0.90, 0.42723360, 0.92656163 },
        { TARE_BOOTSTRAP_BCA, 0.95, 0.33047355, 0.94129472 },
    };
    struct schools schools = { lsat, gpa };
    double index[COUNT(lsat)];
    (void)state;
    for (size_t i = 0; i < COUNT(index); i++)
        index[i] = (double)i;
    for (size_t i = 0; i < COUNT(table); i++) {
        const struct tare_bootstrap_plan plan = { table[i].kind, 200000, table[i].confidence, 52 };
        struct tare_interval got;
        assert_int_equal(tare_bootstrap(&got, index, COUNT(index), correlation_of, &schools, &plan), 0);
        assert_near(got.value, 0.7763744913, 1e-9, i);
        assert_near(got.lo, table[i].lo, 0.02, i);
        assert_near(got.hi, table[i].hi, 0.003, i);
    }
}

static double mean_difference(double *x, size_t nx, double *y, size_t ny, void *ctx)
{
    (void)ctx;
    return tare_mean(x, nx) - tare_mean(y, ny);
}

static void mouse_survival_difference_has_its_percentile_interval(void **state)
{
    /* Efron and Tibshirani (1993), table 2.1: survival of treated and control mice, difference of means 30.63.
     * Expected: R 4.2.2, quantile(t, c(.025, .975)) of 400,000 pairs of resamples. */
    static const double treated[] = { 94, 197, 16, 38, 99, 141, 23 };
    static const double control[] = { 52, 104, 146, 10, 51, 30, 40, 27, 46 };
    const struct tare_bootstrap_plan plan = { .resamples = 200000, .confidence = 0.95, .seed = 53 };
    struct tare_interval got;
    (void)state;
    assert_int_equal(
        tare_bootstrap2(&got, treated, COUNT(treated), control, COUNT(control), mean_difference, NULL, &plan), 0);
    assert_near(got.value, 30.63492063, 1e-9, 0);
    assert_near(got.lo, -21.07936508, 0.02, 0);
    assert_near(got.hi, 84.12698413, 0.01, 0);
}

/* ---- resamples ---- */

/* What the statistic was given: how often each multiset of {0, 1, 2}, and whether it was in order. */
struct seen {
    size_t count[27], calls;
    bool ordered;
};

static double note(double *x, size_t n, void *ctx)
{
    struct seen *s = ctx;
    assert_int_equal(n, 3);
    s->ordered = s->ordered && x[0] <= x[1] && x[1] <= x[2];
    if (s->calls++ > 0) /* the first is the sample itself */
        s->count[(size_t)(9 * x[0] + 3 * x[1] + x[2])]++;
    x[0] = x[1] = x[2] = -1; /* it may do as it likes with its scratch */
    return (double)s->calls;
}

static void resamples_of_three_values_come_as_often_as_they_should(void **state)
{
    /* Of 27 draws each multiset has 1, 3 or 6 orders. Five standard deviations of the binomial on each side. */
    static const struct {
        size_t code, orders;
    } table[] = {
        { 0, 1 }, { 1, 3 }, { 2, 3 }, { 4, 3 }, { 5, 6 }, { 8, 3 }, { 13, 1 }, { 14, 3 }, { 17, 3 }, { 26, 1 }
    };
    const double x[] = { 2, 0, 1 };
    const struct tare_bootstrap_plan plan = { .resamples = 270000, .confidence = 0.9, .seed = 54 };
    struct seen seen = { .ordered = true };
    struct tare_interval got;
    size_t total = 0;
    (void)state;
    assert_int_equal(tare_bootstrap(&got, x, 3, note, &seen, &plan), 0);
    assert_true(seen.ordered);
    for (size_t i = 0; i < COUNT(table); i++) {
        double part = (double)table[i].orders / 27, expected = 270000 * part;
        double slack = 5 * sqrt(expected * (1 - part));
        assert_within((double)seen.count[table[i].code], expected - slack, expected + slack, i);
        total += seen.count[table[i].code];
    }
    assert_int_equal(total, 270000);
}

static double count_most(double *x, size_t n, void *ctx)
{
    size_t *most = ctx, run = 1;
    for (size_t i = 1; i < n; i++) {
        run = x[i] == x[i - 1] ? run + 1 : 1;
        *most = run > *most ? run : *most;
    }
    assert_true(x[0] >= 1 && x[n - 1] <= 8);
    return 0;
}

static void a_value_can_be_drawn_again_and_again(void **state)
{
    const double x[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    const struct tare_bootstrap_plan plan = { .resamples = 20000, .confidence = 0.9, .seed = 55 };
    struct tare_interval got;
    size_t most = 0;
    (void)state;
    assert_int_equal(tare_bootstrap(&got, x, 8, count_most, &most, &plan), 0);
    assert_within((double)most, 5, 8, 0); /* P(some value 6 times or more) is 0.0008 * 8 a resample: seen here */
}

static void a_seed_decides_the_interval(void **state)
{
    double x[50];
    struct tare_interval first, again, other;
    struct tare_rng r;
    (void)state;
    tare_rng_seed(&r, 56);
    data_fill(x, 50, &r, DATA_HEAVY);
    for (int kind = 0; kind < 2; kind++) {
        struct tare_bootstrap_plan plan = { (enum tare_bootstrap_kind)kind, 0, 0.95, 1 };
        assert_int_equal(tare_bootstrap(&first, x, 50, mean_of, NULL, &plan), 0);
        assert_int_equal(tare_bootstrap(&again, x, 50, mean_of, NULL, &plan), 0);
        plan.seed = 2;
        assert_int_equal(tare_bootstrap(&other, x, 50, mean_of, NULL, &plan), 0);
        assert_memory_equal(&first, &again, sizeof first);
        assert_true(first.value == other.value && first.lo != other.lo && first.hi != other.hi);
    }
}

/* ---- BCa from its definition ---- */

/* Keeps what the statistic gave: first the estimate, then the replicates. */
struct record {
    double given[4001];
    size_t calls;
};

static double recorded_mean(double *x, size_t n, void *ctx)
{
    struct record *r = ctx;
    double mean = tare_mean(x, n);
    if (r->calls < COUNT(r->given))
        r->given[r->calls] = mean;
    r->calls++;
    return mean;
}

/* BCa level of a mean: z0 from the replicates, a = sum d^3 / (6 (sum d^2)^1.5) with d about the mean, which is what the
 * jackknife of a mean comes to. */
static double mean_bca_level(const struct record *r, const double *x, size_t n, double level)
{
    double below = 0, squares = 0, cubes = 0;
    for (size_t i = 1; i < COUNT(r->given); i++)
        below += (r->given[i] < r->given[0]) + 0.5 * (r->given[i] == r->given[0]);
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - r->given[0];
        squares += d * d;
        cubes += d * d * d;
    }
    double z0 = tare_normal_quantile(below / (COUNT(r->given) - 1.0)), a = cubes / 6 / pow(squares, 1.5);
    double s = z0 + tare_normal_quantile(level);
    return tare_normal_cdf(z0 + s / (1 - a * s));
}

static void bca_takes_the_levels_of_its_definition(void **state)
{
    /* Up to a thousand values the jackknife leaves out one at a time; above, groups, which estimate the same a. */
    static const struct {
        size_t n;
        double tolerance;
    } table[] = { { 2, 1e-9 }, { 30, 1e-9 }, { 999, 1e-9 }, { 1000, 1e-9 }, { 2500, 0.01 } };
    struct record *record = malloc(sizeof *record);
    double x[2500];
    struct tare_rng r;
    (void)state;
    tare_rng_seed(&r, 57);
    for (size_t i = 0; i < COUNT(table); i++) {
        size_t n = table[i].n, replicates = COUNT(record->given) - 1;
        const struct tare_bootstrap_plan plan = { TARE_BOOTSTRAP_BCA, replicates, 0.95, i };
        struct tare_interval got;
        data_fill(x, n, &r, DATA_HEAVY);
        record->calls = 0;
        assert_int_equal(tare_bootstrap(&got, x, n, recorded_mean, record, &plan), 0);
        double low = mean_bca_level(record, x, n, 0.025), high = mean_bca_level(record, x, n, 0.975);
        assert_near(got.value, record->given[0], 0, i);
        tare_sort(record->given + 1, replicates);
        double width = got.hi - got.lo;
        assert_within((got.lo - tare_quantile(record->given + 1, replicates, low)) / width, -table[i].tolerance,
                      table[i].tolerance, i);
        assert_within((got.hi - tare_quantile(record->given + 1, replicates, high)) / width, -table[i].tolerance,
                      table[i].tolerance, i);
        if (n > 2) /* the levels matter: the plain ones lie elsewhere */
            assert_true(fabs(got.hi - tare_quantile(record->given + 1, replicates, 0.975)) / width > 0.02);
    }
    free(record);
}

static void bca_ends_at_the_last_replicate_where_its_level_has_none(void **state)
{
    /* One value far off makes a = 0.16; beyond z = 1 / a = 6.2 the corrected level would come round from the other
     * side. */
    double x[50];
    const struct tare_bootstrap_plan plan = { TARE_BOOTSTRAP_BCA, 2000, 1 - 1e-10, 58 };
    struct tare_interval got;
    (void)state;
    for (size_t i = 0; i < 50; i++)
        x[i] = i < 49 ? (double)i / 49 : 1000;
    assert_int_equal(tare_bootstrap(&got, x, 50, mean_of, NULL, &plan), 0);
    assert_within(got.hi, 80, 1000, 0); /* the outlier drawn four times or more */
    assert_within(got.lo, 0.3, 21, 0);
}

/* ---- little or damaged data ---- */

static double first_or_nan(double *x, size_t n, void *ctx)
{
    (void)ctx;
    return x[0] == x[n - 1] ? NAN : x[0];
}

static double always_nan(double *x, size_t n, void *ctx)
{
    (void)x;
    (void)n;
    (void)ctx;
    return NAN;
}

static void too_little_data_bounds_nothing(void **state)
{
    const double x[] = { 7, NAN, 3 }, y[] = { 1, 2, 3 };
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        const struct tare_bootstrap_plan plan = { (enum tare_bootstrap_kind)kind, 200, 0.95, 1 };
        const struct tare_bootstrap_plan certain = { (enum tare_bootstrap_kind)kind, 200, 1, 1 };
        struct tare_interval got;
        assert_int_equal(tare_bootstrap(&got, NULL, 0, mean_of, NULL, &plan), 0);
        assert_unbounded(got, NAN);
        assert_int_equal(tare_bootstrap(&got, x, 1, mean_of, NULL, &plan), 0);
        assert_unbounded(got, 7);
        assert_int_equal(tare_bootstrap(&got, x, 3, mean_of, NULL, &plan), 0);
        assert_unbounded(got, NAN);
        assert_int_equal(tare_bootstrap(&got, y, 3, always_nan, NULL, &plan), 0);
        assert_unbounded(got, NAN);
        assert_int_equal(tare_bootstrap(&got, y, 3, mean_of, NULL, &certain), 0);
        assert_unbounded(got, 2);
    }
    const struct tare_bootstrap_plan plan = { .confidence = 0.95 };
    struct tare_interval got;
    assert_int_equal(tare_bootstrap2(&got, y, 3, y, 1, mean_difference, NULL, &plan), 0);
    assert_unbounded(got, NAN);
    assert_int_equal(tare_bootstrap2(&got, NULL, 0, y, 3, mean_difference, NULL, &plan), 0);
    assert_unbounded(got, NAN);
    assert_int_equal(tare_bootstrap2(&got, y, 3, x, 3, mean_difference, NULL, &plan), 0);
    assert_unbounded(got, NAN);
}

static void equal_values_have_an_interval_without_width(void **state)
{
    const double x[] = { 4, 4, 4, 4, 4 };
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        const struct tare_bootstrap_plan plan = { (enum tare_bootstrap_kind)kind, 0, 0.95, 1 };
        struct tare_interval got;
        assert_int_equal(tare_bootstrap(&got, x, 5, median_of, NULL, &plan), 0);
        assert_true(got.value == 4 && got.lo == 4 && got.hi == 4);
    }
}

static void resamples_without_a_value_are_left_out(void **state)
{
    const double x[] = { 1, 2 }; /* half of the resamples are 1 1 or 2 2: NaN; the others give 1 */
    const struct tare_bootstrap_plan plan = { .resamples = 100, .confidence = 0.95, .seed = 5 };
    struct tare_interval got;
    (void)state;
    assert_int_equal(tare_bootstrap(&got, x, 2, first_or_nan, NULL, &plan), 0);
    assert_true(got.value == 1 && got.lo == 1 && got.hi == 1);
}

static void more_resamples_than_memory_are_refused(void **state)
{
    const double x[] = { 1, 2, 3 };
    const struct tare_bootstrap_plan plan = { .resamples = SIZE_MAX, .confidence = 0.95 };
    struct tare_interval got;
    (void)state;
    assert_int_equal(tare_bootstrap(&got, x, 3, mean_of, NULL, &plan), TARE_ENOMEM);
    assert_int_equal(tare_bootstrap2(&got, x, 3, x, 3, mean_difference, NULL, &plan), TARE_ENOMEM);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(spatial_test_variance_has_the_intervals_of_efron_and_tibshirani),
    cmocka_unit_test(law_school_correlation_has_the_intervals_of_efron),
    cmocka_unit_test(mouse_survival_difference_has_its_percentile_interval),
    cmocka_unit_test(resamples_of_three_values_come_as_often_as_they_should),
    cmocka_unit_test(a_value_can_be_drawn_again_and_again),
    cmocka_unit_test(a_seed_decides_the_interval),
    cmocka_unit_test(bca_takes_the_levels_of_its_definition),
    cmocka_unit_test(bca_ends_at_the_last_replicate_where_its_level_has_none),
    cmocka_unit_test(too_little_data_bounds_nothing),
    cmocka_unit_test(equal_values_have_an_interval_without_width),
    cmocka_unit_test(resamples_without_a_value_are_left_out),
    cmocka_unit_test(more_resamples_than_memory_are_refused),
};

TARE_TEST_MAIN(tests)
