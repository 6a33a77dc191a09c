#include "kernels/neon/vec.h"

#include "kernels/simd/math_f32.h"

#define NAME     kn_silu_f32_neon
#define FUNCTION vf_silu
#include "kernels/simd/unary_f32.inc"
