/* Sine and cosine of angles counted in turns, for a file that has included a vec.h. */
#ifndef KN_SIMD_TURNS_F32_H
#define KN_SIMD_TURNS_F32_H

#include "kernels/simd/bits_f32.h"

/* Of turns 2^-32 + rest, |rest| < 2^-8; each within 3 u of 1, whatever the angle. What is left of it beside the nearest
 * quarter turn is at most pi/4: of its own size it is off by 3 u (made a float, `rest` added, made radians), so that a
 * sine or cosine is off by pi/4 sqrt(1/2) 3 u, to which its evaluation adds 1.3 u at most. The polynomials are minimax
 * fits by the Remez exchange on [-0.8, 0.8], off by less than 0.04 u. */
KN_INLINE void vf_sincos(vu turns, vf rest, vf *sin, vf *cos)
{
    vu quarter = (turns + (1u << 29)) >> 30, odd = 0u - (quarter & 1u);
    vs left = (vs)(turns - (quarter << 30));
    vf r = vf_fma((vf) __builtin_convertvector(left, vplain), vf_set(0x1p-32f), rest);
    vf x = vf_fma(r, vf_set(0x1.921fb6p+2f), vf_mul(r, vf_set(-0x1.777a5cp-23f))); /* 2 pi in two parts */
    vf z = vf_mul(x, x);
    vf p = vf_fma(vf_set(-0.000194827750f), z, vf_set(0.00833187532f));
    p = vf_fma(p, z, vf_set(-0.166666493f));
    vf s = vf_fma(vf_mul(x, z), p, x);
    vf g = vf_fma(vf_set(0.0000244249240f), z, vf_set(-0.00138872513f));
    g = vf_fma(g, z, vf_set(0.0416666456f));
    vf c = vf_fma(z, vf_fma(g, z, vf_set(-0.5f)), vf_set(1));
    vu at_s = vu_select(odd, (vu)c, (vu)s), at_c = vu_select(odd, (vu)s, (vu)c);
    *sin = (vf)(at_s ^ (quarter & 2u) << 30);
    *cos = (vf)(at_c ^ ((quarter + 1u) & 2u) << 30);
}

#endif
