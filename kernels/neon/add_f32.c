#include "kernels/neon/vec.h"

#define NAME              kn_add_f32_neon
#define FUNCTION(a, b, e) vf_add(a, b)
#include "kernels/simd/binary_f32.inc"
