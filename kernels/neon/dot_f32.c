#include "kernels/neon/vec.h"

#define NAME kn_dot_f32_neon
#include "kernels/simd/dot_f32.inc"
