#include "kernels/avx512/vec.h"

#define NAME kn_softmax_f32_avx512
#include "kernels/simd/softmax_f32.inc"
