#include "kernels/neon/vec.h"

#define NAME kn_argmax_f32_neon
#include "kernels/simd/argmax_f32.inc"
