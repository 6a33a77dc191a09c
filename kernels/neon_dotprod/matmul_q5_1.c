#include "kernels/neon/ints.h"
#include "kernels/neon_dotprod/dot.h"
#include "kernels/simd/unpack.h"

enum { FIFTH = 1, MINIMUM = 1 };
#include "kernels/simd/gemv128_blocks32.inc"

#define GEMV      kn_gemv_q5_1_neon_dotprod
#define GEMV_WORK kn_gemv_q5_1_neon_dotprod_work
#define QUANTISE  kn_act_quantise_neon
#include "kernels/simd/gemv_int8.inc"

#define NAME      kn_matmul_q5_1_neon_dotprod
#define NAME_WORK kn_matmul_q5_1_neon_dotprod_work
#define TYPE      KN_TYPE_q5_1
#define UNPACK    unpack_q5_1
/* 12 sums of integers, 12 of floats, two vectors of w and one of x in 32 registers. */
#define TILES(X) X(1) X(2) X(3) X(4) X(5) X(6)
enum { GEMV_ROWS = 4, MR = 6, KC = 512, SUB = 32, OFFSET = 0, MINS = 1, PAIRS = 0, SIGNED = 0 };
#include "kernels/simd/gemm_int8.inc"
