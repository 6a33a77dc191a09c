#include "kernels/avx2/vec.h"

#define NAME kn_softmax_f32_avx2
#include "kernels/simd/softmax_f32.inc"
