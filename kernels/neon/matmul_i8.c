#include "kernels/neon/dot.h"
#include "kernels/neon/ints.h"
#include "kernels/simd/unpack.h"

#define NAME      kn_matmul_i8_neon
#define NAME_WORK kn_matmul_i8_neon_work
#define GEMV      kn_gemv_i8_neon
#define GEMV_WORK kn_gemv_i8_neon_work
#define TYPE      KN_TYPE_i8
#define UNPACK    unpack_i8
/* 8 sums of pairs, 8 of integers and 8 of floats, two vectors of w, one of x and its products in 32 registers. */
#define TILES(X) X(1) X(2) X(3) X(4)
enum { GEMV_ROWS = 4, MR = 4, KC = 512, SUB = 0, OFFSET = 0, MINS = 0, PAIRS = 1, SIGNED = 1 };
#include "kernels/simd/gemm_int8.inc"
