#include "kernels/neon/dot.h"
#include "kernels/neon/ints.h"
#include "kernels/simd/unpack.h"

#include "kernels/simd/gemv128_q2_k.inc"

#define GEMV      kn_gemv_q2_k_neon
#define GEMV_WORK kn_gemv_q2_k_neon_work
#define QUANTISE  kn_act_quantise_neon
#include "kernels/simd/gemv_int8.inc"

#define NAME      kn_matmul_q2_k_neon
#define NAME_WORK kn_matmul_q2_k_neon_work
#define TYPE      KN_TYPE_q2_k
#define UNPACK    unpack_q2_k
/* 8 sums of pairs, 8 of floats, two vectors of w and one of x in 32 registers. */
#define TILES(X) X(1) X(2) X(3) X(4)
enum { GEMV_ROWS = 4, MR = 4, KC = 512, SUB = 16, OFFSET = 0, MINS = 1, PAIRS = 4, SIGNED = 0 };
#include "kernels/simd/gemm_int8.inc"
