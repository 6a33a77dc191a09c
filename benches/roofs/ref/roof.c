/* Vectors of 16 bytes, as the compiler has them for every machine of a family: SSE2, NEON. */
#include <string.h>

#include "benches/roofs/roofs.h"
#include "framework/base/cpu.h"

typedef uint64_t words __attribute__((vector_size(16), aligned(1), may_alias));
typedef float floats __attribute__((vector_size(16), aligned(1), may_alias));

static inline words value(void)
{
    return (words){ 0x0101010101010101u * ROOF_VALUE, 0x0101010101010101u * ROOF_VALUE };
}

static inline void no_fence(void)
{
}

#define BYTES             16
#define vec               words
#define vec_zero()        ((words){ 0, 0 })
#define vec_load(p)       (*(const words *)(p))
#define vec_store(p, v)   (*(words *)(p) = (v))
#define vec_stream        vec_store
#define vec_fence         no_fence
#define vec_xor3(a, b, c) ((a) ^ (b) ^ (c))
#define vec_addf(a, b)    ((words)((floats)(a) + (floats)(b)))
#define vec_fold(v)       ((v)[0] ^ (v)[1])
#define vec_value         value
#define PATTERNS(READ, WRITE, OTHER)                                                                                   \
    READ(read_1, "1s", 1, 4, 0)                                                                                        \
    READ(read_4, "4s", 4, 1, 0)                                                                                        \
    READ(read_8, "8s", 8, 1, 0)                                                                                        \
    READ(read_1_p1024, "1s+p1024", 1, 4, 1024)                                                                         \
    READ(read_4_p1024, "4s+p1024", 4, 1, 1024)                                                                         \
    WRITE(add_1, "1s", ROOF_ADD, 1, 2, 0, false)                                                                       \
    WRITE(copy_1, "1s", ROOF_COPY, 1, 4, 0, false)                                                                     \
    WRITE(fill_1, "1s", ROOF_FILL, 1, 4, 0, false)
#include "benches/roofs/walk.inc"

enum { FMA_ACCS = 8, LANES = 4 };

/* One instruction where the family has it, else a product and a sum. */
static void fma_f32(float *acc, float m, float x, uint64_t rounds)
{
    floats v[FMA_ACCS], vm = { m, m, m, m }, vx = { x, x, x, x };
    memcpy(v, acc, sizeof v);
    for (uint64_t r = 0; r < rounds; r++)
        UNROLL for (int i = 0; i < FMA_ACCS; i++) v[i] = v[i] * vm + vx;
    memcpy(acc, v, sizeof v);
}

const struct roof_isa roof_isa_ref = {
    .variant = "ref",
    .fma = fma_f32,
    .n_fma = FMA_ACCS * LANES,
    .patterns = patterns,
    .n_patterns = N_PATTERNS,
};
