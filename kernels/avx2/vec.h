/* Eight floats: what the templates in kernels/simd are written in. Included by the files of this folder only, which are
 * compiled for AVX2; everything is static, so that nothing of it can be linked into code for other machines. */
#ifndef KN_AVX2_VEC_H
#define KN_AVX2_VEC_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define KN_INLINE static inline __attribute__((always_inline, unused))

typedef __m256 vf;
enum { LANES = 8 };

/* All ones in the first n of 8 lanes, n <= 8. */
KN_INLINE __m256i first(size_t n)
{
    static const int32_t ones[16] = { -1, -1, -1, -1, -1, -1, -1, -1 };
    return _mm256_loadu_si256((const __m256i *)(const void *)(ones + 8 - n));
}

KN_INLINE vf vf_set(float x)
{
    return _mm256_set1_ps(x);
}
KN_INLINE vf vf_load(const float *p)
{
    return _mm256_loadu_ps(p);
}
KN_INLINE void vf_store(float *p, vf v)
{
    _mm256_storeu_ps(p, v);
}
/* 8 numbers in f16, bf16 or int8; the first n of them, zeros behind, reading nothing else. */
KN_INLINE vf vf_load_f16(const void *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128(p));
}
KN_INLINE vf vf_load_f16_n(const void *p, size_t n)
{
    uint16_t part[8] = { 0 };
    if (n == 8)
        return vf_load_f16(p);
    __builtin_memcpy(part, p, 2 * n);
    return vf_load_f16(part);
}
KN_INLINE vf vf_load_bf16(const void *p)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(p)), 16));
}
KN_INLINE vf vf_load_bf16_n(const void *p, size_t n)
{
    uint16_t part[8] = { 0 };
    if (n == 8)
        return vf_load_bf16(p);
    __builtin_memcpy(part, p, 2 * n);
    return vf_load_bf16(part);
}
KN_INLINE vf vf_load_i8(const void *p)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(p)));
}
KN_INLINE vf vf_load_i8_n(const void *p, size_t n)
{
    int8_t part[8] = { 0 };
    __builtin_memcpy(part, p, n);
    return vf_load_i8(part);
}
/* 8 numbers to f16, to nearest; and to the low bytes of the integers nearest to them. */
KN_INLINE void vf_store_f16(void *p, vf v)
{
    _mm_storeu_si128(p, _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
KN_INLINE void vf_store_bytes(void *p, vf v)
{
    __m256i low = _mm256_setr_epi32(0x0c080400, -1, -1, -1, 0x0c080400, -1, -1, -1);
    __m256i fours = _mm256_shuffle_epi8(_mm256_cvtps_epi32(v), low);
    _mm_storel_epi64(p, _mm_unpacklo_epi32(_mm256_castsi256_si128(fours), _mm256_extracti128_si256(fours, 1)));
}
/* The first n of p, zeros behind them; reads nothing else. */
KN_INLINE vf vf_load_n(const float *p, size_t n)
{
    return _mm256_maskload_ps(p, first(n));
}
KN_INLINE void vf_store_n(float *p, vf v, size_t n)
{
    _mm256_maskstore_ps(p, first(n), v);
}
/* The first n lanes of v, `rest` in the others. */
KN_INLINE vf vf_keep_n(vf v, size_t n, vf rest)
{
    return _mm256_blendv_ps(rest, v, _mm256_castsi256_ps(first(n)));
}
KN_INLINE vf vf_add(vf a, vf b)
{
    return _mm256_add_ps(a, b);
}
KN_INLINE vf vf_sub(vf a, vf b)
{
    return _mm256_sub_ps(a, b);
}
KN_INLINE vf vf_mul(vf a, vf b)
{
    return _mm256_mul_ps(a, b);
}
KN_INLINE vf vf_div(vf a, vf b)
{
    return _mm256_div_ps(a, b);
}
KN_INLINE vf vf_fma(vf a, vf b, vf c) /* a b + c */
{
    return _mm256_fmadd_ps(a, b, c);
}
KN_INLINE vf vf_fma_of(const float *a, vf b, vf c) /* *a b + c */
{
    return vf_fma(vf_set(*a), b, c);
}
KN_INLINE vf vf_fnma(vf a, vf b, vf c) /* c - a b */
{
    return _mm256_fnmadd_ps(a, b, c);
}
KN_INLINE vf vf_fms(vf a, vf b, vf c) /* a b - c */
{
    return _mm256_fmsub_ps(a, b, c);
}
/* b where either is a NaN, or both are zero. */
KN_INLINE vf vf_max(vf a, vf b)
{
    return _mm256_max_ps(a, b);
}
/* Bit i: a[i] >= b[i]. */
KN_INLINE unsigned vf_at_least(vf a, vf b)
{
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GE_OQ));
}
KN_INLINE vf vf_min(vf a, vf b)
{
    return _mm256_min_ps(a, b);
}
/* -|x| */
KN_INLINE vf vf_neg_abs(vf x)
{
    return _mm256_or_ps(x, _mm256_set1_ps(-0.0f));
}
/* `negative` where the sign bit of x is set, else `positive`. */
KN_INLINE vf vf_by_sign(vf x, vf negative, vf positive)
{
    return _mm256_blendv_ps(positive, negative, x);
}
/* x where a > b, else y. */
KN_INLINE vf vf_where_more(vf a, vf b, vf x, vf y)
{
    return _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_GT_OQ));
}
KN_INLINE vf vf_round(vf x)
{
    return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
/* p 2^n for an integral n in [-160, 128], p near 1: in two steps, so that a denormal result is rounded once. */
KN_INLINE vf vf_scale(vf p, vf n)
{
    __m256i whole = _mm256_cvtps_epi32(n);
    __m256i half = _mm256_srai_epi32(whole, 1);
    __m256i bias = _mm256_set1_epi32(127);
    __m256i s1 = _mm256_slli_epi32(_mm256_add_epi32(half, bias), 23);
    __m256i s2 = _mm256_slli_epi32(_mm256_add_epi32(_mm256_sub_epi32(whole, half), bias), 23);
    return _mm256_mul_ps(_mm256_mul_ps(p, _mm256_castsi256_ps(s1)), _mm256_castsi256_ps(s2));
}
KN_INLINE float vf_sum(vf v)
{
    __m128 x = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    x = _mm_add_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)));
}
KN_INLINE float vf_largest(vf v)
{
    __m128 x = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    x = _mm_max_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_max_ss(x, _mm_movehdup_ps(x)));
}

/* table[places[i]] of sixteen. */
KN_INLINE vf vf_pick(const float *table, const int8_t *places)
{
    __m256i at = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)places));
    vf low = _mm256_permutevar8x32_ps(vf_load(table), at), high = _mm256_permutevar8x32_ps(vf_load(table + 8), at);
    return _mm256_blendv_ps(low, high, _mm256_castsi256_ps(_mm256_slli_epi32(at, 28))); /* bit 3 to the sign */
}

/* p[0], p[0], p[1], p[1], ... of the first n <= 4. */
KN_INLINE vf vf_load_twice(const float *p, size_t n)
{
    __m256 v = n == 4 ? _mm256_castps128_ps256(_mm_loadu_ps(p)) : vf_load_n(p, n);
    return _mm256_permutevar8x32_ps(v, _mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3));
}
/* Neighbours change places. */
KN_INLINE vf vf_swap(vf v)
{
    return _mm256_permute_ps(v, 0xb1);
}
/* a b - c in even lanes, a b + c in odd ones. */
KN_INLINE vf vf_fmaddsub(vf a, vf b, vf c)
{
    return _mm256_fmaddsub_ps(a, b, c);
}

/* Lane i is the sum of r[i]. */
KN_INLINE vf vf_sums(const vf r[8])
{
    __m256 a = _mm256_hadd_ps(_mm256_hadd_ps(r[0], r[1]), _mm256_hadd_ps(r[2], r[3]));
    __m256 b = _mm256_hadd_ps(_mm256_hadd_ps(r[4], r[5]), _mm256_hadd_ps(r[6], r[7]));
    return _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
}

/* Transposes 8x8. */
KN_INLINE void vf_transpose(vf r[8])
{
    vf t[8];
    for (int i = 0; i < 8; i += 2) { /* 2x2 */
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) { /* 4x4 */
        r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x20);
        t[i + 4] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x31);
    }
    for (int i = 0; i < 8; i++)
        r[i] = t[i];
}

#include "kernels/avx2/exp.h"

#endif
