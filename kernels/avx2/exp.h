/* Exponentials with the eighth roots of two in a register: 2^(i/8) times a short polynomial. The last thing that vec.h
 * includes. */
#ifndef KN_AVX2_EXP_H
#define KN_AVX2_EXP_H

/* Adding it rounds to eighths, whose number stands in the last bits of the sum. */
static const float to_eighths = 0x1.8p20f;

/* 2^(i/8) of the last three bits i of a sum, times 2^(raise + n), n the whole number of eighths that stands in it. The
 * table has them less i/8 of a step of the exponent, which those bits add again. */
KN_INLINE vf root_scaled(vf sum, const int raise)
{
    const __m256i roots = _mm256_setr_epi32(0x3f800000, 0x3f7b95c2, 0x3f7837f0, 0x3f75fed7, 0x3f7504f3, 0x3f75672a,
                                            0x3f7744fd, 0x3f7ac0c7);
    __m256i raised = _mm256_add_epi32(roots, _mm256_set1_epi32(raise << 23)), bits = _mm256_castps_si256(sum);
    return _mm256_castsi256_ps(
        _mm256_add_epi32(_mm256_permutevar8x32_epi32(raised, bits), _mm256_slli_epi32(bits, 20)));
}

/* 2^(raise + n + r), |r| <= 1/16, n in eighths, raise + n in [-126, 127]; `sum` as it came of to_eighths. 2^r = 1 +
 * r q(r), a minimax fit, relative error 0.42 u before rounding. */
KN_INLINE vf exp2_raised(vf sum, vf r, const int raise)
{
    vf root = root_scaled(sum, raise);
    vf q = vf_fma(r, vf_set(0x1.c6a01ap-5f), vf_set(0x1.ec0c2p-3f));
    q = vf_fma(q, r, vf_set(0x1.62e432p-1f));
    return vf_fma(root, vf_mul(q, r), root);
}

/* exp_unit e^x within 1.1 ulp for x <= 65, as of -104 below it, NaN for NaN. */
static const float exp_unit = 0x1p32f;

KN_INLINE vf vf_exp_unit(vf x)
{
    x = vf_max(vf_set(-104.0f), x);
    vf sum = vf_fma(x, vf_set(0x1.715476p+0f), vf_set(to_eighths)), n = vf_sub(sum, vf_set(to_eighths));
    vf r = vf_fms(x, vf_set(0x1.715476p+0f), n); /* log2(e) in two parts */
    return exp2_raised(sum, vf_fma(x, vf_set(0x1.4ae0cp-26f), r), 32);
}

/* exp_unit 2^x within 1.1 ulp for x <= 94, as of -151 below it, NaN for NaN. */
KN_INLINE vf vf_exp2_unit(vf x)
{
    x = vf_max(vf_set(-151.0f), x);
    vf sum = vf_add(x, vf_set(to_eighths));
    return exp2_raised(sum, vf_sub(x, vf_sub(sum, vf_set(to_eighths))), 32);
}

/* e^x and 2^x themselves: divided by the unit a denormal result is rounded once, and below -104 and -150 it is 0. */
KN_INLINE vf vf_exp(vf x)
{
    return vf_mul(vf_exp_unit(x), vf_set(1 / exp_unit));
}
KN_INLINE vf vf_exp2(vf x)
{
    return vf_mul(vf_exp2_unit(x), vf_set(1 / exp_unit));
}

/* Exponentials of a row beside that of its largest value: e^x 2^(32 - n), where n is the same for all x of a row and
 * near max / ln 2. No difference x - max is rounded, only its product with what ln 2 is off by, (max - x) 0.05 u. */
struct exp_row {
    vf magic, least;
};
static const float exp_row_most = 0x1p17f;

KN_INLINE struct exp_row exp_row_of(float max) /* |max| < exp_row_most */
{
    return (struct exp_row){ vf_sub(vf_set(to_eighths), vf_round(vf_mul(vf_set(max), vf_set(0x1.715476p+0f)))),
                             vf_set(max - 104) };
}

/* Within 1.2 ulp and the above for x <= max; of x < max - 104 as of that, NaN for NaN. e^r = 1 + r + r^2 q(r). */
KN_INLINE vf vf_exp_row(vf x, struct exp_row row)
{
    x = vf_max(row.least, x);
    vf sum = vf_fma(x, vf_set(0x1.715476p+0f), row.magic);
    vf r = vf_fnma(vf_sub(sum, row.magic), vf_set(0x1.62e43p-1f), x), root = root_scaled(sum, 32);
    vf q = vf_fma(r, vf_set(0x1.5556fcp-3f), vf_set(0x1.00086cp-1f));
    q = vf_fma(q, r, vf_set(1));
    return vf_fma(root, vf_mul(q, r), root);
}

#endif
