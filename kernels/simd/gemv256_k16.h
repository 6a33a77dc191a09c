/* What the types with 16 sub-blocks of 16 share in vectors of 32 bytes. Included behind a dot.h. */
#ifndef KERNELS_SIMD_GEMV256_K16_H
#define KERNELS_SIMD_GEMV256_K16_H

#include "kernels/simd/gemv_x.h"

struct scales {
    vf scale[2], offset[2]; /* of eight sub-blocks each */
};

KN_INLINE vf half_of(const char *w)
{
    short h;
    memcpy(&h, w, sizeof h);
    return _mm256_cvtph_ps(_mm_set1_epi16(h));
}

/* Sixteen int8 times d. */
KN_INLINE void scaled(vf d, __m128i bytes, vf out[2])
{
    out[0] = vf_mul(d, _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)));
    out[1] = vf_mul(d, _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(bytes, 8))));
}

/* Bits of each byte moved so that `from` comes to `to`; what comes from the neighbours is in the other bits. */
KN_INLINE vi moved(vi v, size_t from, size_t to)
{
    return from > to ? _mm256_srli_epi16(v, (int)(from - to)) : _mm256_slli_epi16(v, (int)(to - from));
}

KN_INLINE vi masked(vi v, int mask)
{
    return _mm256_and_si256(v, _mm256_set1_epi8((char)mask));
}

#endif
