#include "framework/base/rng.h"
#include "tests/harness.h"

#include <math.h>

/* The first outputs of splitmix64 for the seed 1234567, as published with its C code and on Rosetta Code
 * ("Pseudo-random numbers/Splitmix64"). */
static void a_seed_is_spread_by_splitmix64(void **state)
{
    (void)state;
    static const uint64_t expected[] = { 6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                         4593380528125082431u };
    struct tare_rng r;
    tare_rng_seed(&r, 1234567);
    for (int i = 0; i < 4; i++)
        assert_true(r.s[i] == expected[i]);
}

/* The vector that implementations share (rand_xoshiro among them), made with the authors' C code from the state
 * 1, 2, 3, 4. */
static void the_generator_is_xoshiro256_starstar(void **state)
{
    (void)state;
    static const uint64_t expected[] = { 11520u,
                                         0u,
                                         1509978240u,
                                         1215971899390074240u,
                                         1216172134540287360u,
                                         607988272756665600u,
                                         16172922978634559625u,
                                         8476171486693032832u,
                                         10595114339597558777u,
                                         2904607092377533576u };
    struct tare_rng r = { { 1, 2, 3, 4 } };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_true(tare_rng_u64(&r) == expected[i]);
}

/* Pearson's statistic of k counts against equal shares. */
static double chi_squared(const int *counts, int k, int n)
{
    double expected = (double)n / k, sum = 0;
    for (int i = 0; i < k; i++)
        sum += (counts[i] - expected) * (counts[i] - expected) / expected;
    return sum;
}

/* The bounds are the 99.9% quantiles of chi-squared with k - 1 degrees of freedom (R: qchisq(0.999, k - 1)). The large
 * ranges show what the modulus (thirds) or a product without rejection (remainder by 3) would favour. */
static void numbers_below_a_limit_are_equally_frequent(void **state)
{
    (void)state;
    enum { N = 60000 };
    static const struct {
        uint64_t limit, divisor, modulus;
        int k;
        double bound;
    } table[] = {
        { 2, 1, 2, 2, 10.828 },          { 6, 1, 6, 6, 20.515 },
        { 10, 1, 10, 10, 27.877 },       { 3ull << 62, 1ull << 62, 3, 3, 13.816 },
        { 3ull << 62, 1, 3, 3, 13.816 },
    };
    struct tare_rng r;
    tare_rng_seed(&r, 2024);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int counts[10] = { 0 };
        for (int j = 0; j < N; j++) {
            uint64_t x = tare_rng_below(&r, table[i].limit);
            assert_true(x < table[i].limit);
            counts[x / table[i].divisor % table[i].modulus]++;
        }
        assert_true(chi_squared(counts, table[i].k, N) < table[i].bound);
    }
    for (int j = 0; j < 100; j++)
        assert_int_equal(tare_rng_below(&r, 1), 0);
}

static void uniform_numbers_fill_the_unit_interval(void **state)
{
    (void)state;
    enum { N = 100000, BINS = 10 };
    int counts[BINS] = { 0 };
    double sum = 0;
    struct tare_rng r;
    tare_rng_seed(&r, 5);
    for (int i = 0; i < N; i++) {
        double u = tare_rng_uniform(&r);
        assert_true(u >= 0 && u < 1);
        counts[(int)(u * BINS)]++;
        sum += u;
    }
    assert_true(chi_squared(counts, BINS, N) < 27.877);
    assert_true(fabs(sum / N - 0.5) < 4 * sqrt(1.0 / 12 / N));
}

/* Shares below a bound against the normal distribution (R: pnorm). */
static void normal_numbers_follow_the_normal_distribution(void **state)
{
    (void)state;
    enum { N = 100000 };
    static const struct {
        double bound, share;
    } table[] = { { -1.959964, 0.025 }, { -1, 0.1586553 }, { 0, 0.5 }, { 0.6744898, 0.75 }, { 2.326348, 0.99 } };
    enum { K = sizeof table / sizeof *table };
    int below[K] = { 0 };
    double sum = 0, squares = 0;
    struct tare_rng r;
    tare_rng_seed(&r, 6);
    for (int i = 0; i < N; i++) {
        double x = tare_rng_normal(&r);
        for (int k = 0; k < K; k++)
            below[k] += x < table[k].bound;
        sum += x;
        squares += x * x;
    }
    for (int k = 0; k < K; k++) {
        double error = sqrt(table[k].share * (1 - table[k].share) / N);
        assert_true(fabs((double)below[k] / N - table[k].share) < 4 * error);
    }
    assert_true(fabs(sum / N) < 4 / sqrt(N));
    assert_true(fabs(squares / N - 1) < 4 * sqrt(2.0 / N));
}

static void every_order_is_equally_likely(void **state)
{
    (void)state;
    enum { N = 60000 };
    int counts[6] = { 0 };
    struct tare_rng r;
    tare_rng_seed(&r, 7);
    for (int i = 0; i < N; i++) {
        size_t order[3] = { 0, 1, 2 };
        tare_rng_shuffle(&r, order, 3);
        assert_int_equal(1 << order[0] | 1 << order[1] | 1 << order[2], 7);
        counts[order[0] * 2 + (order[1] > order[2])]++;
    }
    assert_true(chi_squared(counts, 6, N) < 20.515);
    size_t one = 9;
    tare_rng_shuffle(&r, &one, 1);
    tare_rng_shuffle(&r, NULL, 0);
    assert_int_equal(one, 9);
}

static void equal_seeds_give_equal_numbers_and_fresh_seeds_differ(void **state)
{
    (void)state;
    struct tare_rng a, b;
    tare_rng_seed(&a, 99);
    tare_rng_seed(&b, 99);
    for (int i = 0; i < 100; i++)
        assert_true(tare_rng_u64(&a) == tare_rng_u64(&b));
    assert_true(tare_rng_fresh_seed() != tare_rng_fresh_seed());
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_seed_is_spread_by_splitmix64),
    cmocka_unit_test(the_generator_is_xoshiro256_starstar),
    cmocka_unit_test(numbers_below_a_limit_are_equally_frequent),
    cmocka_unit_test(uniform_numbers_fill_the_unit_interval),
    cmocka_unit_test(normal_numbers_follow_the_normal_distribution),
    cmocka_unit_test(every_order_is_equally_likely),
    cmocka_unit_test(equal_seeds_give_equal_numbers_and_fresh_seeds_differ),
};

TARE_TEST_MAIN(tests)
