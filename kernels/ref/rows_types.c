#define DECODER kn_decoder_ref
#define DECODE_TYPES(X)                                                                                                \
    X(f32, kn_dequantise_f32_ref, kn_embedding_f32_ref)                                                                \
    X(f16, kn_dequantise_f16_ref, kn_embedding_f16_ref)                                                                \
    X(bf16, kn_dequantise_bf16_ref, kn_embedding_bf16_ref)                                                             \
    X(i8, kn_dequantise_i8_ref, kn_embedding_i8_ref)                                                                   \
    X(q8_0, kn_dequantise_q8_0_ref, kn_embedding_q8_0_ref)                                                             \
    X(q4_0, kn_dequantise_q4_0_ref, kn_embedding_q4_0_ref)                                                             \
    X(q4_1, kn_dequantise_q4_1_ref, kn_embedding_q4_1_ref)                                                             \
    X(q5_0, kn_dequantise_q5_0_ref, kn_embedding_q5_0_ref)                                                             \
    X(q5_1, kn_dequantise_q5_1_ref, kn_embedding_q5_1_ref)                                                             \
    X(q2_k, kn_dequantise_q2_k_ref, kn_embedding_q2_k_ref)                                                             \
    X(q3_k, kn_dequantise_q3_k_ref, kn_embedding_q3_k_ref)                                                             \
    X(q4_k, kn_dequantise_q4_k_ref, kn_embedding_q4_k_ref)                                                             \
    X(q5_k, kn_dequantise_q5_k_ref, kn_embedding_q5_k_ref)                                                             \
    X(q6_k, kn_dequantise_q6_k_ref, kn_embedding_q6_k_ref)                                                             \
    X(nf4, kn_dequantise_nf4_ref, kn_embedding_nf4_ref)
#include "kernels/simd/rows.inc"
