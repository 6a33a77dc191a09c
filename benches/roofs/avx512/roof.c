/* Vectors of 64 bytes: two multiply-adds, two loads and one store a cycle on the widest cores. */
#include <immintrin.h>

#include "benches/roofs/roofs.h"
#include "framework/base/cpu.h"

static inline uint64_t fold(__m512i v)
{
    uint64_t x[8];
    _mm512_storeu_si512(x, v);
    return x[0] ^ x[1] ^ x[2] ^ x[3] ^ x[4] ^ x[5] ^ x[6] ^ x[7];
}

#define BYTES             64
#define vec               __m512i
#define vec_zero          _mm512_setzero_si512
#define vec_load(p)       _mm512_loadu_si512(p)
#define vec_store(p, v)   _mm512_storeu_si512(p, v)
#define vec_stream(p, v)  _mm512_stream_si512((void *)(p), v)
#define vec_fence         _mm_sfence
#define vec_xor3(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0x96)
#define vec_addf(a, b)    _mm512_castps_si512(_mm512_add_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b)))
#define vec_fold          fold
#define vec_value()       _mm512_set1_epi8(ROOF_VALUE)
#include "benches/roofs/patterns_x86.inc"
#include "benches/roofs/walk.inc"

enum { FMA_ACCS = 24, DOT_ACCS = 24, LANES = 16 };

static void fma_f32(float *acc, float m, float x, uint64_t rounds)
{
    __m512 v[FMA_ACCS], vm = _mm512_set1_ps(m), vx = _mm512_set1_ps(x);
    UNROLL for (int i = 0; i < FMA_ACCS; i++) v[i] = _mm512_loadu_ps(acc + i * LANES);
    for (uint64_t r = 0; r < rounds; r++)
        UNROLL for (int i = 0; i < FMA_ACCS; i++) v[i] = _mm512_fmadd_ps(v[i], vm, vx);
    UNROLL for (int i = 0; i < FMA_ACCS; i++) _mm512_storeu_ps(acc + i * LANES, v[i]);
}

/* Without VNNI a step takes three instructions. b is hidden, or the products would leave the loop. */
static void dot_int8(int32_t *acc, const uint8_t *a, const int8_t *b, uint64_t rounds)
{
    __m512i v[DOT_ACCS], va = _mm512_loadu_si512(a), vb = _mm512_loadu_si512(b), ones = _mm512_set1_epi16(1);
    UNROLL for (int i = 0; i < DOT_ACCS; i++) v[i] = _mm512_loadu_si512(acc + i * LANES);
    for (uint64_t r = 0; r < rounds; r++)
        UNROLL for (int i = 0; i < DOT_ACCS; i++)
        {
            __asm__("" : "+v"(vb));
            v[i] = _mm512_add_epi32(v[i], _mm512_madd_epi16(_mm512_maddubs_epi16(va, vb), ones));
        }
    UNROLL for (int i = 0; i < DOT_ACCS; i++) _mm512_storeu_si512(acc + i * LANES, v[i]);
}

const struct roof_isa roof_isa_avx512 = {
    .variant = "avx512",
    .level = TARE_CPU_AVX512,
    .fma = fma_f32,
    .n_fma = FMA_ACCS * LANES,
    .dot = dot_int8,
    .n_dot = DOT_ACCS * LANES,
    .dot_bytes = BYTES,
    .patterns = patterns,
    .n_patterns = N_PATTERNS,
};
