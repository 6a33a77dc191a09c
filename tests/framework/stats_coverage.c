/* Do the intervals hold the truth as often as they say? Each row draws thousands of samples whose true value is known;
 * the seeds are fixed, so a row gives the same count each time. Order-statistic intervals promise more than 95% and are
 * in stats_interval.c. */
#include "framework/stats/compare.h"
#include "framework/stats/regression.h"
#include "framework/stats/resample.h"
#include "tests/framework/stats_check.h"

enum { RUNS = 2000, MOST = 200 };

/* ---- what is drawn ---- */

static double draw_normal(struct tare_rng *r)
{
    return 5 + 2 * tare_rng_normal(r);
}

static double draw_exponential(struct tare_rng *r)
{
    return -log(1 - tare_rng_uniform(r));
}

/* Normal, but one value of ten with ten times the deviation. */
static double draw_contaminated(struct tare_rng *r)
{
    return (tare_rng_below(r, 10) ? 1 : 10) * tare_rng_normal(r);
}

static double draw_student3(struct tare_rng *r)
{
    double squares = 0;
    for (int i = 0; i < 3; i++) {
        double z = tare_rng_normal(r);
        squares += z * z;
    }
    return tare_rng_normal(r) / sqrt(squares / 3);
}

typedef double (*draw_fn)(struct tare_rng *r);

static void draw_sample(double *x, size_t n, draw_fn draw, struct tare_rng *r)
{
    for (size_t i = 0; i < n; i++)
        x[i] = draw(r);
}

static bool holds(struct tare_interval i, double truth)
{
    return i.lo <= truth && truth <= i.hi;
}

/* ---- one sample ---- */

static void trimmed_intervals_cover_19_times_in_20(void **state)
{
    static const struct {
        draw_fn draw;
        double truth, cut; /* symmetric where it trims: all means agree */
        size_t n;
    } table[] = {
        { draw_normal, 5, 0.2, 20 },       { draw_normal, 5, 0.2, 100 },  { draw_normal, 5, 0, 10 },
        { draw_contaminated, 0, 0.2, 50 }, { draw_student3, 0, 0.2, 40 }, { draw_student3, 0, 0.1, 40 },
    };
    double x[MOST];
    struct tare_rng r;
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        size_t held = 0;
        tare_rng_seed(&r, 61 + i);
        for (int run = 0; run < RUNS; run++) {
            draw_sample(x, table[i].n, table[i].draw, &r);
            tare_sort(x, table[i].n);
            held += holds(tare_trimmed_interval(x, table[i].n, table[i].cut, 0.95), table[i].truth);
        }
        assert_within((double)held / RUNS, 0.93, 0.97, i);
    }
}

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

static double trimmed_of(double *x, size_t n, void *ctx)
{
    (void)ctx;
    return tare_trimmed_mean(x, n, 0.2);
}

static void bootstrap_intervals_cover_19_times_in_20(void **state)
{
    static const struct {
        enum tare_bootstrap_kind kind;
        tare_statistic statistic;
        draw_fn draw;
        double truth;
        size_t n;
    } table[] = {
        { TARE_BOOTSTRAP_PERCENTILE, mean_of, draw_normal, 5, 60 },
        { TARE_BOOTSTRAP_PERCENTILE, trimmed_of, draw_contaminated, 0, 60 },
        { TARE_BOOTSTRAP_PERCENTILE, median_of, draw_exponential, M_LN2, 81 },
        { TARE_BOOTSTRAP_BCA, mean_of, draw_normal, 5, 60 },
        { TARE_BOOTSTRAP_BCA, mean_of, draw_exponential, 1, 100 },
        { TARE_BOOTSTRAP_BCA, trimmed_of, draw_student3, 0, 60 },
        { TARE_BOOTSTRAP_BCA, median_of, draw_exponential, M_LN2, 81 },
    };
    double x[MOST];
    struct tare_rng r;
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        size_t held = 0;
        tare_rng_seed(&r, 71 + i);
        for (uint64_t run = 0; run < RUNS; run++) {
            const struct tare_bootstrap_plan plan = { table[i].kind, 500, 0.95, run };
            struct tare_interval got;
            draw_sample(x, table[i].n, table[i].draw, &r);
            assert_int_equal(tare_bootstrap(&got, x, table[i].n, table[i].statistic, NULL, &plan), 0);
            held += holds(got, table[i].truth);
        }
        assert_within((double)held / RUNS, 0.93, 0.97, i);
    }
}

/* ---- two samples ---- */

static double difference_of_means(double *x, size_t nx, double *y, size_t ny, void *ctx)
{
    (void)ctx;
    return tare_mean(y, ny) - tare_mean(x, nx);
}

static double difference_of_medians(double *x, size_t nx, double *y, size_t ny, void *ctx)
{
    (void)ctx;
    return tare_median(y, ny) - tare_median(x, nx);
}

static void two_sample_intervals_cover_19_times_in_20(void **state)
{
    static const struct {
        tare_statistic2 statistic;
        draw_fn draw_x, draw_y;
        double truth;
    } table[] = {
        { difference_of_means, draw_normal, draw_exponential, 1 - 5 },
        { difference_of_medians, draw_normal, draw_exponential, M_LN2 - 5 },
    };
    double x[80], y[61];
    struct tare_rng r;
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        size_t held = 0;
        tare_rng_seed(&r, 81 + i);
        for (uint64_t run = 0; run < RUNS; run++) {
            const struct tare_bootstrap_plan plan = { .resamples = 500, .confidence = 0.95, .seed = run };
            struct tare_interval got;
            draw_sample(x, COUNT(x), table[i].draw_x, &r);
            draw_sample(y, COUNT(y), table[i].draw_y, &r);
            assert_int_equal(tare_bootstrap2(&got, x, COUNT(x), y, COUNT(y), table[i].statistic, NULL, &plan), 0);
            held += holds(got, table[i].truth);
        }
        assert_within((double)held / RUNS, 0.93, 0.97, i);
    }
}

static void rank_tests_reject_equal_samples_1_time_in_20(void **state)
{
    double x[30], y[25], d[40], p;
    size_t unequal = 0, moved = 0, fallen = 0;
    struct tare_rng r;
    (void)state;
    tare_rng_seed(&r, 91);
    for (int run = 0; run < RUNS; run++) {
        draw_sample(x, COUNT(x), draw_exponential, &r);
        draw_sample(y, COUNT(y), draw_exponential, &r);
        draw_sample(d, COUNT(d), draw_student3, &r);
        assert_int_equal(tare_mann_whitney(&p, NULL, x, COUNT(x), y, COUNT(y)), 0);
        unequal += p < 0.05;
        assert_int_equal(tare_wilcoxon(&p, d, COUNT(d)), 0);
        moved += p < 0.05;
        fallen += tare_trend_falling(d, COUNT(d)) < 0.05;
    }
    assert_within((double)unequal / RUNS, 0.03, 0.06, 0);
    assert_within((double)moved / RUNS, 0.03, 0.06, 0);
    assert_within((double)fallen / RUNS, 0.03, 0.06, 0);
}

/* ---- lines ---- */

static void line_intervals_cover_19_times_in_20(void **state)
{
    /* Time on iterations, as samples of growing length give it: 3 ns an iteration, 40 ns of overhead. */
    static const size_t lengths[] = { 5, 30 };
    double x[30], y[30];
    struct tare_rng r;
    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        size_t n = lengths[i], slope = 0, intercept = 0;
        tare_rng_seed(&r, 95 + i);
        for (int run = 0; run < RUNS; run++) {
            for (size_t k = 0; k < n; k++) {
                x[k] = (double)(k + 1);
                y[k] = 40 + 3 * x[k] + 0.7 * tare_rng_normal(&r);
            }
            struct tare_line line = tare_regress(x, y, n, 0.95);
            slope += holds(line.slope, 3);
            intercept += holds(line.intercept, 40);
        }
        assert_within((double)slope / RUNS, 0.93, 0.97, i);
        assert_within((double)intercept / RUNS, 0.93, 0.97, i);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(trimmed_intervals_cover_19_times_in_20),
    cmocka_unit_test(bootstrap_intervals_cover_19_times_in_20),
    cmocka_unit_test(two_sample_intervals_cover_19_times_in_20),
    cmocka_unit_test(rank_tests_reject_equal_samples_1_time_in_20),
    cmocka_unit_test(line_intervals_cover_19_times_in_20),
};

TARE_TEST_MAIN(tests)
