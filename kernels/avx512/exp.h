/* Exponentials with the sixteenth roots of two in a register: 2^(i/16) times a short polynomial. The last thing that
 * vec.h includes. */
#ifndef KN_AVX512_EXP_H
#define KN_AVX512_EXP_H

/* Adding it rounds to sixteenths, whose number stands in the last bits of the sum. */
static const float to_sixteenths = 0x1.8p19f;

/* 2^(i/16) of the last four bits i of a sum. */
KN_INLINE vf root_of(vf sum)
{
    const vf roots =
        _mm512_setr_ps(0x1p+0f, 0x1.0b5586p+0f, 0x1.172b84p+0f, 0x1.2387a6p+0f, 0x1.306fep+0f, 0x1.3dea64p+0f,
                       0x1.4bfdaep+0f, 0x1.5ab07ep+0f, 0x1.6a09e6p+0f, 0x1.7a1148p+0f, 0x1.8ace54p+0f, 0x1.9c4918p+0f,
                       0x1.ae89fap+0f, 0x1.c199bep+0f, 0x1.d5818ep+0f, 0x1.ea4afap+0f);
    return _mm512_permutexvar_ps(_mm512_castps_si512(sum), roots);
}

/* 2^(n + r), |r| <= 1/32, n in sixteenths, `sum` as it came of to_sixteenths. 2^r = 1 + r q(r), relative error 1.6e-9
 * (0.03 u) before rounding; the scaling takes the whole part of n. */
KN_INLINE vf exp2_of_parts(vf sum, vf n, vf r)
{
    vf root = root_of(sum);
    vf q = vf_fma(r, vf_set(0.0555041087f), vf_set(0.240234315f));
    q = vf_fma(q, r, vf_set(0.693147182f));
    return _mm512_scalef_ps(vf_fma(root, vf_mul(q, r), root), n);
}

/* e^x within 1.1 ulp, denormal results included; 0 below -104, inf above 88.73, NaN for NaN. */
KN_INLINE vf vf_exp(vf x)
{
    x = vf_max(vf_set(-104.0f), vf_min(vf_set(89.0f), x));
    vf sum = vf_fma(x, vf_set(0x1.715476p+0f), vf_set(to_sixteenths)), n = vf_sub(sum, vf_set(to_sixteenths));
    vf r = vf_fms(x, vf_set(0x1.715476p+0f), n); /* log2(e) in two parts */
    r = vf_fma(x, vf_set(0x1.4ae0cp-26f), r);
    return exp2_of_parts(sum, n, r);
}

/* 2^x within 1.1 ulp for x <= 127, denormal results included; 0 below -150, NaN for NaN. */
KN_INLINE vf vf_exp2(vf x)
{
    x = vf_max(vf_set(-151.0f), x);
    vf sum = vf_add(x, vf_set(to_sixteenths)), n = vf_sub(sum, vf_set(to_sixteenths));
    return exp2_of_parts(sum, n, vf_sub(x, n));
}

#include "kernels/simd/exp_unit.h"

/* Exponentials of a row beside that of its largest value: e^x 2^(32 - n), where n is the same for all x of a row and
 * near max / ln 2. No difference x - max is rounded, only its product with what ln 2 is off by, (max - x) 0.05 u. */
struct exp_row {
    vf magic, least;
};
static const float exp_row_most = 0x1p16f;

KN_INLINE struct exp_row exp_row_of(float max) /* |max| < exp_row_most */
{
    return (struct exp_row){ vf_sub(vf_set(to_sixteenths), vf_round(vf_mul(vf_set(max), vf_set(0x1.715476p+0f)))),
                             vf_set(max - 104) };
}

/* Within 1.1 ulp and the above for x <= max; of x < max - 104 as of that, NaN for NaN. e^r = 1 + r + r^2 q(r). */
KN_INLINE vf vf_exp_row(vf x, struct exp_row row)
{
    x = vf_max(row.least, x);
    vf sum = vf_fma(x, vf_set(0x1.715476p+0f), row.magic);
    vf r = vf_fnma(vf_sub(sum, row.magic), vf_set(0x1.62e43p-1f), x), root = root_of(sum);
    vf q = vf_fma(r, vf_set(0x1.55561cp-3f), vf_set(0x1.00021cp-1f));
    q = vf_fma(q, r, vf_set(1));
    return _mm512_scalef_ps(vf_fma(root, vf_mul(q, r), root), vf_sub(sum, vf_set(to_sixteenths - 32)));
}

#endif
