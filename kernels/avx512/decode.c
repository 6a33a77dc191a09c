#include "kernels/avx512/vec.h"

#define DECODER kn_decoder_avx512
#include "kernels/simd/decode.inc"
