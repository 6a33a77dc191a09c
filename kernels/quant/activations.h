/* Rows of x in int8, which kernels with integer dot products make once a call in their work area: for each block of x
 * a scale, the largest magnitude / 127, the integers q nearest to x / scale (ties to even), and the sum of these, which
 * takes an offset of the weights' integers out of a product. Blocks are of 32; where a row of weights has one scale
 * (i8), so has a row of x.
 *
 *     x = scale q + e, |e| <= scale / 2 (1 + 2^-10)
 *
 * A block that holds nothing from 2^-119 on is all zeros; an infinity or NaN makes its block's scale infinite or NaN,
 * with any q. Every instruction set makes the same bytes of finite x. */
#ifndef KERNELS_QUANT_ACTIVATIONS_H
#define KERNELS_QUANT_ACTIVATIONS_H

#include <kn/ops.h>

#include <stdbool.h>
#include <stdint.h>

enum { KN_ACT_BLOCK = 32 };

/* One row. Each array begins on a 64-byte boundary and ends on one, filled up with zeros. */
struct kn_act {
    int8_t *q;    /* [k] */
    float *scale; /* [blocks] */
    int32_t *sum; /* [blocks] */
};

static inline size_t kn_act_blocks(size_t k, size_t block)
{
    return (k + block - 1) / block;
}

/* Bytes of a row of k in blocks of `block`: KN_ACT_BLOCK, or k (at least 1). */
static inline size_t kn_act_bytes(size_t k, size_t block)
{
    return (k + 63) / 64 * 64 + 2 * ((kn_act_blocks(k, block) + 15) / 16 * 64);
}

/* Row `row` of those that lie in `work`, which is aligned to 64. */
static inline struct kn_act kn_act_at(void *work, size_t k, size_t block, size_t row)
{
    char *at = (char *)work + row * kn_act_bytes(k, block);
    size_t q = (k + 63) / 64 * 64, blocks = (kn_act_blocks(k, block) + 15) / 16 * 64;
    return (struct kn_act){ (int8_t *)at, (float *)(at + q), (int32_t *)(at + q + blocks) };
}

/* Quantises m rows of k into `work`, of m * kn_act_bytes(k, block) bytes. */
typedef void kn_act_fn(const float *x, size_t m, size_t k, size_t block, void *work);
kn_act_fn kn_act_quantise_ref;
kn_act_fn kn_act_quantise_avx2;
kn_act_fn kn_act_quantise_avx512;
kn_act_fn kn_act_quantise_neon;

/* Whether variants of the matrix product with weights of this type may round x so. */
bool kn_type_rounds_x(enum kn_type type);

#endif
