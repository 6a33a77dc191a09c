#include "kernels/neon/dot.h"
#include "kernels/neon/ints.h"
#include "kernels/simd/unpack.h"

#define NAME      kn_matmul_q8_0_neon
#define NAME_WORK kn_matmul_q8_0_neon_work
#define GEMV      kn_gemv_q8_0_neon
#define GEMV_WORK kn_gemv_q8_0_neon_work
#define TYPE      KN_TYPE_q8_0
#define UNPACK    unpack_q8_0
/* 8 sums of pairs, 8 of integers and 8 of floats, two vectors of w, one of x and its products in 32 registers. */
#define TILES(X) X(1) X(2) X(3) X(4)
enum { GEMV_ROWS = 4, MR = 4, KC = 512, SUB = 32, OFFSET = 0, MINS = 0, PAIRS = 1, SIGNED = 1 };
#include "kernels/simd/gemm_int8.inc"
