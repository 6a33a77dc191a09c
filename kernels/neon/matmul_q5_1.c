#include "kernels/neon/dot.h"
#include "kernels/neon/ints.h"
#include "kernels/simd/unpack.h"

enum { FIFTH = 1, MINIMUM = 1 };
#include "kernels/simd/gemv128_blocks32.inc"

#define GEMV      kn_gemv_q5_1_neon
#define GEMV_WORK kn_gemv_q5_1_neon_work
#define QUANTISE  kn_act_quantise_neon
#include "kernels/simd/gemv_int8.inc"

#define NAME      kn_matmul_q5_1_neon
#define NAME_WORK kn_matmul_q5_1_neon_work
#define TYPE      KN_TYPE_q5_1
#define UNPACK    unpack_q5_1
/* 8 sums of pairs, 8 of floats, two vectors of w and one of x in 32 registers. */
#define TILES(X) X(1) X(2) X(3) X(4)
enum { GEMV_ROWS = 4, MR = 4, KC = 512, SUB = 32, OFFSET = 0, MINS = 1, PAIRS = 4, SIGNED = 0 };
#include "kernels/simd/gemm_int8.inc"
