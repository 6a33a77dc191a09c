#include "kernels/avx512/vec.h"

#include "kernels/simd/math_f32.h"

#define NAME     kn_relu_f32_avx512
#define FUNCTION vf_relu
#include "kernels/simd/unary_f32.inc"
