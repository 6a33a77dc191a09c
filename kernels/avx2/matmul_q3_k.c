#include "kernels/avx2/ints.h"
#include "kernels/simd/unpack.h"

#include "kernels/simd/gemv256_q3_k.inc"

#define GEMV      kn_gemv_q3_k_avx2
#define GEMV_WORK kn_gemv_q3_k_avx2_work
#define QUANTISE  kn_act_quantise_avx2
#include "kernels/simd/gemv_int8.inc"

#define NAME      kn_matmul_q3_k_avx2
#define NAME_WORK kn_matmul_q3_k_avx2_work
#define TYPE      KN_TYPE_q3_k
#define UNPACK    unpack_q3_k
/* 6 sums of pairs and 6 of floats, two vectors of w and one of x in 16 registers. */
#define TILES(X) X(1) X(2) X(3)
enum { GEMV_ROWS = 2, MR = 3, KC = 512, SUB = 16, OFFSET = 4, MINS = 0, PAIRS = 4, SIGNED = 0 };
#include "kernels/simd/gemm_int8.inc"
