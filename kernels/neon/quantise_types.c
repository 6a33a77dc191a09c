#include "kernels/neon/vec.h"

#define QUANTISE_TYPES(X)                                                                                              \
    X(f16, kn_quantise_f16_neon)                                                                                       \
    X(bf16, kn_quantise_bf16_neon)                                                                                     \
    X(i8, kn_quantise_i8_neon)                                                                                         \
    X(q8_0, kn_quantise_q8_0_neon)                                                                                     \
    X(q4_0, kn_quantise_q4_0_neon)                                                                                     \
    X(q4_1, kn_quantise_q4_1_neon)                                                                                     \
    X(q5_0, kn_quantise_q5_0_neon)                                                                                     \
    X(q5_1, kn_quantise_q5_1_neon)                                                                                     \
    X(q2_k, kn_quantise_q2_k_neon)                                                                                     \
    X(q3_k, kn_quantise_q3_k_neon)                                                                                     \
    X(q4_k, kn_quantise_q4_k_neon)                                                                                     \
    X(q5_k, kn_quantise_q5_k_neon)                                                                                     \
    X(q6_k, kn_quantise_q6_k_neon)                                                                                     \
    X(nf4, kn_quantise_nf4_neon)
#include "kernels/simd/quantise.inc"
