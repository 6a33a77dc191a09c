#include "kernels/avx512/dot.h"
#include "kernels/avx512/ints.h"
#include "kernels/simd/unpack.h"

#include "kernels/simd/gemv512_q3_k.inc"

#define GEMV      kn_gemv_q3_k_avx512
#define GEMV_WORK kn_gemv_q3_k_avx512_work
#define QUANTISE  kn_act_quantise_avx512
#include "kernels/simd/gemv_int8.inc"

#define NAME      kn_matmul_q3_k_avx512
#define NAME_WORK kn_matmul_q3_k_avx512_work
#define TYPE      KN_TYPE_q3_k
#define UNPACK    unpack_q3_k
/* 12 sums of pairs, 12 of floats, two vectors of w and one of x in 32 registers. */
#define TILES(X) X(1) X(2) X(3) X(4) X(5) X(6)
enum { GEMV_ROWS = 2, MR = 6, KC = 512, SUB = 16, OFFSET = 4, MINS = 0, PAIRS = 4, SIGNED = 0 };
#include "kernels/simd/gemm_int8.inc"
