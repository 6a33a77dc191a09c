#include "kernels/avx2/vec.h"

#define NAME              kn_add_f32_avx2
#define FUNCTION(a, b, e) vf_add(a, b)
#include "kernels/simd/binary_f32.inc"
