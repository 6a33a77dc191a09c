#include "kernels/neon/ints.h"
#include "kernels/neon_dotprod/dot.h"
#include "kernels/simd/unpack.h"

#define NAME      kn_matmul_q8_0_neon_dotprod
#define NAME_WORK kn_matmul_q8_0_neon_dotprod_work
#define GEMV      kn_gemv_q8_0_neon_dotprod
#define GEMV_WORK kn_gemv_q8_0_neon_dotprod_work
#define TYPE      KN_TYPE_q8_0
#define UNPACK    unpack_q8_0
/* 12 sums of integers, 12 of floats, two vectors of w and one of x in 32 registers. */
#define TILES(X) X(1) X(2) X(3) X(4) X(5) X(6)
enum { GEMV_ROWS = 4, MR = 6, KC = 512, SUB = 32, OFFSET = 0, MINS = 0, PAIRS = 0, SIGNED = 1 };
#include "kernels/simd/gemm_int8.inc"
