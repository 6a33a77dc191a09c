/* What the types with 16 sub-blocks of 16 share in vectors of 16 bytes. Included behind a dot.h. */
#ifndef KERNELS_SIMD_GEMV128_K16_H
#define KERNELS_SIMD_GEMV128_K16_H

#include "kernels/simd/gemv128.h"

struct scales {
    vf scale[4], offset[4]; /* of four sub-blocks each */
};

/* Sixteen int8 times the f16 at d. */
KN_INLINE void scaled(const char *d, int8x16_t bytes, vf out[4])
{
    uint16_t h;
    int8_t each[16];
    memcpy(&h, d, sizeof h);
    vst1q_s8(each, bytes);
    UNROLL
    for (size_t g = 0; g < 4; g++)
        out[g] = vf_mul(vf_set(float_of_f16(h)), vf_load_i8(each + 4 * g));
}

/* Bits of each byte moved so that `from` comes to `to`, and those that `mask` leaves. */
KN_INLINE vi moved(vi v, size_t from, size_t to, int mask)
{
    uint8x16_t bits = vshlq_u8(vreinterpretq_u8_s32(v), vdupq_n_s8((int8_t)((int)to - (int)from)));
    return vreinterpretq_s32_u8(vandq_u8(bits, vdupq_n_u8((uint8_t)mask)));
}

#endif
