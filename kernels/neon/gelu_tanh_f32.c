#include "kernels/neon/vec.h"

#include "kernels/simd/math_f32.h"

#define NAME     kn_gelu_tanh_f32_neon
#define FUNCTION vf_gelu_tanh
#include "kernels/simd/unary_f32.inc"
