/* Exponentials times exp_unit, where that is 1. A vec.h whose exponentials come out larger has its own. */
#ifndef KN_SIMD_EXP_UNIT_H
#define KN_SIMD_EXP_UNIT_H

static const float exp_unit = 1;

KN_INLINE vf vf_exp_unit(vf x)
{
    return vf_exp(x);
}
KN_INLINE vf vf_exp2_unit(vf x)
{
    return vf_exp2(x);
}

#endif
