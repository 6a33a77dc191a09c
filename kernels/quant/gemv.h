/* Products of a few rows of x with quantised weights as they lie in a file: each row of weights is read once. The
 * kernels of a type call them for a few rows (GEMV_ROWS), up to KN_GEMV_M at a time; x is rounded to int8 as
 * kernels/quant/activations.h has it. */
#ifndef KERNELS_QUANT_GEMV_H
#define KERNELS_QUANT_GEMV_H

#include <kn/ops.h>

enum { KN_GEMV_M = 4 }; /* most rows of x */

#define KN_GEMV(type, isa)                                                                                             \
    void kn_gemv_##type##_##isa(const struct kn_matmul *a);                                                            \
    size_t kn_gemv_##type##_##isa##_work(const struct kn_dims *d); /* bytes of a->work for up to KN_GEMV_M rows */
#define KN_GEMV_TYPES(isa)                                                                                             \
    KN_GEMV(i8, isa)                                                                                                   \
    KN_GEMV(q8_0, isa)                                                                                                 \
    KN_GEMV(q4_0, isa)                                                                                                 \
    KN_GEMV(q4_1, isa)                                                                                                 \
    KN_GEMV(q5_0, isa)                                                                                                 \
    KN_GEMV(q5_1, isa) KN_GEMV(q2_k, isa) KN_GEMV(q3_k, isa) KN_GEMV(q4_k, isa) KN_GEMV(q5_k, isa) KN_GEMV(q6_k, isa)
KN_GEMV_TYPES(avx2)
KN_GEMV_TYPES(avx512)
KN_GEMV_TYPES(avx512_vnni)
KN_GEMV_TYPES(neon)
KN_GEMV_TYPES(neon_dotprod)
#undef KN_GEMV_TYPES
#undef KN_GEMV

#endif
