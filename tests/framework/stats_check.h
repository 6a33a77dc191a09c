/* How the tests of stats compare numbers and make data. */
#ifndef TARE_TESTS_STATS_CHECK_H
#define TARE_TESTS_STATS_CHECK_H

#include <math.h>
#include <stdlib.h>

#include "framework/base/rng.h"
#include "framework/stats/sample.h"
#include "tests/harness.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Relative to the expected value, absolute where that is 0; NaN equals NaN, an infinity itself. */
static inline void check_near(double got, double expected, double tolerance, size_t row, const char *file, int line)
{
    double scale = expected == 0 ? 1 : fabs(expected);
    if (got == expected || (isnan(got) && isnan(expected)) || fabs(got - expected) <= tolerance * scale)
        return;
    print_error("row %zu: got %.17g, expected %.17g, off by %.3g\n", row, got, expected, (got - expected) / scale);
    _fail(file, line);
}

/* `i` is the row of the table in hand, or 0. */
#define assert_near(got, expected, tolerance, i) check_near((got), (expected), (tolerance), (i), __FILE__, __LINE__)

/* lo <= got <= hi, and not NaN. */
static inline void check_within(double got, double lo, double hi, size_t row, const char *file, int line)
{
    if (got >= lo && got <= hi)
        return;
    print_error("row %zu: got %.17g, expected it in [%.17g, %.17g]\n", row, got, lo, hi);
    _fail(file, line);
}
#define assert_within(got, lo, hi, i) check_within((got), (lo), (hi), (i), __FILE__, __LINE__)

static inline void check_unbounded(struct tare_interval got, double value, const char *file, int line)
{
    check_near(got.value, value, 1e-15, 0, file, line);
    check_near(got.lo, -INFINITY, 0, 0, file, line);
    check_near(got.hi, INFINITY, 0, 0, file, line);
}
#define assert_unbounded(got, value) check_unbounded((got), (value), __FILE__, __LINE__)

/* Kinds of data that times come in: smooth, heavy-tailed, quantised by a clock, with a second mode, all one value. */
enum data_kind { DATA_NORMAL, DATA_HEAVY, DATA_TICKS, DATA_MODES, DATA_EQUAL, DATA_KINDS };

static inline double data_value(struct tare_rng *r, enum data_kind kind)
{
    switch (kind) {
    case DATA_NORMAL:
        return 100 + 3 * tare_rng_normal(r);
    case DATA_HEAVY:
        return 100 + exp(2 * tare_rng_normal(r));
    case DATA_TICKS:
        return (double)tare_rng_below(r, 6);
    case DATA_MODES:
        return (tare_rng_below(r, 3) ? 10 : 15) + 0.1 * tare_rng_normal(r);
    default:
        return -7.25;
    }
}

static inline void data_fill(double *x, size_t n, struct tare_rng *r, enum data_kind kind)
{
    for (size_t i = 0; i < n; i++)
        x[i] = data_value(r, kind);
}

#endif
