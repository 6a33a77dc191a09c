#include "kernels/avx512/vec.h"

#define NAME kn_rmsnorm_f32_avx512
#include "kernels/simd/norm_f32.inc"
