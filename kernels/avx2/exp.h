/* Exponentials with the eighth roots of two in a register: 2^(i/8) times a short polynomial. The last thing that vec.h
 * includes. */
#ifndef KN_AVX2_EXP_H
#define KN_AVX2_EXP_H

/* Adding it rounds to eighths, whose number stands in the last bits of the sum. */
static const float to_eighths = 0x1.8p20f;

/* 2^(32 + n + r), |r| <= 1/16, n in eighths, in [-158, 95]; `sum` as it came of to_eighths. 2^r = 1 + r q(r),
 * interpolation at the Chebyshev nodes, relative error 3.4e-10 (0.006 u) before rounding. Divided by 2^32 a denormal
 * result is rounded once. */
KN_INLINE vf exp2_raised(vf sum, vf r)
{
    /* less i/8 of a step of the exponent, which the last three bits of the sum add to it */
    const __m256i roots = _mm256_setr_epi32(0x4f800000, 0x4f7b95c2, 0x4f7837f0, 0x4f75fed7, 0x4f7504f3, 0x4f75672a,
                                            0x4f7744fd, 0x4f7ac0c7);
    __m256i bits = _mm256_castps_si256(sum);
    vf root =
        _mm256_castsi256_ps(_mm256_add_epi32(_mm256_permutevar8x32_epi32(roots, bits), _mm256_slli_epi32(bits, 20)));
    vf q = vf_fma(r, vf_set(0x1.3b2fc4p-7f), vf_set(0x1.c6bb7ap-5f));
    q = vf_fma(q, r, vf_set(0x1.ebfbep-3f));
    q = vf_fma(q, r, vf_set(0x1.62e43p-1f));
    return vf_fma(root, vf_mul(q, r), root);
}

KN_INLINE vf exp2_of_parts(vf sum, vf r)
{
    return vf_mul(exp2_raised(sum, r), vf_set(0x1p-32f));
}

/* e^x within 0.9 ulp for x <= 65, denormal results included; 0 below -104, NaN for NaN. */
KN_INLINE vf vf_exp(vf x)
{
    x = vf_max(vf_set(-104.0f), x);
    vf sum = vf_fma(x, vf_set(0x1.715476p+0f), vf_set(to_eighths)), n = vf_sub(sum, vf_set(to_eighths));
    vf r = vf_fms(x, vf_set(0x1.715476p+0f), n); /* log2(e) in two parts */
    return exp2_of_parts(sum, vf_fma(x, vf_set(0x1.4ae0cp-26f), r));
}

/* 2^x within 0.9 ulp for x <= 94, denormal results included; 0 below -150, NaN for NaN. */
KN_INLINE vf vf_exp2(vf x)
{
    x = vf_max(vf_set(-151.0f), x);
    vf sum = vf_add(x, vf_set(to_eighths));
    return exp2_of_parts(sum, vf_sub(x, vf_sub(sum, vf_set(to_eighths))));
}

#endif
