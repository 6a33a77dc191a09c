/* Decoders and encoders of each type, gathered in rows.c. */
#ifndef KERNELS_QUANT_FAMILY_H
#define KERNELS_QUANT_FAMILY_H

#include <stddef.h>

#define KN_TYPE(name, block, bytes, row_bytes)                                                                         \
    void kn_decode_##name(const void *row, float *x, size_t k);                                                        \
    void kn_encode_##name(const float *x, void *row, size_t k);
#include "kernels/types.def"
#undef KN_TYPE

#endif
