/* Natural groups against a version that tries every cut, and on values whose groups are known. */
#include "tests/harness.h"

#include <math.h>
#include <stdlib.h>

#include "framework/base/rng.h"
#include "framework/stats/groups.h"
#include "framework/stats/sample.h"

enum { N = 320 };

/* `share` of the values lie about each centre, sd apart. */
static void draw(double *x, struct tare_rng *rng, const double *centre, const double *share, size_t centres, double sd)
{
    for (size_t i = 0; i < N; i++) {
        double u = tare_rng_uniform(rng);
        size_t c = 0;
        while (c + 1 < centres && u >= share[c])
            u -= share[c++];
        x[i] = centre[c] + sd * tare_rng_normal(rng);
    }
    tare_sort(x, N);
}

static void groups_that_lie_apart_are_found_with_their_sizes(void **state)
{
    (void)state;
    static const struct {
        double centre[3], share[3];
        size_t centres, groups;
    } table[] = {
        { { 0 }, { 1 }, 1, 1 },
        { { 0, 0.1 }, { 0.5, 0.5 }, 2, 2 },
        { { 0, 0.4 }, { 0.8, 0.2 }, 2, 2 },
        { { 0, 0.4 }, { 0.9, 0.1 }, 2, 2 },
        { { 0, 0.1, 0.4 }, { 0.5, 0.3, 0.2 }, 3, 3 },
        { { 0, 0.02 }, { 0.5, 0.5 }, 2, 1 }, /* less than 3% apart */
    };
    struct tare_rng rng;
    double x[N];
    tare_rng_seed(&rng, 1);
    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        size_t ends[TARE_MOST_GROUPS];
        draw(x, &rng, table[t].centre, table[t].share, table[t].centres, 0.003);
        size_t groups = tare_groups(ends, x, N, 0.03);
        assert_int_equal(groups, table[t].groups);
        assert_int_equal(ends[groups - 1], N);
        for (size_t g = 0; groups > 1 && g + 1 < groups; g++) {
            double wanted = 0, middle = (table[t].centre[g] + table[t].centre[g + 1]) / 2;
            while (wanted < N && x[(size_t)wanted] < middle)
                wanted++;
            assert_int_equal(ends[g], (size_t)wanted);
        }
    }
}

/* The cut about the k-th multiple of N / 32. */
static size_t cut(const double *x, size_t k)
{
    size_t best = 0;
    double widest = -1;
    for (size_t i = k * (N / 32) - N / 64 + 1; i <= k * (N / 32) + N / 64; i++)
        if (x[i] - x[i - 1] > widest) {
            widest = x[i] - x[i - 1];
            best = i;
        }
    return best;
}

/* All pairs of cuts, each sum of squares computed anew. */
static double squares(const double *x, size_t from, size_t to)
{
    double mean = tare_mean(x + from, to - from), sum = 0;
    for (size_t i = from; i < to; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sum;
}

static void the_cuts_are_those_of_least_squares_within(void **state)
{
    (void)state;
    static const double centre[] = { 0, 0.3, 0.9 }, share[] = { 0.4, 0.3, 0.3 };
    struct tare_rng rng;
    double x[N], clamped[N];
    tare_rng_seed(&rng, 2);
    for (size_t trial = 0; trial < 20; trial++) {
        draw(x, &rng, centre, share, 3, 0.1);
        for (size_t i = 0; i < N; i++)
            clamped[i] = fmin(fmax(x[i], x[N / 32]), x[N - 1 - N / 32]);
        double least = INFINITY;
        size_t best[2] = { 0, 0 };
        for (size_t a = 1; a < 31; a++)
            for (size_t b = a + 1; b < 32; b++) {
                size_t i = cut(x, a), k = cut(x, b);
                double sum = squares(clamped, 0, i) + squares(clamped, i, k) + squares(clamped, k, N);
                if (sum < least) {
                    least = sum;
                    best[0] = i;
                    best[1] = k;
                }
            }
        size_t ends[TARE_MOST_GROUPS];
        assert_int_equal(tare_groups(ends, x, N, 0), 3);
        assert_int_equal(ends[0], best[0]);
        assert_int_equal(ends[1], best[1]);
    }
}

static void a_few_outliers_make_no_group(void **state)
{
    (void)state;
    struct tare_rng rng;
    double x[N];
    size_t ends[TARE_MOST_GROUPS];
    tare_rng_seed(&rng, 3);
    for (size_t i = 0; i < N; i++)
        x[i] = 0.002 * tare_rng_normal(&rng) + (i < 8 ? 10 : 0);
    tare_sort(x, N);
    assert_int_equal(tare_groups(ends, x, N, 0.03), 1);
}

static void few_or_equal_values_are_one_group(void **state)
{
    (void)state;
    static const double few[] = { 1, 2, 3, 10, 11, 12 };
    double equal[N];
    size_t ends[TARE_MOST_GROUPS];
    for (size_t i = 0; i < N; i++)
        equal[i] = 7;
    assert_int_equal(tare_groups(ends, few, 6, 0.03), 1);
    assert_int_equal(ends[0], 6);
    assert_int_equal(tare_groups(ends, equal, N, 0.03), 1);
    assert_int_equal(tare_groups(ends, NULL, 0, 0.03), 1);
    assert_int_equal(ends[0], 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(groups_that_lie_apart_are_found_with_their_sizes),
    cmocka_unit_test(the_cuts_are_those_of_least_squares_within),
    cmocka_unit_test(a_few_outliers_make_no_group),
    cmocka_unit_test(few_or_equal_values_are_one_group),
};

TARE_TEST_MAIN(tests)
