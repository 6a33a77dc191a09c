#include "kernels/avx512/vec.h"

#define NAME        kn_copy_f32_avx512
#define FUNCTION(x) (x)
#include "kernels/simd/unary_f32.inc"
