#include "kernels/neon/vec.h"

#define NAME        kn_copy_f32_neon
#define FUNCTION(x) (x)
#include "kernels/simd/unary_f32.inc"
