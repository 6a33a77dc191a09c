#include "kernels/neon/vec.h"

#define NAME              kn_mul_f32_neon
#define FUNCTION(a, b, e) vf_mul(a, b)
#include "kernels/simd/binary_f32.inc"
