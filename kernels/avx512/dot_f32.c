#include "kernels/avx512/vec.h"

#define NAME kn_dot_f32_avx512
#include "kernels/simd/dot_f32.inc"
