#include "kernels/neon/vec.h"

#define NAME              kn_axpy_f32_neon
#define FUNCTION(a, b, e) vf_fma(e, a, b)
#include "kernels/simd/binary_f32.inc"
