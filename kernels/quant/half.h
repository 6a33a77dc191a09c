/* Sixteen-bit floats and the rounding that the encoders share. */
#ifndef KERNELS_QUANT_HALF_H
#define KERNELS_QUANT_HALF_H

#include <stdint.h>
#include <string.h>

static inline uint32_t kn_bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float kn_float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* IEEE 754 binary16, exact; a NaN keeps its payload. */
static inline float kn_f16_decode(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, rest = (uint32_t)(h & 0x7fff);
    if (rest >= 0x7c00)
        return kn_float_of(sign | 0x7f800000 | (rest & 0x3ff) << 13);
    if (rest < 0x0400) { /* subnormal: a multiple of 2^-24 */
        float x = (float)rest * 0x1p-24f;
        return sign ? -x : x;
    }
    return kn_float_of(sign | ((rest << 13) + ((127 - 15) << 23)));
}

/* To nearest, ties to even; beyond 65504 becomes infinity, a NaN stays one. */
static inline uint16_t kn_f16_encode(float x)
{
    uint32_t bits = kn_bits_of(x), sign = bits >> 16 & 0x8000, rest = bits & 0x7fffffff;
    if (rest > 0x7f800000)
        return (uint16_t)(sign | 0x7e00 | (rest >> 13 & 0x3ff));
    if (rest >= 0x477ff000) /* 65520, half way to what would be the next */
        return (uint16_t)(sign | 0x7c00);
    if (rest < 0x38800000) /* below 2^-14: adding 1/2 rounds to a multiple of 2^-24 */
        return (uint16_t)(sign | (kn_bits_of(kn_float_of(rest) + 0.5f) - kn_bits_of(0.5f)));
    rest += 0xfff + (rest >> 13 & 1);
    return (uint16_t)(sign | (rest - ((127 - 15) << 23)) >> 13);
}

/* bfloat16: the upper half of a float. To nearest, ties to even; a NaN stays one. */
static inline float kn_bf16_decode(uint16_t h)
{
    return kn_float_of((uint32_t)h << 16);
}

static inline uint16_t kn_bf16_encode(float x)
{
    uint32_t bits = kn_bits_of(x);
    if ((bits & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* The f16 at p, which may be unaligned, and one put there. What does not fit becomes the largest: a scale is finite. */
static inline float kn_f16_load(const uint8_t *p)
{
    uint16_t h;
    memcpy(&h, p, sizeof h);
    return kn_f16_decode(h);
}

static inline float kn_f16_store(uint8_t *p, float x)
{
    uint16_t h = kn_f16_encode(x > 65504 ? 65504 : x < -65504 ? -65504 : x);
    memcpy(p, &h, sizeof h);
    return kn_f16_decode(h);
}

/* The integer nearest to x, ties to even, within [low, high]; |low|, |high| < 2^22. */
static inline int kn_nearest(float x, int low, int high)
{
    x = x > (float)low ? x : (float)low;
    x = x < (float)high ? x : (float)high;
    return (int)(kn_bits_of(x + 0x1.8p23f) & 0x7fffff) - 0x400000;
}

/* 1/d, or 0 where that is no number: what q is divided by. */
static inline float kn_inverse(float d)
{
    float inverse = 1 / d;
    return d != 0 && inverse - inverse == 0 ? inverse : 0;
}

#endif
