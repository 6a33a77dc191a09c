/* Sixteen floats: what the templates in kernels/simd are written in. Included by the files of this folder only, which
 * are compiled for AVX-512; everything is static, so that nothing of it can be linked into code for other machines. */
#ifndef KN_AVX512_VEC_H
#define KN_AVX512_VEC_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define KN_INLINE static inline __attribute__((always_inline, unused))

typedef __m512 vf;
enum { LANES = 16 };

/* The first n of 16 lanes, n <= 16. */
KN_INLINE __mmask16 first(size_t n)
{
    return (__mmask16)((1u << n) - 1);
}

KN_INLINE vf vf_set(float x)
{
    return _mm512_set1_ps(x);
}
KN_INLINE vf vf_load(const float *p)
{
    return _mm512_loadu_ps(p);
}
KN_INLINE void vf_store(float *p, vf v)
{
    _mm512_storeu_ps(p, v);
}
/* 16 numbers in f16, bf16 or int8; the first n of them, zeros behind, reading nothing else. */
KN_INLINE vf vf_load_f16(const void *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256(p));
}
KN_INLINE vf vf_load_f16_n(const void *p, size_t n)
{
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(first(n), p));
}
KN_INLINE vf vf_load_bf16(const void *p)
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(p)), 16));
}
KN_INLINE vf vf_load_bf16_n(const void *p, size_t n)
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(first(n), p)), 16));
}
KN_INLINE vf vf_load_i8(const void *p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(p)));
}
KN_INLINE vf vf_load_i8_n(const void *p, size_t n)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(first(n), p)));
}
/* 16 numbers to f16, to nearest; and to the low bytes of the integers nearest to them. */
KN_INLINE void vf_store_f16(void *p, vf v)
{
    _mm256_storeu_si256(p, _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
KN_INLINE void vf_store_bytes(void *p, vf v)
{
    _mm_storeu_si128(p, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v)));
}
/* The first n of p, zeros behind them; reads nothing else. */
KN_INLINE vf vf_load_n(const float *p, size_t n)
{
    return _mm512_maskz_loadu_ps(first(n), p);
}
KN_INLINE void vf_store_n(float *p, vf v, size_t n)
{
    _mm512_mask_storeu_ps(p, first(n), v);
}
/* The first n lanes of v, `rest` in the others. */
KN_INLINE vf vf_keep_n(vf v, size_t n, vf rest)
{
    return _mm512_mask_mov_ps(rest, first(n), v);
}
KN_INLINE vf vf_add(vf a, vf b)
{
    return _mm512_add_ps(a, b);
}
KN_INLINE vf vf_sub(vf a, vf b)
{
    return _mm512_sub_ps(a, b);
}
KN_INLINE vf vf_mul(vf a, vf b)
{
    return _mm512_mul_ps(a, b);
}
KN_INLINE vf vf_div(vf a, vf b)
{
    return _mm512_div_ps(a, b);
}
KN_INLINE vf vf_fma(vf a, vf b, vf c) /* a b + c */
{
    return _mm512_fmadd_ps(a, b, c);
}
/* *a b + c, a read and spread within the one instruction: a load for each product, but no register and no step besides.
 */
KN_INLINE vf vf_fma_of(const float *a, vf b, vf c)
{
    __asm__("vfmadd231ps %2%{1to16%}, %1, %0" : "+v"(c) : "v"(b), "m"(*a));
    return c;
}
KN_INLINE vf vf_fnma(vf a, vf b, vf c) /* c - a b */
{
    return _mm512_fnmadd_ps(a, b, c);
}
KN_INLINE vf vf_fms(vf a, vf b, vf c) /* a b - c */
{
    return _mm512_fmsub_ps(a, b, c);
}
/* b where either is a NaN, or both are zero. */
KN_INLINE vf vf_max(vf a, vf b)
{
    return _mm512_max_ps(a, b);
}
/* Bit i: a[i] >= b[i]. */
KN_INLINE unsigned vf_at_least(vf a, vf b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ);
}
KN_INLINE vf vf_min(vf a, vf b)
{
    return _mm512_min_ps(a, b);
}
/* -|x| */
KN_INLINE vf vf_neg_abs(vf x)
{
    return _mm512_or_ps(x, _mm512_set1_ps(-0.0f));
}
/* `negative` where the sign bit of x is set, else `positive`. */
KN_INLINE vf vf_by_sign(vf x, vf negative, vf positive)
{
    return _mm512_mask_mov_ps(positive, _mm512_movepi32_mask(_mm512_castps_si512(x)), negative);
}
/* x where a > b, else y. */
KN_INLINE vf vf_where_more(vf a, vf b, vf x, vf y)
{
    return _mm512_mask_mov_ps(y, _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), x);
}
KN_INLINE vf vf_round(vf x)
{
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
/* p 2^n for an integral n, rounded once. */
KN_INLINE vf vf_scale(vf p, vf n)
{
    return _mm512_scalef_ps(p, n);
}
KN_INLINE float vf_sum(vf v)
{
    return _mm512_reduce_add_ps(v);
}
KN_INLINE float vf_largest(vf v)
{
    return _mm512_reduce_max_ps(v);
}

/* table[places[i]] of sixteen. */
KN_INLINE vf vf_pick(const float *table, const int8_t *places)
{
    __m512i at = _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)places));
    return _mm512_permutexvar_ps(at, vf_load(table));
}

/* p[0], p[0], p[1], p[1], ... of the first n <= 8. */
KN_INLINE vf vf_load_twice(const float *p, size_t n)
{
    return _mm512_permutexvar_ps(_mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7), vf_load_n(p, n));
}
/* Neighbours change places. */
KN_INLINE vf vf_swap(vf v)
{
    return _mm512_permute_ps(v, 0xb1);
}
/* a b - c in even lanes, a b + c in odd ones. */
KN_INLINE vf vf_fmaddsub(vf a, vf b, vf c)
{
    return _mm512_fmaddsub_ps(a, b, c);
}

/* Lane i is the sum of r[i]: pairs of vectors are folded into one until one is left. What stays in its place is
 * blended, not shuffled: one port does all shuffles. */
KN_INLINE vf vf_sums(const vf r[16])
{
    const __m512i others = _mm512_setr_epi64(2, 3, 8, 9, 6, 7, 12, 13);
    __m512 a[8];
    __m512d b[4], c[2];
    for (int i = 0; i < 8; i++) /* r[i] and r[i + 8]: 8 partial sums each */
        a[i] = _mm512_add_ps(_mm512_mask_blend_ps(0xff00, r[i], r[i + 8]), _mm512_shuffle_f32x4(r[i], r[i + 8], 0x4e));
    for (int i = 0; i < 4; i++) { /* now in each 128 bits four partial sums of one r: i, i + 4, i + 8, i + 12 */
        __m512d x = _mm512_castps_pd(a[i]), y = _mm512_castps_pd(a[i + 4]);
        __m512 mixed = _mm512_castpd_ps(_mm512_permutex2var_pd(x, others, y));
        b[i] = _mm512_castps_pd(_mm512_add_ps(_mm512_mask_blend_ps(0xf0f0, a[i], a[i + 4]), mixed));
    }
    for (int i = 0; i < 2; i++) {
        __m512 stay = _mm512_castpd_ps(_mm512_mask_blend_pd(0xaa, b[2 * i], b[2 * i + 1]));
        __m512 swap = _mm512_castpd_ps(_mm512_shuffle_pd(b[2 * i], b[2 * i + 1], 0x55));
        c[i] = _mm512_castps_pd(_mm512_add_ps(stay, swap));
    }
    __m512 left = _mm512_castpd_ps(c[0]), right = _mm512_castpd_ps(c[1]);
    return _mm512_add_ps(_mm512_shuffle_ps(left, right, 0x88), _mm512_shuffle_ps(left, right, 0xdd));
}

/* Transposes 16x16. */
KN_INLINE void vf_transpose(vf r[16])
{
    vf t[16];
    for (int i = 0; i < 16; i += 2) { /* 2x2 */
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) { /* 4x4 */
        r[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) { /* the 4x4 blocks: columns 0, 2 and 1, 3 of two rows of blocks */
        t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd);
        r[i + 4] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 12] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

#include "kernels/avx512/exp.h"

#endif
