#define MATMUL      kn_matmul_q4_0_avx512
#define MATMUL_WORK kn_matmul_q4_0_avx512_work
#define GEMV        kn_gemv_q4_0_avx512
#define GEMV_WORK   kn_gemv_q4_0_avx512_work
#include "kernels/simd/matmul_by_rows.inc"
