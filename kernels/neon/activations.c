#include "kernels/quant/activations.h"

#include <string.h>

#include "kernels/neon/vec.h"

/* The bits of the largest magnitude: as integers they are in the order of the numbers, infinity and NaN above all. */
static float largest_of(const float *x, size_t n)
{
    uint32x4_t bits = vdupq_n_u32(0), magnitude = vdupq_n_u32(INT32_MAX);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        bits = vmaxq_u32(bits, vandq_u32(vreinterpretq_u32_f32(vf_load(x + i)), magnitude));
    bits = vmaxq_u32(bits, vandq_u32(vreinterpretq_u32_f32(vf_load_n(x + i, n - i)), magnitude));
    return vgetq_lane_f32(vreinterpretq_f32_u32(vdupq_n_u32(vmaxvq_u32(bits))), 0);
}

/* 16 of x to 16 bytes at q; adds up their sum. */
KN_INLINE int32x4_t round16(const float *x, float inverse, int8_t *q, int32x4_t sum)
{
    int32x4_t r[4];
    for (int i = 0; i < 4; i++)
        r[i] = vcvtnq_s32_f32(vmulq_n_f32(vf_load(x + 4 * i), inverse));
    int16x8_t low = vqmovn_high_s32(vqmovn_s32(r[0]), r[1]), high = vqmovn_high_s32(vqmovn_s32(r[2]), r[3]);
    int8x16_t bytes = vqmovn_high_s16(vqmovn_s16(low), high);
    vst1q_s8(q, bytes);
    return vpadalq_s16(sum, vpaddlq_s8(bytes));
}

static void quantise_block(const float *x, size_t n, int8_t *q, float *scale, int32_t *sum)
{
    float largest = largest_of(x, n), inverse = largest >= 0x1p-119f ? 127 / largest : 0;
    int32x4_t sums = vdupq_n_s32(0);
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        sums = round16(x + i, inverse, q + i, sums);
    if (i < n) {
        float rest[16] = { 0 };
        memcpy(rest, x + i, (n - i) * sizeof *x);
        sums = round16(rest, inverse, q + i, sums); /* the row's arrays are as long */
    }
    *scale = largest < 0x1p-119f ? 0 : largest / 127;
    *sum = vaddvq_s32(sums);
}

void kn_act_quantise_neon(const float *x, size_t m, size_t k, size_t block, void *work)
{
    for (size_t row = 0; row < m; row++) {
        struct kn_act a = kn_act_at(work, k, block, row);
        size_t n = kn_act_blocks(k, block), end = (n + 15) / 16 * 16;
        memset(a.q + k / 64 * 64, 0, (k + 63) / 64 * 64 - k / 64 * 64);
        for (size_t b = 0; b < n; b++) {
            size_t i = b * block;
            quantise_block(x + row * k + i, k - i < block ? k - i : block, a.q + i, &a.scale[b], &a.sum[b]);
        }
        memset(a.scale + n, 0, (end - n) * sizeof *a.scale);
        memset(a.sum + n, 0, (end - n) * sizeof *a.sum);
    }
}
