#include "kernels/avx2/vec.h"

#define DECODER kn_decoder_avx2
#include "kernels/simd/decode.inc"
