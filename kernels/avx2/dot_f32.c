#include "kernels/avx2/vec.h"

#define NAME kn_dot_f32_avx2
#include "kernels/simd/dot_f32.inc"
