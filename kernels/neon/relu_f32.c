#include "kernels/neon/vec.h"

#include "kernels/simd/math_f32.h"

#define NAME     kn_relu_f32_neon
#define FUNCTION vf_relu
#include "kernels/simd/unary_f32.inc"
