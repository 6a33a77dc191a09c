/* Four int32 or sixteen int8: what products of whole panels (kernels/simd/gemm_int8.inc) are written in, beside a
 * dot.h. */
#ifndef KN_NEON_INTS_H
#define KN_NEON_INTS_H

#include "kernels/neon/bytes.h"

KN_INLINE void vi_store(void *p, vi v)
{
    vst1q_u8(p, vreinterpretq_u8_s32(v));
}
/* The four bytes at p in every lane. */
KN_INLINE vi vi_spread(const void *p)
{
    int32_t four;
    __builtin_memcpy(&four, p, sizeof four);
    return vdupq_n_s32(four);
}
KN_INLINE vi vi_bytes(int x)
{
    return vreinterpretq_s32_s8(vdupq_n_s8((int8_t)x));
}
KN_INLINE vi vi_lanes(int x)
{
    return vdupq_n_s32(x);
}
KN_INLINE vi vi_and(vi a, vi b)
{
    return vandq_s32(a, b);
}
KN_INLINE vi vi_or(vi a, vi b)
{
    return vorrq_s32(a, b);
}
KN_INLINE vi vi_xor(vi a, vi b)
{
    return veorq_s32(a, b);
}
KN_INLINE vi vi_add(vi a, vi b)
{
    return vaddq_s32(a, b);
}
KN_INLINE vi vi_max(vi a, vi b)
{
    return vmaxq_s32(a, b);
}
/* The largest lane. */
KN_INLINE int32_t vi_largest(vi v)
{
    return vmaxvq_s32(v);
}
KN_INLINE vi vi_add16(vi a, vi b)
{
    return vreinterpretq_s32_s16(vaddq_s16(vreinterpretq_s16_s32(a), vreinterpretq_s16_s32(b)));
}
/* vi_pairs() takes both operands with their signs: none goes from one to the other. */
KN_INLINE vi vi_abs_bytes(vi v)
{
    return v;
}
KN_INLINE vi vi_with_sign(vi x, vi w)
{
    (void)w;
    return x;
}
/* Products of signed bytes, those of x -127 at least, added by pairs in 16 bits, and 16-bit integers added by pairs in
 * 32. */
KN_INLINE vi vi_pairs(vi w, vi x)
{
    int8x16_t a = vi_as_bytes(w), b = vi_as_bytes(x);
    int16x8_t low = vmull_s8(vget_low_s8(a), vget_low_s8(b));
    return vreinterpretq_s32_s16(vpaddq_s16(low, vmull_high_s8(a, b)));
}
KN_INLINE vi vi_sum_pairs(vi v)
{
    return vpaddlq_s16(vreinterpretq_s16_s32(v));
}
/* Lanes moved by n bits. */
KN_INLINE vi vi_left(vi v, int n)
{
    return vshlq_s32(v, vdupq_n_s32(n));
}
KN_INLINE vi vi_right(vi v, int n)
{
    return vreinterpretq_s32_u32(vshlq_u32(vreinterpretq_u32_s32(v), vdupq_n_s32(-n)));
}
KN_INLINE vi vi_right_signed(vi v, int n)
{
    return vshlq_s32(v, vdupq_n_s32(-n));
}
KN_INLINE vf vi_float(vi v)
{
    return vcvtq_f32_s32(v);
}
/* To the nearest integers, ties to even; 0 of a NaN. */
KN_INLINE vi vi_nearest(vf v)
{
    return vcvtnq_s32_f32(v);
}
KN_INLINE vi vi_of_bits(vf v)
{
    return vreinterpretq_s32_f32(v);
}
KN_INLINE vf vf_of_bits(vi v)
{
    return vreinterpretq_f32_s32(v);
}
/* `yes` where x < limit, else `no`. */
KN_INLINE vf vf_below(vf x, float limit, vf yes, vf no)
{
    return vbslq_f32(vcltq_f32(x, vf_set(limit)), yes, no);
}
/* `yes` where x >= limit, else `no`. */
KN_INLINE vf vf_from(vf x, float limit, vf yes, vf no)
{
    return vbslq_f32(vcgeq_f32(x, vf_set(limit)), yes, no);
}
/* Four f16. */
KN_INLINE vf vf_of_halves(const void *p)
{
    return vf_load_f16(p);
}
/* The f16 that begin each lane's low half, as floats. */
KN_INLINE vf vf_of_low_halves(vi v)
{
    return vcvt_f32_f16(vreinterpret_f16_s16(vmovn_s32(v)));
}

/* Four vectors of int32, as 16 bytes in their order, those beyond int8 its ends. */
KN_INLINE vi vi_pack(const vi v[4])
{
    int16x8_t low = vqmovn_high_s32(vqmovn_s32(v[0]), v[1]), high = vqmovn_high_s32(vqmovn_s32(v[2]), v[3]);
    return vreinterpretq_s32_s8(vqmovn_high_s16(vqmovn_s16(low), high));
}

/* The sixteen bytes at p of each of LANES rows `step` apart: out[j] holds the j-th four of every row. */
KN_INLINE void vi_rows(const uint8_t *p, size_t step, vi out[4])
{
    vf r[4];
    for (size_t i = 0; i < 4; i++)
        r[i] = vf_of_bits(vi_load(p + i * step));
    vf_transpose(r);
    for (size_t i = 0; i < 4; i++)
        out[i] = vi_of_bits(r[i]);
}

#endif
