/* Integer dot products of AVX2: pairs of bytes, then pairs of these. Included by the files of this folder only. */
#ifndef KN_AVX2_DOT_H
#define KN_AVX2_DOT_H

#include <string.h>

#include "kernels/avx2/vec.h"

/* A vector of bytes or int32. */
typedef __m256i vi;
enum { WIDTH = 32 };

KN_INLINE vi vi_zero(void)
{
    return _mm256_setzero_si256();
}
KN_INLINE vi vi_load(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}
/* The first n bytes, zeros behind them; reads nothing else. */
KN_INLINE vi vi_load_n(const void *p, size_t n)
{
    char bytes[WIDTH] = { 0 };
    memcpy(bytes, p, n);
    return vi_load(bytes);
}
KN_INLINE int32_t vi_sum(vi v)
{
    __m128i h = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    h = _mm_add_epi32(h, _mm_shuffle_epi32(h, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(h, _mm_shuffle_epi32(h, 0xb1)));
}

/* sum + u x; u unsigned, at most 128, so that no pair overflows 16 bits; x signed, -127 at least. */
KN_INLINE vi dot_unsigned(vi sum, vi u, vi x)
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(u, x), _mm256_set1_epi16(1)));
}

/* sum + (w - SIGNED_OFFSET) x, both signed: |w| times x with the sign of w. */
enum { SIGNED_OFFSET = 0 };
KN_INLINE vi dot_signed(vi sum, vi w, vi x)
{
    return dot_unsigned(sum, _mm256_sign_epi8(w, w), _mm256_sign_epi8(x, w));
}

#endif
