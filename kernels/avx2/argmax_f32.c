#include "kernels/avx2/vec.h"

#define NAME kn_argmax_f32_avx2
#include "kernels/simd/argmax_f32.inc"
