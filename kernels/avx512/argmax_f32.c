#include "kernels/avx512/vec.h"

#define NAME kn_argmax_f32_avx512
#include "kernels/simd/argmax_f32.inc"
