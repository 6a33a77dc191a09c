#define MATMUL      kn_matmul_q4_k_avx512_vnni
#define MATMUL_WORK kn_matmul_q4_k_avx512_vnni_work
#define GEMV        kn_gemv_q4_k_avx512_vnni
#define GEMV_WORK   kn_gemv_q4_k_avx512_vnni_work
#include "kernels/simd/matmul_by_rows.inc"
