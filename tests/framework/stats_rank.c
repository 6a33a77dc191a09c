/* Tests by ranks, and the shift of two samples. */
#include <string.h>

#include "framework/base/error.h"
#include "framework/stats/compare.h"
#include "tests/framework/stats_check.h"

static void mann_whitney_is_that_of_r(void **state)
{
    /* R 4.2.2: wilcox.test(x, y, exact = FALSE, correct = TRUE), $statistic and $p.value. Data: the permeability of
     * Hollander and Wolfe (1973, p. 69), Ozone of May and August of R's airquality, and one with ties. */
    static const struct {
        double x[26], y[26];
        size_t nx, ny;
        double u, p;
    } table[] = {
        { { 0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46 },
          { 1.15, 0.88, 0.90, 0.74, 1.21 },
          10,
          5,
          35,
          0.24462360512698336 },
        { { 41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37 },
          { 39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84, 85 },
          26,
          26,
          127.5,
          1.2080783076877442e-04 },
        { { 1, 1, 2, 3 }, { 4, 5, 5, 6, 7 }, 4, 5, 0, 0.018942894094158516 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        double p, u;
        assert_int_equal(tare_mann_whitney(&p, &u, table[i].x, table[i].nx, table[i].y, table[i].ny), 0);
        assert_near(u, table[i].u, 0, i);
        assert_near(p, table[i].p, 1e-12, i);
        assert_int_equal(tare_mann_whitney(&p, &u, table[i].y, table[i].ny, table[i].x, table[i].nx), 0);
        assert_near(u, (double)(table[i].nx * table[i].ny) - table[i].u, 0, i);
        assert_near(p, table[i].p, 1e-12, i);
    }
}

static void mann_whitney_without_evidence_says_so(void **state)
{
    const double equal[] = { 2, 2, 2, 2 }, hole[] = { 1, NAN, 3 };
    double p, u;
    (void)state;
    assert_int_equal(tare_mann_whitney(&p, NULL, equal, 4, equal, 3), 0);
    assert_near(p, 1, 0, 0);
    assert_int_equal(tare_mann_whitney(&p, &u, equal, 0, equal, 3), 0);
    assert_true(p == 1 && u == 0);
    assert_int_equal(tare_mann_whitney(&p, &u, equal, 0, NULL, 0), 0);
    assert_true(p == 1 && u == 0);
    assert_int_equal(tare_mann_whitney(&p, &u, equal, 4, hole, 3), 0);
    assert_true(isnan(p) && isnan(u));
}

static void mann_whitney_counts_pairs(void **state)
{
    enum { MOST = 40 };
    double x[MOST], y[MOST], p, u;
    struct tare_rng r;
    (void)state;
    tare_rng_seed(&r, 41);
    for (int kind = 0; kind < DATA_KINDS; kind++)
        for (size_t nx = 1; nx <= MOST; nx += 3)
            for (size_t ny = 1; ny <= MOST; ny += 4) {
                double pairs = 0; /* U: how often x > y, ties counting half */
                data_fill(x, nx, &r, (enum data_kind)kind);
                data_fill(y, ny, &r, (enum data_kind)kind);
                for (size_t i = 0; i < nx; i++)
                    for (size_t j = 0; j < ny; j++)
                        pairs += (x[i] > y[j]) + 0.5 * (x[i] == y[j]);
                assert_int_equal(tare_mann_whitney(&p, &u, x, nx, y, ny), 0);
                assert_near(u, pairs, 1e-15, nx);
            }
}

static void ranks_of_a_million_values_do_not_overflow(void **state)
{
    enum { N = 1000000 };
    double *x = malloc(N * sizeof *x), *y = malloc(N * sizeof *y), p, u;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[i] = (double)(2 * i);
        y[i] = (double)(2 * i + 1);
    }
    assert_int_equal(tare_mann_whitney(&p, &u, x, N, y, N), 0);
    assert_near(u, 0.5 * N * (N - 1.0), 0, 0); /* x[i] > y[j] for all j < i */
    assert_within(p, 0.999, 1, 0);
    for (size_t i = 0; i < N; i++)
        x[i] = i < 10 ? 1 : 2; /* one group of nearly two million ties, whose cube passes 2^63 */
    memcpy(y, x, N * sizeof *y);
    assert_int_equal(tare_mann_whitney(&p, &u, x, N, y, N), 0);
    assert_near(u, 0.5 * N * (double)N, 0, 0);
    assert_near(p, 1, 0, 0);
    assert_int_equal(tare_wilcoxon(&p, y, N), 0); /* all positive */
    assert_near(p, 0, 0, 0);
    free(x);
    free(y);
}

static void wilcoxon_is_that_of_r(void **state)
{
    /* R 4.2.2: wilcox.test(d, exact = FALSE, correct = TRUE)$p.value. Data: depression scores of Hollander and Wolfe
     * (1973, p. 29), before less after; and one with zeros and ties. */
    static const struct {
        double d[12];
        size_t n;
        double p;
    } table[] = {
        { { 1.83 - 0.878, 0.50 - 0.647, 1.62 - 0.598, 2.48 - 2.05, 1.68 - 1.06, 1.88 - 1.29, 1.55 - 1.06, 3.06 - 3.14,
            1.30 - 1.29 },
          9,
          0.044010984012951455 },
        { { 0, 1, 1, -1, 2, -2, 3, 3, 3, 0, 4, -1 }, 12, 0.089420873900052655 },
        { { 0, 0, -0.0 }, 3, 1 },
        { { 0 }, 0, 1 },
        { { 1, NAN, 2 }, 3, NAN },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        double p;
        assert_int_equal(tare_wilcoxon(&p, table[i].d, table[i].n), 0);
        assert_near(p, table[i].p, 1e-12, i);
    }
}

/* Shift as its definition says: all differences, sorted. */
static double slow_shift(const double *x, size_t nx, const double *y, size_t ny)
{
    double *all = malloc(nx * ny * sizeof *all);
    for (size_t i = 0; i < nx; i++)
        for (size_t j = 0; j < ny; j++)
            all[i * ny + j] = y[j] - x[i];
    tare_sort(all, nx * ny);
    double value = tare_median(all, nx * ny);
    free(all);
    return value;
}

static void shift_is_the_median_of_all_differences(void **state)
{
    enum { MOST = 40 };
    double x[MOST], y[MOST];
    struct tare_rng r;
    (void)state;
    tare_rng_seed(&r, 42);
    for (int kind = 0; kind < DATA_KINDS; kind++)
        for (size_t nx = 1; nx <= MOST; nx += 3)
            for (size_t ny = 1; ny <= MOST; ny += 4) {
                data_fill(x, nx, &r, (enum data_kind)kind);
                data_fill(y, ny, &r, (enum data_kind)kind);
                tare_sort(x, nx);
                tare_sort(y, ny);
                assert_near(tare_shift(x, nx, y, ny), slow_shift(x, nx, y, ny), 0, nx);
            }
}

static void shift_keeps_its_footing_on_odd_data(void **state)
{
    static const struct {
        double x[3], y[3];
        size_t nx, ny;
        double value;
    } table[] = {
        { { 0 }, { 1 }, 0, 1, NAN },
        { { 0 }, { 1 }, 1, 0, NAN },
        { { 1, INFINITY }, { 1, 2 }, 2, 2, NAN },
        { { 5 }, { 7 }, 1, 1, 2 },
        { { 2, 2, 2 }, { 2, 2, 2 }, 3, 3, 0 },
        { { -1.7e308 }, { 1.7e308 }, 1, 1, INFINITY },
        { { 0, 1e-300, 1e300 }, { 0, 1e-300, 1e300 }, 3, 3, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_near(tare_shift(table[i].x, table[i].nx, table[i].y, table[i].ny), table[i].value, 0, i);
}

static void shift_of_a_million_values_is_found(void **state)
{
    enum { N = 1000000 };
    double *x = malloc(N * sizeof *x);
    (void)state;
    for (size_t i = 0; i < N; i++)
        x[i] = (double)i;
    assert_near(tare_shift(x, N, x + 7, N - 14), 0, 0, 0); /* both centred at the same place */
    assert_near(tare_shift(x, N - 7, x + 7, N - 7), 7, 0, 0);
    free(x);
}

static void more_values_than_memory_are_refused(void **state)
{
    double x = 1, p, u;
    (void)state;
    assert_int_equal(tare_mann_whitney(&p, &u, &x, SIZE_MAX, &x, 1), TARE_ENOMEM);     /* the sum overflows */
    assert_int_equal(tare_mann_whitney(&p, &u, &x, SIZE_MAX / 4, &x, 1), TARE_ENOMEM); /* the bytes do */
    assert_int_equal(tare_wilcoxon(&p, &x, SIZE_MAX), TARE_ENOMEM);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(mann_whitney_is_that_of_r),
    cmocka_unit_test(mann_whitney_without_evidence_says_so),
    cmocka_unit_test(mann_whitney_counts_pairs),
    cmocka_unit_test(ranks_of_a_million_values_do_not_overflow),
    cmocka_unit_test(wilcoxon_is_that_of_r),
    cmocka_unit_test(shift_is_the_median_of_all_differences),
    cmocka_unit_test(shift_keeps_its_footing_on_odd_data),
    cmocka_unit_test(shift_of_a_million_values_is_found),
    cmocka_unit_test(more_values_than_memory_are_refused),
};

TARE_TEST_MAIN(tests)
