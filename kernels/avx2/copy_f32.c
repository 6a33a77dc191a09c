#include "kernels/avx2/vec.h"

#define NAME        kn_copy_f32_avx2
#define FUNCTION(x) (x)
#include "kernels/simd/unary_f32.inc"
