#include "kernels/quant/activations.h"

#include <string.h>

#include "kernels/avx2/vec.h"

/* The bits of the largest magnitude: as integers they are in the order of the numbers, infinity and NaN above all. */
KN_INLINE __m256i larger(__m256i largest, const float *x)
{
    __m256i magnitude = _mm256_and_si256(_mm256_loadu_si256((const __m256i *)x), _mm256_set1_epi32(INT32_MAX));
    return _mm256_max_epi32(largest, magnitude);
}

KN_INLINE float scalar_larger(float largest, float x)
{
    return _mm_cvtss_f32(
        _mm_castsi128_ps(_mm_max_epi32(_mm_castps_si128(_mm_set_ss(largest)),
                                       _mm_and_si128(_mm_castps_si128(_mm_set_ss(x)), _mm_set1_epi32(INT32_MAX)))));
}

KN_INLINE __m128i fold_max(__m256i v)
{
    __m128i h = _mm_max_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    h = _mm_max_epi32(h, _mm_shuffle_epi32(h, 0x4e));
    return _mm_max_epi32(h, _mm_shuffle_epi32(h, 0xb1));
}

KN_INLINE int32_t fold_sum(__m256i v)
{
    __m128i h = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    h = _mm_add_epi32(h, _mm_shuffle_epi32(h, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(h, _mm_shuffle_epi32(h, 0xb1)));
}

/* 32 of x to 32 bytes at q; adds up their sum. */
KN_INLINE __m256i round32(const float *x, __m256 inverse, int8_t *q, __m256i sum)
{
    __m256i r[4];
    for (int i = 0; i < 4; i++) {
        vf q32 = vf_min(vf_mul(vf_load(x + 8 * i), inverse), vf_set(127)); /* and 127 of a NaN */
        r[i] = _mm256_cvtps_epi32(q32);
        sum = _mm256_add_epi32(sum, r[i]);
    }
    __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(r[0], r[1]), _mm256_packs_epi32(r[2], r[3]));
    bytes = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    _mm256_storeu_si256((__m256i *)q, bytes);
    return sum;
}

static void quantise_block(const float *x, size_t n, int8_t *q, float *scale, int32_t *sum)
{
    __m256i bits = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        bits = larger(bits, x + i);
    float largest = _mm_cvtss_f32(_mm_castsi128_ps(fold_max(bits)));
    for (; i < n; i++)
        largest = scalar_larger(largest, x[i]);
    float inverse = largest >= 0x1p-119f ? 127 / largest : 0;
    __m256i sums = _mm256_setzero_si256();
    for (i = 0; i + 32 <= n; i += 32)
        sums = round32(x + i, _mm256_set1_ps(inverse), q + i, sums);
    if (i < n) {
        float rest[32] = { 0 };
        memcpy(rest, x + i, (n - i) * sizeof *x);
        sums = round32(rest, _mm256_set1_ps(inverse), q + i, sums); /* the row's arrays are as long */
    }
    *scale = largest < 0x1p-119f ? 0 : largest / 127;
    *sum = fold_sum(sums);
}

void kn_act_quantise_avx2(const float *x, size_t m, size_t k, size_t block, void *work)
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
