/* Steps of NEON: the dot products of four blocks or sub-blocks of weights are added up by lanes to one vector of four
 * sums, which meet their scales together. Included by the steps of each type, behind a dot.h. */
#ifndef KERNELS_SIMD_GEMV128_H
#define KERNELS_SIMD_GEMV128_H

#include "kernels/simd/gemv_x.h"

enum { X_BLOCKS = 4 };

/* Each block's scale; and `share` of its sum. Zeros up to a multiple of four blocks. */
KN_INLINE void x_blocks(const struct kn_act *a, size_t k, int share, float *scales, int32_t *bias)
{
    size_t blocks = k / KN_ACT_BLOCK, padded = (blocks + X_BLOCKS - 1) / X_BLOCKS * X_BLOCKS;
    for (size_t b = 0; b < padded; b++) {
        scales[b] = b < blocks ? a->scale[b] : 0;
        bias[b] = b < blocks ? (int32_t)((uint32_t)share * (uint32_t)a->sum[b]) : 0;
    }
}

/* The f16 at p, p + bytes ... of n <= 4 blocks, zeros behind them. */
KN_INLINE vf halves_at(const char *p, size_t bytes, size_t n)
{
    uint16_t h[4] = { 0 };
    UNROLL
    for (size_t b = 0; b < n; b++)
        memcpy(&h[b], p + b * bytes, sizeof *h);
    uint64_t all = (uint64_t)h[3] << 48 | (uint64_t)h[2] << 32 | (uint64_t)h[1] << 16 | h[0];
    return vcvt_f32_f16(vcreate_f16(all));
}

/* Sixteen bytes' low nibbles, and their high ones. */
KN_INLINE vi low_nibbles(vi v)
{
    return vreinterpretq_s32_u8(vandq_u8(vreinterpretq_u8_s32(v), vdupq_n_u8(15)));
}
KN_INLINE vi high_nibbles(vi v)
{
    return vreinterpretq_s32_u8(vshrq_n_u8(vreinterpretq_u8_s32(v), 4));
}

/* Sums of 32 products each: w[2 b] and w[2 b + 1] with 32 of x. Of n <= 4 blocks, zeros behind them. */
KN_INLINE vi dots_of_32(const vi *w, const int8_t *x, const size_t n)
{
    vi dot[4] = { vi_zero(), vi_zero(), vi_zero(), vi_zero() };
    UNROLL
    for (size_t b = 0; b < n; b++)
        dot[b] =
            dot_signed(dot_signed(vi_zero(), w[2 * b], vi_load(x + 32 * b)), w[2 * b + 1], vi_load(x + 32 * b + 16));
    return vi_sum_fours(dot);
}

#endif
