#include "kernels/neon/vec.h"

#include "kernels/simd/math_f32.h"

#define NAME              kn_swiglu_f32_neon
#define FUNCTION(a, b, e) vf_mul(vf_silu(a), b)
#include "kernels/simd/binary_f32.inc"
