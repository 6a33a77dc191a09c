/* Eight int32 or thirty-two int8: what products of whole panels (kernels/simd/gemm_int8.inc) are written in, beside
 * dot.h. */
#ifndef KN_AVX2_INTS_H
#define KN_AVX2_INTS_H

#include "kernels/avx2/dot.h"

KN_INLINE void vi_store(void *p, vi v)
{
    _mm256_storeu_si256((__m256i *)p, v);
}
/* The four bytes at p in every lane. */
KN_INLINE vi vi_spread(const void *p)
{
    int32_t four;
    __builtin_memcpy(&four, p, sizeof four);
    return _mm256_set1_epi32(four);
}
KN_INLINE vi vi_bytes(int x)
{
    return _mm256_set1_epi8((char)x);
}
KN_INLINE vi vi_lanes(int x)
{
    return _mm256_set1_epi32(x);
}
KN_INLINE vi vi_and(vi a, vi b)
{
    return _mm256_and_si256(a, b);
}
KN_INLINE vi vi_or(vi a, vi b)
{
    return _mm256_or_si256(a, b);
}
KN_INLINE vi vi_xor(vi a, vi b)
{
    return _mm256_xor_si256(a, b);
}
KN_INLINE vi vi_add(vi a, vi b)
{
    return _mm256_add_epi32(a, b);
}
KN_INLINE vi vi_max(vi a, vi b)
{
    return _mm256_max_epi32(a, b);
}
/* The largest lane. */
KN_INLINE int32_t vi_largest(vi v)
{
    __m128i h = _mm_max_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    h = _mm_max_epi32(h, _mm_shuffle_epi32(h, 0x4e));
    return _mm_cvtsi128_si32(_mm_max_epi32(h, _mm_shuffle_epi32(h, 0xb1)));
}
KN_INLINE vi vi_add16(vi a, vi b)
{
    return _mm256_add_epi16(a, b);
}
KN_INLINE vi vi_abs_bytes(vi v)
{
    return _mm256_abs_epi8(v);
}
/* x, its bytes negated where those of w are negative; any where those are 0. */
KN_INLINE vi vi_with_sign(vi x, vi w)
{
    return _mm256_sign_epi8(x, w);
}
/* Products of unsigned and signed bytes, added by pairs in 16 bits, and 16-bit integers added by pairs in 32. */
KN_INLINE vi vi_pairs(vi u8, vi s8)
{
    return _mm256_maddubs_epi16(u8, s8);
}
KN_INLINE vi vi_sum_pairs(vi v)
{
    return _mm256_madd_epi16(v, _mm256_set1_epi16(1));
}
/* Lanes moved by n bits. */
KN_INLINE vi vi_left(vi v, int n)
{
    return _mm256_slli_epi32(v, n);
}
KN_INLINE vi vi_right(vi v, int n)
{
    return _mm256_srli_epi32(v, n);
}
KN_INLINE vi vi_right_signed(vi v, int n)
{
    return _mm256_srai_epi32(v, n);
}
KN_INLINE vf vi_float(vi v)
{
    return _mm256_cvtepi32_ps(v);
}
/* To the nearest integers, ties to even. */
KN_INLINE vi vi_nearest(vf v)
{
    return _mm256_cvtps_epi32(v);
}
KN_INLINE vi vi_of_bits(vf v)
{
    return _mm256_castps_si256(v);
}
KN_INLINE vf vf_of_bits(vi v)
{
    return _mm256_castsi256_ps(v);
}
/* `yes` where x < limit, else `no`. */
KN_INLINE vf vf_below(vf x, float limit, vf yes, vf no)
{
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(x, vf_set(limit), _CMP_LT_OQ));
}
/* `yes` where x >= limit, else `no`. */
KN_INLINE vf vf_from(vf x, float limit, vf yes, vf no)
{
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(x, vf_set(limit), _CMP_GE_OQ));
}
/* Eight f16. */
KN_INLINE vf vf_of_halves(const void *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
}
/* The f16 that begin each lane's low half, as floats. */
KN_INLINE vf vf_of_low_halves(vi v)
{
    v = _mm256_and_si256(v, _mm256_set1_epi32(0xffff));
    v = _mm256_permute4x64_epi64(_mm256_packus_epi32(v, v), 0x08);
    return _mm256_cvtph_ps(_mm256_castsi256_si128(v));
}

/* Lane 4 i + j goes to lane 2 j + i. */
KN_INLINE vi vi_in_order(vi v)
{
    return _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

/* Four vectors of int32 in [-128, 127], as 32 bytes in their order. */
KN_INLINE vi vi_pack(const vi v[4])
{
    return vi_in_order(_mm256_packs_epi16(_mm256_packs_epi32(v[0], v[1]), _mm256_packs_epi32(v[2], v[3])));
}

/* The sums of each four neighbours of the lanes of v[0], v[1], v[2], v[3]: eight sums in their order. */
KN_INLINE vi vi_sum_fours(const vi v[4])
{
    vi a = vi_add(_mm256_unpacklo_epi32(v[0], v[1]), _mm256_unpackhi_epi32(v[0], v[1]));
    vi b = vi_add(_mm256_unpacklo_epi32(v[2], v[3]), _mm256_unpackhi_epi32(v[2], v[3]));
    return vi_in_order(vi_add(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b)));
}

/* The sixteen bytes at p of each of LANES rows `step` apart: out[j] holds the j-th four of every row. */
KN_INLINE void vi_rows(const uint8_t *p, size_t step, vi out[4])
{
    vi r[4];
    for (size_t i = 0; i < 4; i++) { /* rows i, 4 + i */
        r[i] = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(p + i * step)));
        r[i] = _mm256_inserti128_si256(r[i], _mm_loadu_si128((const __m128i *)(const void *)(p + (4 + i) * step)), 1);
    }
    vi a = _mm256_unpacklo_epi32(r[0], r[1]), b = _mm256_unpackhi_epi32(r[0], r[1]);
    vi c = _mm256_unpacklo_epi32(r[2], r[3]), d = _mm256_unpackhi_epi32(r[2], r[3]);
    out[0] = _mm256_unpacklo_epi64(a, c);
    out[1] = _mm256_unpackhi_epi64(a, c);
    out[2] = _mm256_unpacklo_epi64(b, d);
    out[3] = _mm256_unpackhi_epi64(b, d);
}

/* Sixteen floats, and of them those that the lowest four bits of each lane name. */
struct table {
    vf low, high;
};
KN_INLINE struct table table_load(const float *p)
{
    return (struct table){ vf_load(p), vf_load(p + 8) };
}
KN_INLINE vf table_pick(const struct table *t, vi at)
{
    vf low = _mm256_permutevar8x32_ps(t->low, at), high = _mm256_permutevar8x32_ps(t->high, at);
    return _mm256_blendv_ps(low, high, _mm256_castsi256_ps(_mm256_slli_epi32(at, 28)));
}

/* Thirty-two bytes at p; the float there, eight times. Wider vectors have more of them, `step` bytes apart. */
KN_INLINE vi vi_blocks(const char *p, size_t step)
{
    (void)step;
    return vi_load(p);
}
KN_INLINE vf vf_blocks(const char *p, size_t step)
{
    float x;
    (void)step;
    __builtin_memcpy(&x, p, sizeof x);
    return vf_set(x);
}

#endif
