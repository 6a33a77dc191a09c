#include "kernels/avx2/vec.h"
#include "kernels/simd/row_f16.h"

#define NAME      kn_matmul_f16_avx2
#define NAME_WORK kn_matmul_f16_avx2_work
/* 12 sums, two vectors of w and one of x in 16 registers. */
#define TILES(X) X(1) X(2) X(3) X(4) X(5) X(6)
enum { MR = 6, WIDE_N = 6, DOT_N1 = 4, DOT_N2 = 4, DOT_N3 = 4, DOT_N4 = 3 };
#include "kernels/simd/matmul_float.inc"
