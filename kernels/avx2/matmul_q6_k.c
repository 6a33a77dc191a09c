#define MATMUL      kn_matmul_q6_k_avx2
#define MATMUL_WORK kn_matmul_q6_k_avx2_work
#define GEMV        kn_gemv_q6_k_avx2
#define GEMV_WORK   kn_gemv_q6_k_avx2_work
#include "kernels/simd/matmul_by_rows.inc"
