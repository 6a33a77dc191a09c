#include "kernels/neon/vec.h"

#define NAME kn_softmax_f32_neon
#include "kernels/simd/softmax_f32.inc"
