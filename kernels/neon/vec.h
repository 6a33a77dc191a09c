/* Four floats: what the templates in kernels/simd are written in. Included by the files of this folder only; everything
 * is static. */
#ifndef KN_NEON_VEC_H
#define KN_NEON_VEC_H

#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

#define KN_INLINE static inline __attribute__((always_inline, unused))

typedef float32x4_t vf;
enum { LANES = 4 };

/* All ones in the first n of 4 lanes, n <= 4. */
KN_INLINE uint32x4_t first(size_t n)
{
    static const uint32_t ones[8] = { ~0u, ~0u, ~0u, ~0u };
    return vld1q_u32(ones + 4 - n);
}

KN_INLINE vf vf_set(float x)
{
    return vdupq_n_f32(x);
}
KN_INLINE vf vf_load(const float *p)
{
    return vld1q_f32(p);
}
KN_INLINE void vf_store(float *p, vf v)
{
    vst1q_f32(p, v);
}
/* 4 numbers in f16, bf16 or int8; the first n of them, zeros behind, reading nothing else. */
KN_INLINE vf vf_load_f16(const void *p)
{
    uint16_t part[4];
    __builtin_memcpy(part, p, sizeof part);
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(part)));
}
KN_INLINE vf vf_load_f16_n(const void *p, size_t n)
{
    uint16_t part[4] = { 0 };
    __builtin_memcpy(part, p, 2 * n);
    return vf_load_f16(part);
}
KN_INLINE float float_of_f16(uint16_t half)
{
    return vgetq_lane_f32(vf_load_f16_n(&half, 1), 0);
}
KN_INLINE vf vf_load_bf16(const void *p)
{
    uint16_t part[4];
    __builtin_memcpy(part, p, sizeof part);
    return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(part), 16));
}
KN_INLINE vf vf_load_bf16_n(const void *p, size_t n)
{
    uint16_t part[4] = { 0 };
    __builtin_memcpy(part, p, 2 * n);
    return vf_load_bf16(part);
}
KN_INLINE vf vf_load_i8(const void *p)
{
    int8_t part[8] = { 0 };
    __builtin_memcpy(part, p, 4);
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(vld1_s8(part)))));
}
KN_INLINE vf vf_load_i8_n(const void *p, size_t n)
{
    int8_t part[4] = { 0 };
    __builtin_memcpy(part, p, n);
    return vf_load_i8(part);
}
/* 4 numbers to f16, to nearest; and to the low bytes of the integers nearest to them. */
KN_INLINE void vf_store_f16(void *p, vf v)
{
    uint16x4_t halves = vreinterpret_u16_f16(vcvt_f16_f32(v));
    __builtin_memcpy(p, &halves, sizeof halves);
}
KN_INLINE void vf_store_bytes(void *p, vf v)
{
    uint16x4_t low = vmovn_u32(vreinterpretq_u32_s32(vcvtnq_s32_f32(v)));
    uint8x8_t bytes = vmovn_u16(vcombine_u16(low, low));
    __builtin_memcpy(p, &bytes, 4);
}
/* The first n of p, zeros behind them; reads nothing else. */
KN_INLINE vf vf_load_n(const float *p, size_t n)
{
    float part[4] = { 0 };
    if (n == LANES)
        return vf_load(p);
    __builtin_memcpy(part, p, n * sizeof *p);
    return vf_load(part);
}
KN_INLINE void vf_store_n(float *p, vf v, size_t n)
{
    float part[4];
    vf_store(part, v);
    __builtin_memcpy(p, part, n * sizeof *p);
}
/* The first n lanes of v, `rest` in the others. */
KN_INLINE vf vf_keep_n(vf v, size_t n, vf rest)
{
    return vbslq_f32(first(n), v, rest);
}
KN_INLINE vf vf_add(vf a, vf b)
{
    return vaddq_f32(a, b);
}
KN_INLINE vf vf_sub(vf a, vf b)
{
    return vsubq_f32(a, b);
}
KN_INLINE vf vf_mul(vf a, vf b)
{
    return vmulq_f32(a, b);
}
KN_INLINE vf vf_div(vf a, vf b)
{
    return vdivq_f32(a, b);
}
KN_INLINE vf vf_fma(vf a, vf b, vf c) /* a b + c */
{
    return vfmaq_f32(c, a, b);
}
KN_INLINE vf vf_fma_of(const float *a, vf b, vf c) /* *a b + c */
{
    return vf_fma(vf_set(*a), b, c);
}
KN_INLINE vf vf_fnma(vf a, vf b, vf c) /* c - a b */
{
    return vfmsq_f32(c, a, b);
}
KN_INLINE vf vf_fms(vf a, vf b, vf c) /* a b - c */
{
    return vfmaq_f32(vnegq_f32(c), a, b);
}
/* b where either is a NaN, or both are zero. */
KN_INLINE vf vf_max(vf a, vf b)
{
    return vbslq_f32(vcgtq_f32(a, b), a, b);
}
KN_INLINE vf vf_min(vf a, vf b)
{
    return vbslq_f32(vcltq_f32(a, b), a, b);
}
/* Bit i: a[i] >= b[i]. */
KN_INLINE unsigned vf_at_least(vf a, vf b)
{
    static const uint32_t bits[4] = { 1, 2, 4, 8 };
    return vaddvq_u32(vandq_u32(vcgeq_f32(a, b), vld1q_u32(bits)));
}
/* -|x| */
KN_INLINE vf vf_neg_abs(vf x)
{
    return vreinterpretq_f32_u32(vorrq_u32(vreinterpretq_u32_f32(x), vdupq_n_u32(1u << 31)));
}
/* `negative` where the sign bit of x is set, else `positive`. */
KN_INLINE vf vf_by_sign(vf x, vf negative, vf positive)
{
    return vbslq_f32(vcltq_s32(vreinterpretq_s32_f32(x), vdupq_n_s32(0)), negative, positive);
}
/* x where a > b, else y. */
KN_INLINE vf vf_where_more(vf a, vf b, vf x, vf y)
{
    return vbslq_f32(vcgtq_f32(a, b), x, y);
}
KN_INLINE vf vf_round(vf x)
{
    return vrndnq_f32(x);
}
/* p 2^n for an integral n in [-160, 128], p near 1: in two steps, so that a denormal result is rounded once. */
KN_INLINE vf vf_scale(vf p, vf n)
{
    int32x4_t whole = vcvtq_s32_f32(n), half = vshrq_n_s32(whole, 1), bias = vdupq_n_s32(127);
    int32x4_t s1 = vshlq_n_s32(vaddq_s32(half, bias), 23);
    int32x4_t s2 = vshlq_n_s32(vaddq_s32(vsubq_s32(whole, half), bias), 23);
    return vmulq_f32(vmulq_f32(p, vreinterpretq_f32_s32(s1)), vreinterpretq_f32_s32(s2));
}
KN_INLINE float vf_sum(vf v)
{
    return vaddvq_f32(v);
}
KN_INLINE float vf_largest(vf v)
{
    return vmaxnmvq_f32(v);
}

/* p[0], p[0], p[1], p[1] of the first n <= 2. */
KN_INLINE vf vf_load_twice(const float *p, size_t n)
{
    vf v = vf_load_n(p, n);
    return vzip1q_f32(v, v);
}
/* Neighbours change places. */
KN_INLINE vf vf_swap(vf v)
{
    return vrev64q_f32(v);
}
/* a b - c in even lanes, a b + c in odd ones. */
KN_INLINE vf vf_fmaddsub(vf a, vf b, vf c)
{
    static const uint32_t signs[4] = { 1u << 31, 0, 1u << 31, 0 };
    vf turned = vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(c), vld1q_u32(signs)));
    return vfmaq_f32(turned, a, b);
}

/* Lane i is the sum of r[i]. */
KN_INLINE vf vf_sums(const vf r[4])
{
    return vpaddq_f32(vpaddq_f32(r[0], r[1]), vpaddq_f32(r[2], r[3]));
}

/* Transposes 4x4. */
KN_INLINE void vf_transpose(vf r[4])
{
    float32x4_t a = vzip1q_f32(r[0], r[2]), b = vzip2q_f32(r[0], r[2]);
    float32x4_t c = vzip1q_f32(r[1], r[3]), d = vzip2q_f32(r[1], r[3]);
    r[0] = vzip1q_f32(a, c);
    r[1] = vzip2q_f32(a, c);
    r[2] = vzip1q_f32(b, d);
    r[3] = vzip2q_f32(b, d);
}

#include "kernels/simd/exp.h"

#endif
