#include "kernels/avx512/vec.h"

#define DECODER kn_decoder_avx512
#define MATMULS(X)                                                                                                     \
    X(q4_1, kn_matmul_q4_1_avx512)                                                                                     \
    X(q5_0, kn_matmul_q5_0_avx512)                                                                                     \
    X(q5_1, kn_matmul_q5_1_avx512)                                                                                     \
    X(q2_k, kn_matmul_q2_k_avx512)                                                                                     \
    X(q3_k, kn_matmul_q3_k_avx512)                                                                                     \
    X(q5_k, kn_matmul_q5_k_avx512)                                                                                     \
    X(nf4, kn_matmul_nf4_avx512)
#include "kernels/simd/matmul_decoded.inc"
