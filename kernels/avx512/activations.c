#include "kernels/quant/activations.h"

#include <string.h>

#include "kernels/avx512/vec.h"

/* The bits of the largest magnitude: as integers they are in the order of the numbers, infinity and NaN above all. */
KN_INLINE __m512i larger(__m512i largest, vf x)
{
    return _mm512_max_epi32(largest, _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(INT32_MAX)));
}

/* To nearest, and 127 of a NaN. */
KN_INLINE __m512i rounded(vf x, vf inverse)
{
    return _mm512_cvtps_epi32(vf_min(vf_mul(x, inverse), vf_set(127)));
}

static void quantise_block(const float *x, size_t n, int8_t *q, float *scale, int32_t *sum)
{
    __m512i bits = _mm512_setzero_si512(), sums = bits;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        bits = larger(bits, vf_load(x + i));
    bits = larger(bits, vf_load_n(x + i, n - i));
    float largest = _mm_cvtss_f32(_mm_castsi128_ps(_mm_cvtsi32_si128(_mm512_reduce_max_epi32(bits))));
    vf inverse = vf_set(largest >= 0x1p-119f ? 127 / largest : 0);
    for (i = 0; i + LANES <= n; i += LANES) {
        __m512i r = rounded(vf_load(x + i), inverse);
        _mm_storeu_si128((__m128i *)(q + i), _mm512_cvtsepi32_epi8(r));
        sums = _mm512_add_epi32(sums, r);
    }
    if (i < n) {
        __m512i r = rounded(vf_load_n(x + i, n - i), inverse);
        _mm_mask_storeu_epi8(q + i, first(n - i), _mm512_cvtsepi32_epi8(r));
        sums = _mm512_add_epi32(sums, r);
    }
    *scale = largest < 0x1p-119f ? 0 : largest / 127;
    *sum = _mm512_reduce_add_epi32(sums);
}

void kn_act_quantise_avx512(const float *x, size_t m, size_t k, size_t block, void *work)
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
