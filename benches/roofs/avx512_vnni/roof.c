/* The dot product in one instruction; the rest is AVX-512's. */
#include <immintrin.h>

#include "benches/roofs/roofs.h"
#include "framework/base/cpu.h"

enum { ACCS = 24, LANES = 16 };

#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

static void dot_int8(int32_t *acc, const uint8_t *a, const int8_t *b, uint64_t rounds)
{
    __m512i v[ACCS], va = _mm512_loadu_si512(a), vb = _mm512_loadu_si512(b);
    UNROLL for (int i = 0; i < ACCS; i++) v[i] = _mm512_loadu_si512(acc + i * LANES);
    for (uint64_t r = 0; r < rounds; r++)
        UNROLL for (int i = 0; i < ACCS; i++) v[i] = _mm512_dpbusd_epi32(v[i], va, vb);
    UNROLL for (int i = 0; i < ACCS; i++) _mm512_storeu_si512(acc + i * LANES, v[i]);
}

const struct roof_isa roof_isa_avx512_vnni = {
    .variant = "avx512_vnni",
    .level = TARE_CPU_AVX512_VNNI,
    .dot = dot_int8,
    .n_dot = ACCS * LANES,
    .dot_bytes = 64,
};
