#include "kernels/neon/vec.h"
#include "kernels/simd/row_bf16.h"

#define NAME      kn_matmul_bf16_neon
#define NAME_WORK kn_matmul_bf16_neon_work
/* 24 sums and two vectors of w in 32 registers. */
#define TILES(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
enum { MR = 12, WIDE_N = 8, DOT_N1 = 4, DOT_N2 = 4, DOT_N3 = 4, DOT_N4 = 3 };
#include "kernels/simd/matmul_float.inc"
