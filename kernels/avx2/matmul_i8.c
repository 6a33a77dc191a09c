#include "kernels/avx2/ints.h"
#include "kernels/simd/unpack.h"

#define NAME      kn_matmul_i8_avx2
#define NAME_WORK kn_matmul_i8_avx2_work
#define GEMV      kn_gemv_i8_avx2
#define GEMV_WORK kn_gemv_i8_avx2_work
#define TYPE      KN_TYPE_i8
#define UNPACK    unpack_i8
/* 6 sums of pairs and 6 of floats, two vectors of w and one of x in 16 registers. */
#define TILES(X) X(1) X(2) X(3)
enum { GEMV_ROWS = 16, MR = 3, KC = 512, SUB = 0, OFFSET = 0, MINS = 0, PAIRS = 1, SIGNED = 1 };
#include "kernels/simd/gemm_int8.inc"
