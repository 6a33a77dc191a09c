/* Density, straight lines, trends. */
#include "framework/stats/density.h"
#include "framework/stats/regression.h"

#include "tests/framework/stats_check.h"

static const double dana[] = { 77,  87,  88,  114, 151, 210, 219, 246,  253, 262,
                               296, 299, 306, 376, 428, 515, 666, 1310, 2611 }; /* see stats_sample.c */
enum { DANA = COUNT(dana) };

static void bandwidth_is_that_of_r(void **state)
{
    const double equal[] = { 2, 2, 2 };
    /* Quartiles equal, so that the deviation decides: one 4 and eight 0 have variance 16/9. */
    const double tied[] = { 0, 0, 0, 0, 0, 0, 0, 0, 4 };
    (void)state;
    assert_near(tare_kde_bandwidth(dana, DANA), 82.558296168904789, 1e-14, 0); /* R 4.2.2: bw.nrd0(x) */
    assert_near(tare_kde_bandwidth(tied, 9), 0.9 * (4. / 3) * pow(9, -0.2), 1e-14, 0);
    assert_near(tare_kde_bandwidth(equal, 3), 0, 0, 0);
    assert_near(tare_kde_bandwidth(dana, 1), 0, 0, 0);
    assert_near(tare_kde_bandwidth(dana, 0), 0, 0, 0);
}

static void density_is_that_of_r(void **state)
{
    /* R 4.2.2: sapply(seq(-200, 2800, length.out = 7), function(a) mean(dnorm(a, x, bw.nrd0(x)))) */
    static const double expected[] = { 2.3133349124630280e-06, 2.0566285668085827e-03, 6.8796929775299690e-05,
                                       2.5247003371992862e-04, 5.7021276547258677e-12, 2.1084155216867615e-07,
                                       1.8507957096032932e-05 };
    double out[COUNT(expected)];
    (void)state;
    tare_kde(out, COUNT(out), -200, 2800, dana, DANA, 82.558296168904789);
    for (size_t i = 0; i < COUNT(out); i++)
        assert_near(out[i], expected[i], 1e-10, i);
}

static void density_integrates_to_one(void **state)
{
    enum { POINTS = 2001 };
    double out[POINTS], sum = 0, bandwidth = tare_kde_bandwidth(dana, DANA);
    (void)state;
    tare_kde(out, POINTS, -1000, 4000, dana, DANA, bandwidth);
    for (size_t i = 0; i < POINTS; i++)
        sum += out[i] * 5000 / (POINTS - 1);
    assert_near(sum, 1, 1e-9, 0);
}

static void density_without_data_or_width_is_zero(void **state)
{
    static const struct {
        size_t n;
        double bandwidth;
    } table[] = { { 0, 1 }, { DANA, 0 }, { DANA, NAN }, { DANA, -1 } };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        double out[3] = { 9, 9, 9 };
        tare_kde(out, 3, 0, 100, dana, table[i].n, table[i].bandwidth);
        assert_true(out[0] == 0 && out[1] == 0 && out[2] == 0);
    }
    double one;
    tare_kde(&one, 1, 77, 500, dana, 1, 2);
    assert_near(one, 0.3989422804014327 / 2, 1e-15, 0); /* one value, at its own place: 1 / (2 sqrt(2 pi)) */
}

/* Stopping distances of Ezekiel (1930): R's data set cars. */
static const double speed[] = { 4,  4,  7,  7,  8,  9,  10, 10, 10, 11, 11, 12, 12, 12, 12, 13, 13,
                                13, 13, 14, 14, 14, 14, 15, 15, 15, 16, 16, 17, 17, 17, 18, 18, 18,
                                18, 19, 19, 19, 20, 20, 20, 20, 20, 22, 23, 24, 24, 24, 24, 25 };
static const double dist[] = { 2,  10, 4,  22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28,  26, 34,
                               34, 46, 26, 36, 60, 80, 20, 26, 54, 32, 40, 32, 40, 50, 42,  56, 76,
                               84, 36, 46, 68, 32, 48, 52, 56, 64, 66, 54, 70, 92, 93, 120, 85 };

static void lines_are_those_of_r(void **state)
{
    /* R 4.2.2: m <- lm(dist ~ speed, cars); coef(m), confint(m, level), summary(m)$r.squared */
    static const struct {
        double confidence, slope[2], intercept[2];
    } table[] = {
        { 0.95, { 3.096964328140321, 4.7678531901078500 }, { -31.167849602388582, -3.9903401786332076 } },
        { 0.99, { 2.8179187163250869, 5.04689880192308404 }, { -35.7066103287219718, 0.54842054770018223 } },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct tare_line line = tare_regress(speed, dist, COUNT(speed), table[i].confidence);
        assert_near(line.slope.value, 3.9324087591240855, 1e-13, i);
        assert_near(line.slope.lo, table[i].slope[0], 1e-11, i);
        assert_near(line.slope.hi, table[i].slope[1], 1e-11, i);
        assert_near(line.intercept.value, -17.5790948905108948, 1e-13, i);
        assert_near(line.intercept.lo, table[i].intercept[0], 1e-11, i);
        assert_near(line.intercept.hi, table[i].intercept[1], 1e-11, i);
        assert_near(line.r2, 0.65107938075825089, 1e-13, i);
    }
    /* R 4.2.2: coef(lm(dist ~ speed - 1, cars)) */
    assert_near(tare_slope_origin(speed, dist, COUNT(speed)), 2.9091321439371018, 1e-14, 0);
}

static void lines_through_exact_points_have_no_width(void **state)
{
    const double x[] = { 1, 2, 4, 8 }, y[] = { 5, 7, 11, 19 }, level[] = { 6, 6, 6, 6 };
    struct tare_line line = tare_regress(x, y, 4, 0.99);
    (void)state;
    assert_near(line.slope.value, 2, 1e-15, 0);
    assert_near(line.slope.lo, 2, 1e-12, 0);
    assert_near(line.intercept.hi, 3, 1e-12, 0);
    assert_near(line.r2, 1, 1e-15, 0);
    line = tare_regress(x, level, 4, 0.99);
    assert_true(line.slope.value == 0 && line.intercept.lo == 6 && line.r2 == 1);
}

static void lines_without_a_direction_are_nan(void **state)
{
    const double same[] = { 3, 3, 3, 3 }, x[] = { 1, 2, 3, 4 }, y[] = { 1, 2, 2, 5 }, hole[] = { 1, NAN, 3, 4 };
    const struct tare_line table[] = {
        tare_regress(same, y, 4, 0.95), tare_regress(x, y, 2, 0.95),    tare_regress(x, y, 0, 0.95),
        tare_regress(hole, y, 4, 0.95), tare_regress(x, hole, 4, 0.95),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_true(isnan(table[i].slope.value) && isnan(table[i].slope.lo) && isnan(table[i].slope.hi) &&
                    isnan(table[i].intercept.value) && isnan(table[i].intercept.lo) && isnan(table[i].r2));
    assert_true(isnan(tare_slope_origin(x, y, 0)));
}

static void falling_trends_are_those_of_r(void **state)
{
    /* R 4.2.2: cor.test(y, seq_along(y), method = "kendall", exact = FALSE, continuity = TRUE,
     * alternative = "less")$p.value. */
    static const struct {
        double y[11];
        size_t n;
        double p;
    } table[] = {
        { { 5, 3, 4, 4, 2, 3, 1, 2, 1, 1 }, 10, 0.0029093103773421467 },
        { { 1, 2, 3, 4, 5, 6, 7, 8 }, 8, 0.99958168643444034 },
        { { 8, 7, 6, 5, 4, 3, 2, 1 }, 8, 0.00041831356555965224 },
        { { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5 }, 11, 0.88264876102241963 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_near(tare_trend_falling(table[i].y, table[i].n), table[i].p, 1e-12, i);
}

static void series_without_a_trend_to_tell_of_have_none(void **state)
{
    const double few[] = { 3, 2, 1 }, equal[] = { 2, 2, 2, 2, 2 }, hole[] = { 5, 4, NAN, 2, 1 };
    (void)state;
    assert_near(tare_trend_falling(few, 3), 1, 0, 0);
    assert_near(tare_trend_falling(few, 0), 1, 0, 0);
    assert_near(tare_trend_falling(equal, 5), 1, 0, 0);
    assert_near(tare_trend_falling(hole, 5), 1, 0, 0);
    assert_near(tare_trend_falling(few, SIZE_MAX), 1, 0, 0); /* more than memory holds */
}

/* The same p-value from its definition: all pairs. */
static double slow_trend(const double *y, size_t n)
{
    double s = 0, variance = (double)(n * (n - 1) * (2 * n + 5));
    for (size_t i = 0; i < n; i++) {
        size_t ties = 0, before = 0; /* of the value y[i] */
        for (size_t j = 0; j < n; j++) {
            ties += y[j] == y[i];
            before += j < i && y[j] == y[i];
            if (j > i)
                s += (y[j] > y[i]) - (y[j] < y[i]);
        }
        if (before == 0)
            variance -= (double)(ties * (ties - 1) * (2 * ties + 5));
    }
    double nearer = s > 0 ? s - 1 : s < 0 ? s + 1 : 0;
    return variance > 0 ? 0.5 * erfc(-nearer / sqrt(variance / 18) / sqrt(2)) : 1;
}

static void trends_agree_with_counting_all_pairs(void **state)
{
    enum { MOST = 60 };
    double y[MOST];
    struct tare_rng r;
    (void)state;
    tare_rng_seed(&r, 31);
    for (int kind = 0; kind < DATA_KINDS; kind++)
        for (size_t n = 4; n <= MOST; n++) {
            data_fill(y, n, &r, (enum data_kind)kind);
            for (size_t i = 0; i < n; i++)
                y[i] -= (double)((i * (n % 3)) / 8); /* none, some, more of a fall */
            assert_near(tare_trend_falling(y, n), slow_trend(y, n), 1e-11, n);
        }
}

static void trend_of_a_million_values_does_not_overflow(void **state)
{
    enum { N = 1000000 };
    double *y = malloc(N * sizeof *y);
    (void)state;
    for (size_t i = 0; i < N; i++)
        y[i] = (double)(i % 2); /* 0 1 0 1 ...: it rises by N / 2 pairs of N^2 / 4, which is nothing */
    assert_within(tare_trend_falling(y, N), 0.5, 0.51, 0);
    for (size_t i = 0; i < N; i++)
        y[i] = -(double)(i / 1000);
    assert_near(tare_trend_falling(y, N), 0, 0, 0);
    free(y);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(bandwidth_is_that_of_r),
    cmocka_unit_test(density_is_that_of_r),
    cmocka_unit_test(density_integrates_to_one),
    cmocka_unit_test(density_without_data_or_width_is_zero),
    cmocka_unit_test(lines_are_those_of_r),
    cmocka_unit_test(lines_through_exact_points_have_no_width),
    cmocka_unit_test(lines_without_a_direction_are_nan),
    cmocka_unit_test(falling_trends_are_those_of_r),
    cmocka_unit_test(series_without_a_trend_to_tell_of_have_none),
    cmocka_unit_test(trends_agree_with_counting_all_pairs),
    cmocka_unit_test(trend_of_a_million_values_does_not_overflow),
};

TARE_TEST_MAIN(tests)
