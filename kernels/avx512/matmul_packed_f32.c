#include "kernels/avx512/vec.h"
#include "kernels/simd/row_f32.h"

#define NAME      kn_matmul_f32_avx512_packed
#define NAME_WORK kn_matmul_f32_avx512_packed_work
/* 28 sums and two vectors of w in 32 registers; x comes by broadcast from memory. */
#define TILES(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)
enum { MR = 14 };
#include "kernels/simd/matmul_packed.inc"
