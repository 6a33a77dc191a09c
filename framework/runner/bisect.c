#include "framework/runner/bisect.h"

void bisect_range(size_t *from, size_t *to, const uint8_t *trials, size_t n)
{
    *from = 0;
    *to = n - 1;
    for (size_t i = n; i > 0; i--)
        if (trials[i - 1] == TRIAL_BAD)
            *to = i - 1;
    for (size_t i = 0; i < *to; i++)
        if (trials[i] == TRIAL_GOOD)
            *from = i + 1;
}

size_t bisect_next(const uint8_t *trials, size_t n)
{
    size_t from, to, best = n, least = SIZE_MAX;
    bisect_range(&from, &to, trials, n);
    /* Trying i leaves i - from + 1 candidates or to - i: the middle halves them. */
    for (size_t i = from; i < to; i++) {
        size_t left = i - from + 1, right = to - i;
        size_t off = left > right ? left - right : right - left;
        if (trials[i] == TRIAL_OPEN && off < least) {
            least = off;
            best = i;
        }
    }
    return best;
}
