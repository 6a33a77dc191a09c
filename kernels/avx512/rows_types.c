#define DECODER kn_decoder_avx512
#define DECODE_TYPES(X)                                                                                                \
    X(f16, kn_dequantise_f16_avx512, kn_embedding_f16_avx512)                                                          \
    X(bf16, kn_dequantise_bf16_avx512, kn_embedding_bf16_avx512)                                                       \
    X(i8, kn_dequantise_i8_avx512, kn_embedding_i8_avx512)                                                             \
    X(q8_0, kn_dequantise_q8_0_avx512, kn_embedding_q8_0_avx512)                                                       \
    X(q4_0, kn_dequantise_q4_0_avx512, kn_embedding_q4_0_avx512)                                                       \
    X(q4_1, kn_dequantise_q4_1_avx512, kn_embedding_q4_1_avx512)                                                       \
    X(q5_0, kn_dequantise_q5_0_avx512, kn_embedding_q5_0_avx512)                                                       \
    X(q5_1, kn_dequantise_q5_1_avx512, kn_embedding_q5_1_avx512)                                                       \
    X(q2_k, kn_dequantise_q2_k_avx512, kn_embedding_q2_k_avx512)                                                       \
    X(q3_k, kn_dequantise_q3_k_avx512, kn_embedding_q3_k_avx512)                                                       \
    X(q4_k, kn_dequantise_q4_k_avx512, kn_embedding_q4_k_avx512)                                                       \
    X(q5_k, kn_dequantise_q5_k_avx512, kn_embedding_q5_k_avx512)                                                       \
    X(q6_k, kn_dequantise_q6_k_avx512, kn_embedding_q6_k_avx512)                                                       \
    X(nf4, kn_dequantise_nf4_avx512, kn_embedding_nf4_avx512)
#include "kernels/simd/rows.inc"
