/* What the types with 16 sub-blocks of 16 share in vectors of 64 bytes. Included behind a dot.h. */
#ifndef KERNELS_SIMD_GEMV512_K16_H
#define KERNELS_SIMD_GEMV512_K16_H

#include "kernels/simd/gemv_x.h"

struct scales {
    vf scale, offset; /* of sixteen sub-blocks */
};

/* Sixteen int8 times the f16 at d. */
KN_INLINE vf scaled(const char *d, __m128i bytes)
{
    short h;
    memcpy(&h, d, sizeof h);
    return vf_mul(_mm512_cvtph_ps(_mm256_set1_epi16(h)), _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes)));
}

#endif
