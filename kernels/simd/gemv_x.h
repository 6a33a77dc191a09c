/* What a kernel of few rows makes of its x, once a call: int8 blocks (kernels/quant/activations.h), and beside them
 * what its inner loop would else work out for each row of weights. Included by the steps of each type. */
#ifndef KERNELS_SIMD_GEMV_X_H
#define KERNELS_SIMD_GEMV_X_H

#include <string.h>

#include "kernels/quant/activations.h"
#include "kernels/quant/gemv.h"

#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* A vector of int32 sums holds 8 lanes a block: they meet its scale and its bias in 8 lanes each. */
enum { BLOCK_LANES = 8, SUPER = 256 };

enum { PAGE = 4096, SPREAD = 192 /* bytes */ };

struct x_row {
    const int8_t *q;     /* [k] */
    const float *scales; /* [blocks][8] each block's scale; zeros up to a multiple of four blocks */
    const int32_t *bias; /* [blocks][8] a share of what an offset of the weights takes from the block's sum */
    const float *supers; /* [k / 256][16] */
};

KN_INLINE size_t x_lane_bytes(size_t k)
{
    return (k / KN_ACT_BLOCK + 3) / 4 * 4 * BLOCK_LANES * sizeof(float);
}

KN_INLINE size_t x_row_bytes(size_t k)
{
    return kn_act_bytes(k, KN_ACT_BLOCK) + 2 * x_lane_bytes(k) + k / SUPER * 16 * sizeof(float);
}

/* The sums times `share`, by lanes; an eighth of the offset, since eight lanes are added up. */
KN_INLINE void x_lanes(const struct kn_act *a, size_t k, int share, float *scales, int32_t *bias)
{
    size_t blocks = k / KN_ACT_BLOCK, padded = (blocks + 3) / 4 * 4;
    for (size_t b = 0; b < padded; b++)
        for (size_t l = 0; l < BLOCK_LANES; l++) {
            scales[b * BLOCK_LANES + l] = b < blocks ? a->scale[b] : 0;
            bias[b * BLOCK_LANES + l] = b < blocks ? (int32_t)((uint32_t)share * (uint32_t)a->sum[b]) : 0;
        }
}

/* Each 256: eight scales, and eight times minus what a minimum of 1 adds. */
KN_INLINE void x_scales_and_minima(const struct kn_act *a, size_t k, float *supers)
{
    for (size_t b = 0; b < k / KN_ACT_BLOCK; b++) {
        float *super = supers + b / 8 * 16 + b % 8;
        super[0] = a->scale[b];
        super[8] = -(a->scale[b] * (float)a->sum[b]);
    }
}

/* Each 256: sixteen times what `offset` adds to sixteen elements. */
KN_INLINE void x_offsets_of_16(const struct kn_act *a, size_t k, float offset, float *supers)
{
    for (size_t b = 0; b < k / 16; b++) {
        int32_t sum = 0;
        for (size_t i = 0; i < 16; i++)
            sum += a->q[b * 16 + i];
        supers[b] = offset * (a->scale[b / 2] * (float)sum);
    }
}

/* How far apart the nearest two of nr places in a page are that lie `step` bytes from one another. */
KN_INLINE size_t spread_in_page(size_t step, size_t nr)
{
    size_t least = PAGE;
    for (size_t j = 1; j < nr; j++) {
        size_t at = j * step % PAGE, apart = at < PAGE - at ? at : PAGE - at;
        least = apart < least ? apart : least;
    }
    return least;
}

/* Rows of each of nr parts of n rows that are read side by side; the rest are few. Where all parts are at the same
 * place of a page, their lines meet in the same sets of L1, and the hardware, which calls ahead within a page, stops
 * for all of them at once: a part is a row or so less where that lets them be at different ones. */
KN_INLINE size_t part_rows(size_t n, size_t nr, size_t row_bytes)
{
    size_t most = n / nr, best = most, best_spread = 0;
    for (size_t part = most; part > 8 && part + 2 + most / 64 > most && best_spread < SPREAD; part--) {
        size_t spread = spread_in_page(part * row_bytes, nr);
        if (spread > best_spread) {
            best_spread = spread;
            best = part;
        }
    }
    return best;
}

#endif
