/* The search alone, on every place where the first bad one may be. */
#include "tests/harness.h"

#include <string.h>

#include "framework/runner/bisect.h"

enum { MOST = 40 };

/* Runs the search to its end; the number of tries. skipped[i]: i can't be tried. */
static size_t search(uint8_t *trials, size_t n, size_t first_bad, const uint8_t *skipped)
{
    size_t tries = 0;
    memset(trials, 0, n);
    trials[n - 1] = TRIAL_BAD;
    for (size_t i; (i = bisect_next(trials, n)) < n; tries++) {
        assert_int_equal(trials[i], TRIAL_OPEN);
        trials[i] = skipped && skipped[i] ? TRIAL_SKIPPED : i < first_bad ? TRIAL_GOOD : TRIAL_BAD;
    }
    return tries;
}

static void the_first_bad_one_is_found_wherever_it_is_in_logarithmic_time(void **state)
{
    (void)state;
    uint8_t trials[MOST];
    for (size_t n = 1; n <= MOST; n++) {
        size_t most = 0;
        while ((size_t)1 << most < n)
            most++;
        for (size_t bad = 0; bad < n; bad++) {
            size_t from, to;
            assert_true(search(trials, n, bad, NULL) <= most);
            bisect_range(&from, &to, trials, n);
            assert_int_equal(from, bad);
            assert_int_equal(to, bad);
        }
    }
}

/* The range that is left: from behind the last good one that was tried to the first bad one that was. */
static void skips_leave_a_range_that_holds_the_first_bad_one(void **state)
{
    (void)state;
    uint8_t trials[12], skipped[12];
    for (unsigned mask = 0; mask < 1u << 11; mask++)
        for (size_t bad = 0; bad < 12; bad++) {
            size_t from, to, good = 0, first = 11;
            for (size_t i = 0; i < 12; i++)
                skipped[i] = i < 11 && mask >> i & 1;
            search(trials, 12, bad, skipped);
            bisect_range(&from, &to, trials, 12);
            for (size_t i = 0; i < bad; i++)
                if (!skipped[i])
                    good = i + 1;
            for (size_t i = 12; i > bad; i--)
                if (!skipped[i - 1])
                    first = i - 1;
            assert_int_equal(from, good);
            assert_int_equal(to, first);
        }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_first_bad_one_is_found_wherever_it_is_in_logarithmic_time),
    cmocka_unit_test(skips_leave_a_range_that_holds_the_first_bad_one),
};

TARE_TEST_MAIN(tests)
