/* Bisection over the doubles themselves: every double has a key, keys order as the doubles do, and half-way between two
 * keys lies a double. At most 64 steps reach the last bit, whatever the scale of the problem. Internal to stats. */
#ifndef TARE_STATS_BISECT_H
#define TARE_STATS_BISECT_H

#include <stdint.h>
#include <string.h>

/* x not NaN. -0.0 lies just below +0.0. */
static inline uint64_t double_to_key(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static inline double double_of_key(uint64_t key)
{
    uint64_t bits = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#endif
