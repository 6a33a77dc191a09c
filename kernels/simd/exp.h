/* Exponentials by one polynomial for a vec.h without a table of parts of two; the last thing such a vec.h includes. */
#ifndef KN_SIMD_EXP_H
#define KN_SIMD_EXP_H

#include <math.h>

/* 2^n e^r, |r| <= ln(2)/2. e^r = 1 + r + r^2 p(r), a minimax fit by the Remez exchange, relative error 3.1e-9 (0.05 u)
 * before rounding. */
KN_INLINE vf exp_of_parts(vf n, vf r)
{
    vf p = vf_set(0.00138145986f);
    p = vf_fma(p, r, vf_set(0.00836871688f));
    p = vf_fma(p, r, vf_set(0.041668388f));
    p = vf_fma(p, r, vf_set(0.166665206f));
    p = vf_fma(p, r, vf_set(0.499999934f));
    p = vf_add(vf_set(1.0f), vf_fma(vf_mul(r, r), p, r));
    return vf_scale(p, n);
}

/* e^x within 1.1 ulp, denormal results included; 0 below -104, inf above 88.73, NaN for NaN. */
KN_INLINE vf vf_exp(vf x)
{
    x = vf_max(vf_set(-104.0f), vf_min(vf_set(89.0f), x));
    vf n = vf_round(vf_mul(x, vf_set(0x1.715476p+0f)));
    vf r = vf_fnma(n, vf_set(0x1.62e4p-1f), x); /* ln 2 in two parts; n times the first is exact */
    r = vf_fnma(n, vf_set(0x1.7f7d1cp-20f), r);
    return exp_of_parts(n, r);
}

/* 2^x within 1.1 ulp for x <= 127, denormal results included; 0 below -150, NaN for NaN. */
KN_INLINE vf vf_exp2(vf x)
{
    x = vf_max(vf_set(-151.0f), x);
    vf n = vf_round(x);
    return exp_of_parts(n, vf_mul(vf_sub(x, n), vf_set(0x1.62e43p-1f)));
}

#include "kernels/simd/exp_unit.h"

/* Exponentials of a row beside that of its largest value: e^(x - max). */
struct exp_row {
    vf max;
};
static const float exp_row_most = INFINITY;

KN_INLINE struct exp_row exp_row_of(float max)
{
    return (struct exp_row){ vf_set(max) };
}

KN_INLINE vf vf_exp_row(vf x, struct exp_row row)
{
    return vf_exp(vf_sub(x, row.max));
}

#endif
