/* Sixteen int32 or sixty-four int8: what products of whole panels (kernels/simd/gemm_int8.inc) are written in, beside
 * a dot.h. */
#ifndef KN_AVX512_INTS_H
#define KN_AVX512_INTS_H

#include "kernels/avx512/bytes.h"

KN_INLINE void vi_store(void *p, vi v)
{
    _mm512_storeu_si512(p, v);
}
/* The four bytes at p in every lane. */
KN_INLINE vi vi_spread(const void *p)
{
    int32_t four;
    __builtin_memcpy(&four, p, sizeof four);
    return _mm512_set1_epi32(four);
}
KN_INLINE vi vi_bytes(int x)
{
    return _mm512_set1_epi8((char)x);
}
KN_INLINE vi vi_lanes(int x)
{
    return _mm512_set1_epi32(x);
}
KN_INLINE vi vi_and(vi a, vi b)
{
    return _mm512_and_si512(a, b);
}
KN_INLINE vi vi_or(vi a, vi b)
{
    return _mm512_or_si512(a, b);
}
KN_INLINE vi vi_xor(vi a, vi b)
{
    return _mm512_xor_si512(a, b);
}
KN_INLINE vi vi_add(vi a, vi b)
{
    return _mm512_add_epi32(a, b);
}
KN_INLINE vi vi_sub(vi a, vi b)
{
    return _mm512_sub_epi32(a, b);
}
KN_INLINE vi vi_max(vi a, vi b)
{
    return _mm512_max_epi32(a, b);
}
KN_INLINE vi vi_add16(vi a, vi b)
{
    return _mm512_add_epi16(a, b);
}
KN_INLINE vi vi_abs_bytes(vi v)
{
    return _mm512_abs_epi8(v);
}
/* x, its bytes negated where those of w are negative. */
KN_INLINE vi vi_with_sign(vi x, vi w)
{
    return _mm512_mask_sub_epi8(x, _mm512_movepi8_mask(w), vi_zero(), x);
}
/* Products of unsigned and signed bytes, added by pairs in 16 bits, and 16-bit integers added by pairs in 32. */
KN_INLINE vi vi_pairs(vi u8, vi s8)
{
    return _mm512_maddubs_epi16(u8, s8);
}
KN_INLINE vi vi_sum_pairs(vi v)
{
    return _mm512_madd_epi16(v, _mm512_set1_epi16(1));
}
/* Lanes moved by n bits. */
KN_INLINE vi vi_left(vi v, int n)
{
    return _mm512_slli_epi32(v, (unsigned)n);
}
KN_INLINE vi vi_right(vi v, int n)
{
    return _mm512_srli_epi32(v, (unsigned)n);
}
KN_INLINE vi vi_right_signed(vi v, int n)
{
    return _mm512_srai_epi32(v, (unsigned)n);
}
KN_INLINE vf vi_float(vi v)
{
    return _mm512_cvtepi32_ps(v);
}
/* To the nearest integers, ties to even. */
KN_INLINE vi vi_nearest(vf v)
{
    return _mm512_cvtps_epi32(v);
}
KN_INLINE vi vi_of_bits(vf v)
{
    return _mm512_castps_si512(v);
}
KN_INLINE vf vf_of_bits(vi v)
{
    return _mm512_castsi512_ps(v);
}
/* The largest lane. */
KN_INLINE int32_t vi_largest(vi v)
{
    return _mm512_reduce_max_epi32(v);
}
/* `yes` where x < limit, else `no`. */
KN_INLINE vf vf_below(vf x, float limit, vf yes, vf no)
{
    return _mm512_mask_mov_ps(no, _mm512_cmp_ps_mask(x, vf_set(limit), _CMP_LT_OQ), yes);
}
/* `yes` where x >= limit, else `no`. */
KN_INLINE vf vf_from(vf x, float limit, vf yes, vf no)
{
    return _mm512_mask_mov_ps(no, _mm512_cmp_ps_mask(x, vf_set(limit), _CMP_GE_OQ), yes);
}
/* Sixteen f16. */
KN_INLINE vf vf_of_halves(const void *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}

/* The f16 that begin each lane's low half, as floats. */
KN_INLINE vf vf_of_low_halves(vi v)
{
    return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(v));
}

/* Four vectors of int32 in [-128, 127], as 64 bytes in their order. */
KN_INLINE vi vi_pack(const vi v[4])
{
    vi packed = _mm512_packs_epi16(_mm512_packs_epi32(v[0], v[1]), _mm512_packs_epi32(v[2], v[3]));
    return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), packed);
}

/* The sums of each four neighbours of the lanes of v[0], v[1], v[2], v[3]: sixteen sums in their order. */
KN_INLINE vi vi_sum_fours(const vi v[4])
{
    vi a = vi_add(_mm512_unpacklo_epi32(v[0], v[1]), _mm512_unpackhi_epi32(v[0], v[1]));
    vi b = vi_add(_mm512_unpacklo_epi32(v[2], v[3]), _mm512_unpackhi_epi32(v[2], v[3]));
    vi sums = vi_add(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b)); /* lane 4 i + j: of v[j] */
    return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), sums);
}

/* The sixteen bytes at p of each of LANES rows `step` apart: out[j] holds the j-th four of every row. */
KN_INLINE void vi_rows(const uint8_t *p, size_t step, vi out[4])
{
    vi r[4];
    for (size_t i = 0; i < 4; i++) { /* rows i, 4 + i, 8 + i, 12 + i */
        r[i] = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(const void *)(p + i * step)));
        r[i] = _mm512_inserti32x4(r[i], _mm_loadu_si128((const __m128i *)(const void *)(p + (4 + i) * step)), 1);
        r[i] = _mm512_inserti32x4(r[i], _mm_loadu_si128((const __m128i *)(const void *)(p + (8 + i) * step)), 2);
        r[i] = _mm512_inserti32x4(r[i], _mm_loadu_si128((const __m128i *)(const void *)(p + (12 + i) * step)), 3);
    }
    vi a = _mm512_unpacklo_epi32(r[0], r[1]), b = _mm512_unpackhi_epi32(r[0], r[1]);
    vi c = _mm512_unpacklo_epi32(r[2], r[3]), d = _mm512_unpackhi_epi32(r[2], r[3]);
    out[0] = _mm512_unpacklo_epi64(a, c);
    out[1] = _mm512_unpackhi_epi64(a, c);
    out[2] = _mm512_unpacklo_epi64(b, d);
    out[3] = _mm512_unpackhi_epi64(b, d);
}

/* Sixteen floats, and of them those that the lowest four bits of each lane name. */
struct table {
    vf v;
};
KN_INLINE struct table table_load(const float *p)
{
    return (struct table){ vf_load(p) };
}
KN_INLINE vf table_pick(const struct table *t, vi at)
{
    return _mm512_permutexvar_ps(at, t->v);
}

/* Thirty-two bytes at p and as many `step` further; the floats that lie so, eight times each. */
KN_INLINE vi vi_blocks(const char *p, size_t step)
{
    vi low = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)p));
    return _mm512_inserti64x4(low, _mm256_loadu_si256((const __m256i *)(p + step)), 1);
}
KN_INLINE vf vf_blocks(const char *p, size_t step)
{
    float x[2];
    __builtin_memcpy(&x[0], p, sizeof *x);
    __builtin_memcpy(&x[1], p + step, sizeof *x);
    return _mm512_mask_broadcastss_ps(vf_set(x[0]), 0xff00, _mm_set_ss(x[1]));
}

#endif
