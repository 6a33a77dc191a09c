/* What the types with 16 sub-blocks of 16 share in vectors of 64 bytes. Included behind a dot.h. */
#ifndef KERNELS_SIMD_GEMV512_K16_H
#define KERNELS_SIMD_GEMV512_K16_H

#include "kernels/simd/gemv_x.h"

struct scales {
    vf scale, offset; /* of sixteen sub-blocks */
};

/* Of a type in gemv512_lanes16.inc: a factor d of the block, its sub-blocks' scales by lane; the same of minima. */
struct lane_scales {
    vf d, scale, dmin, min;
};

/* Bytes that hold the elements of the first two of every four lanes, and those of the other two. */
struct fields {
    vi first, last;
};

/* X(l) in lane l. */
#define BY_LANE(X)                                                                                                     \
    ((vi)(__v16si){ X(0), X(1), X(2), X(3), X(4), X(5), X(6), X(7), X(8), X(9), X(10), X(11), X(12), X(13), X(14),     \
                    X(15) })

/* Sixteen int8 times the f16 at d. */
KN_INLINE vf scaled(const char *d, __m128i bytes)
{
    short h;
    memcpy(&h, d, sizeof h);
    return vf_mul(_mm512_cvtph_ps(_mm256_set1_epi16(h)), _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes)));
}

#endif
