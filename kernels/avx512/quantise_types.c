#include "kernels/avx512/vec.h"

#define QUANTISE_TYPES(X)                                                                                              \
    X(f16, kn_quantise_f16_avx512)                                                                                     \
    X(bf16, kn_quantise_bf16_avx512)                                                                                   \
    X(i8, kn_quantise_i8_avx512)                                                                                       \
    X(q8_0, kn_quantise_q8_0_avx512)                                                                                   \
    X(q4_0, kn_quantise_q4_0_avx512)                                                                                   \
    X(q4_1, kn_quantise_q4_1_avx512)                                                                                   \
    X(q5_0, kn_quantise_q5_0_avx512)                                                                                   \
    X(q5_1, kn_quantise_q5_1_avx512)                                                                                   \
    X(q2_k, kn_quantise_q2_k_avx512)                                                                                   \
    X(q3_k, kn_quantise_q3_k_avx512)                                                                                   \
    X(q4_k, kn_quantise_q4_k_avx512)                                                                                   \
    X(q5_k, kn_quantise_q5_k_avx512)                                                                                   \
    X(q6_k, kn_quantise_q6_k_avx512)                                                                                   \
    X(nf4, kn_quantise_nf4_avx512)
#include "kernels/simd/quantise.inc"
