/* Vectors of 32 bytes. */
#include <immintrin.h>

#include "benches/roofs/roofs.h"
#include "framework/base/cpu.h"

static inline uint64_t fold(__m256i v)
{
    uint64_t x[4];
    _mm256_storeu_si256((__m256i *)x, v);
    return x[0] ^ x[1] ^ x[2] ^ x[3];
}

#define BYTES             32
#define vec               __m256i
#define vec_zero          _mm256_setzero_si256
#define vec_load(p)       _mm256_loadu_si256((const __m256i *)(p))
#define vec_store(p, v)   _mm256_storeu_si256((__m256i *)(p), v)
#define vec_stream(p, v)  _mm256_stream_si256((__m256i *)(p), v)
#define vec_fence         _mm_sfence
#define vec_xor3(a, b, c) _mm256_xor_si256(a, _mm256_xor_si256(b, c))
#define vec_addf(a, b)    _mm256_castps_si256(_mm256_add_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b)))
#define vec_fold          fold
#define vec_value()       _mm256_set1_epi8(ROOF_VALUE)
#include "benches/roofs/patterns_x86.inc"
#include "benches/roofs/walk.inc"

enum { FMA_ACCS = 12, DOT_ACCS = 8, LANES = 8 };

static void fma_f32(float *acc, float m, float x, uint64_t rounds)
{
    __m256 v[FMA_ACCS], vm = _mm256_set1_ps(m), vx = _mm256_set1_ps(x);
    UNROLL for (int i = 0; i < FMA_ACCS; i++) v[i] = _mm256_loadu_ps(acc + i * LANES);
    for (uint64_t r = 0; r < rounds; r++)
        UNROLL for (int i = 0; i < FMA_ACCS; i++) v[i] = _mm256_fmadd_ps(v[i], vm, vx);
    UNROLL for (int i = 0; i < FMA_ACCS; i++) _mm256_storeu_ps(acc + i * LANES, v[i]);
}

/* b is hidden, or the products would leave the loop. */
static void dot_int8(int32_t *acc, const uint8_t *a, const int8_t *b, uint64_t rounds)
{
    __m256i v[DOT_ACCS], va = vec_load(a), vb = vec_load(b), ones = _mm256_set1_epi16(1);
    UNROLL for (int i = 0; i < DOT_ACCS; i++) v[i] = vec_load(acc + i * LANES);
    for (uint64_t r = 0; r < rounds; r++)
        UNROLL for (int i = 0; i < DOT_ACCS; i++)
        {
            __asm__("" : "+x"(vb));
            v[i] = _mm256_add_epi32(v[i], _mm256_madd_epi16(_mm256_maddubs_epi16(va, vb), ones));
        }
    UNROLL for (int i = 0; i < DOT_ACCS; i++) vec_store(acc + i * LANES, v[i]);
}

const struct roof_isa roof_isa_avx2 = {
    .variant = "avx2",
    .level = TARE_CPU_AVX2,
    .fma = fma_f32,
    .n_fma = FMA_ACCS * LANES,
    .dot = dot_int8,
    .n_dot = DOT_ACCS * LANES,
    .dot_bytes = BYTES,
    .patterns = patterns,
    .n_patterns = N_PATTERNS,
};
