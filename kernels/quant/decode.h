/* kn_decode_row in vectors: the same floats, faster. `type` is any but f32. ref is kn_decode_row itself, of f32 too. */
#ifndef KERNELS_QUANT_DECODE_H
#define KERNELS_QUANT_DECODE_H

#include <kn/types.h>

typedef void kn_decode_fn(const void *row, float *x, size_t k);
kn_decode_fn *kn_decoder_ref(enum kn_type type);
kn_decode_fn *kn_decoder_avx2(enum kn_type type);
kn_decode_fn *kn_decoder_avx512(enum kn_type type);

#endif
