#include "kernels/avx512/dot.h"
#include "kernels/avx512/ints.h"
#include "kernels/simd/unpack.h"

enum { FIFTH = 0, MINIMUM = 1 };
#include "kernels/simd/gemv512_blocks32.inc"

#define GEMV      kn_gemv_q4_1_avx512
#define GEMV_WORK kn_gemv_q4_1_avx512_work
#define QUANTISE  kn_act_quantise_avx512
#include "kernels/simd/gemv_int8.inc"

#define NAME      kn_matmul_q4_1_avx512
#define NAME_WORK kn_matmul_q4_1_avx512_work
#define TYPE      KN_TYPE_q4_1
#define UNPACK    unpack_q4_1
/* 12 sums of pairs, 12 of floats, two vectors of w and one of x in 32 registers. */
#define TILES(X) X(1) X(2) X(3) X(4) X(5) X(6)
enum { GEMV_ROWS = 2, MR = 6, KC = 512, SUB = 32, OFFSET = 0, MINS = 1, PAIRS = 8, SIGNED = 0 };
#include "kernels/simd/gemm_int8.inc"
