/* Exponential, normal distribution and what is made of them, for a file that has included a vec.h. The polynomials are
 * minimax fits by the Remez exchange; the errors given are of the polynomial, before rounding. */
#ifndef KN_SIMD_MATH_F32_H
#define KN_SIMD_MATH_F32_H

/* e^x within 1.1 ulp, denormal results included; 0 below -104, inf above 88.73, NaN for NaN.
 * x = n ln 2 + r, |r| <= ln(2)/2; e^r = 1 + r + r^2 p(r), relative error 3.1e-9 (0.05 u). */
KN_INLINE vf vf_exp(vf x)
{
    x = vf_max(vf_set(-104.0f), vf_min(vf_set(89.0f), x));
    vf n = vf_round(vf_mul(x, vf_set(0x1.715476p+0f)));
    vf r = vf_fnma(n, vf_set(0x1.62e4p-1f), x); /* ln 2 in two parts; n times the first is exact */
    r = vf_fnma(n, vf_set(0x1.7f7d1cp-20f), r);
    vf p = vf_set(0.00138145986f);
    p = vf_fma(p, r, vf_set(0.00836871688f));
    p = vf_fma(p, r, vf_set(0.041668388f));
    p = vf_fma(p, r, vf_set(0.166665206f));
    p = vf_fma(p, r, vf_set(0.499999934f));
    p = vf_add(vf_set(1.0f), vf_fma(vf_mul(r, r), p, r));
    return vf_scale(p, n);
}

/* x / (1 + e^-v): with e = exp(-|v|), so that neither side overflows and the left tail keeps its digits. */
KN_INLINE vf vf_gate(vf x, vf v)
{
    vf one = vf_set(1.0f);
    vf e = vf_exp(vf_neg_abs(v));
    return vf_mul(x, vf_div(vf_by_sign(v, e, one), vf_add(one, e)));
}

KN_INLINE vf vf_silu(vf x)
{
    return vf_gate(x, x);
}

/* (1 + tanh(v/2)) / 2 = 1 / (1 + e^-v) */
KN_INLINE vf vf_gelu_tanh(vf x)
{
    vf v = vf_mul(x, vf_fma(vf_mul(x, x), vf_set(0.0713548163f), vf_set(1.59576912f)));
    return vf_gate(x, v);
}

/* x Phi(x), where for a = |x|  Phi(-a) = e^(-a^2/2) t p(t), t = 1 / (1 + 0.3 a); relative error 3.5e-9 up to a = 14.5,
 * behind which Phi(-a) is less than a float can hold. */
KN_INLINE vf vf_gelu(vf x)
{
    vf one = vf_set(1.0f), half = vf_set(0.5f);
    vf a = vf_min(vf_set(14.5f), vf_sub(vf_set(0.0f), vf_neg_abs(x)));
    vf t = vf_div(one, vf_fma(a, vf_set(0.3f), one));
    vf p = vf_set(-0.0206234615f);
    p = vf_fma(p, t, vf_set(0.112435572f));
    p = vf_fma(p, t, vf_set(-0.228213504f));
    p = vf_fma(p, t, vf_set(0.191784408f));
    p = vf_fma(p, t, vf_set(-0.0794233875f));
    p = vf_fma(p, t, vf_set(0.0961567779f));
    p = vf_fma(p, t, vf_set(0.078389668f));
    p = vf_fma(p, t, vf_set(0.110235421f));
    p = vf_fma(p, t, vf_set(0.119571814f));
    p = vf_fma(p, t, vf_set(0.11968669f));
    vf square = vf_mul(a, a);
    vf lost = vf_fms(a, a, square); /* a^2 = square + lost, exactly */
    vf e = vf_exp(vf_mul(square, vf_set(-0.5f)));
    e = vf_fnma(vf_mul(e, half), lost, e);
    vf tail = vf_mul(vf_mul(e, t), p);
    return vf_mul(x, vf_by_sign(x, tail, vf_sub(one, tail)));
}

KN_INLINE vf vf_relu(vf x)
{
    return vf_max(vf_set(0.0f), x); /* the second operand where x is NaN or -0 */
}

#endif
