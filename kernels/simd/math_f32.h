/* The normal distribution, the logistic function and what is made of them, for a file that has included a vec.h. */
#ifndef KN_SIMD_MATH_F32_H
#define KN_SIMD_MATH_F32_H

/* x e / (1 + e), e up to 2^30, where the quotient is 1; e comes exp_unit times as large. The left tail keeps its
 * digits.
 */
KN_INLINE vf vf_gate(vf x, vf e)
{
    return vf_mul(x, vf_div(e, vf_add(vf_set(exp_unit), e)));
}

KN_INLINE vf vf_silu(vf x)
{
    return vf_gate(x, vf_exp_unit(vf_min(vf_set(20.0f), x)));
}

/* (1 + tanh(v/2)) / 2 = e^v / (1 + e^v), and e^v = 2^(v log2(e)) */
KN_INLINE vf vf_gelu_tanh(vf x)
{
    vf v = vf_mul(x, vf_fma(vf_mul(x, x), vf_set(0.102943242f), vf_set(2.30220819f)));
    return vf_gate(x, vf_exp2_unit(vf_min(vf_set(30.0f), v)));
}

/* unit Phi(-a) / e^(-a^2/2) = unit t p(t), t = 1 / (1 + 0.3 a), of a from 0 to 14.5, behind which Phi(-a) is less than
 * a float can hold; p is a minimax fit by the Remez exchange, relative error 3.5e-9 before rounding. `unit` is a power
 * of two. */
KN_INLINE vf phi_ratio(vf a, const float unit)
{
    vf one = vf_set(1.0f), t = vf_div(one, vf_fma(a, vf_set(0.3f), one));
    vf p = vf_set(-0.0206234615f * unit);
    p = vf_fma(p, t, vf_set(0.112435572f * unit));
    p = vf_fma(p, t, vf_set(-0.228213504f * unit));
    p = vf_fma(p, t, vf_set(0.191784408f * unit));
    p = vf_fma(p, t, vf_set(-0.0794233875f * unit));
    p = vf_fma(p, t, vf_set(0.0961567779f * unit));
    p = vf_fma(p, t, vf_set(0.078389668f * unit));
    p = vf_fma(p, t, vf_set(0.110235421f * unit));
    p = vf_fma(p, t, vf_set(0.119571814f * unit));
    p = vf_fma(p, t, vf_set(0.11968669f * unit));
    return vf_mul(t, p);
}

/* x Phi(x) */
KN_INLINE vf vf_gelu(vf x)
{
    vf one = vf_set(1.0f), half = vf_set(0.5f);
    vf a = vf_min(vf_set(14.5f), vf_sub(vf_set(0.0f), vf_neg_abs(x)));
    vf square = vf_mul(a, a);
    vf lost = vf_fms(a, a, square); /* a^2 = square + lost, exactly */
    vf e = vf_exp(vf_mul(square, vf_set(-0.5f)));
    e = vf_fnma(vf_mul(e, half), lost, e);
    vf tail = vf_mul(e, phi_ratio(a, 1));
    return vf_mul(x, vf_by_sign(x, tail, vf_sub(one, tail)));
}

KN_INLINE vf vf_relu(vf x)
{
    return vf_max(vf_set(0.0f), x); /* the second operand where x is NaN or -0 */
}

#endif
