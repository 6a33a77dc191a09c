#include "kernels/avx2/vec.h"

#define NAME kn_rmsnorm_f32_avx2
#include "kernels/simd/norm_f32.inc"
