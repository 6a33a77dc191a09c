/* The largest of some floats, for a file that has included a vec.h. */
#ifndef KN_SIMD_LARGEST_F32_H
#define KN_SIMD_LARGEST_F32_H

#include <math.h>

/* Skips NaN; -inf where there is nothing. */
static float largest_of(const float *x, size_t n)
{
    vf least = vf_set(-INFINITY), m0 = least, m1 = least, m2 = least, m3 = least;
    size_t i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES) {
        m0 = vf_max(vf_load(x + i), m0);
        m1 = vf_max(vf_load(x + i + LANES), m1);
        m2 = vf_max(vf_load(x + i + 2 * LANES), m2);
        m3 = vf_max(vf_load(x + i + 3 * LANES), m3);
    }
    for (; i + LANES <= n; i += LANES)
        m0 = vf_max(vf_load(x + i), m0);
    if (i < n)
        m1 = vf_max(vf_keep_n(vf_load_n(x + i, n - i), n - i, least), m1);
    return vf_largest(vf_max(vf_max(m0, m1), vf_max(m2, m3)));
}

#endif
