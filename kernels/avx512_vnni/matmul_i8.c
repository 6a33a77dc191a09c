#include "kernels/avx512/ints.h"
#include "kernels/avx512_vnni/dot.h"
#include "kernels/simd/unpack.h"

#define NAME      kn_matmul_i8_avx512_vnni
#define NAME_WORK kn_matmul_i8_avx512_vnni_work
#define GEMV      kn_gemv_i8_avx512_vnni
#define GEMV_WORK kn_gemv_i8_avx512_vnni_work
#define TYPE      KN_TYPE_i8
#define UNPACK    unpack_i8
/* 16 sums of integers; more do not make it faster. */
#define TILES(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
enum { GEMV_ROWS = 4, MR = 8, KC = 512, SUB = 0, OFFSET = 128, MINS = 0, PAIRS = 0, SIGNED = 0 };
#include "kernels/simd/gemm_int8.inc"
