#include "kernels/neon/vec.h"

#define NAME kn_rmsnorm_f32_neon
#include "kernels/simd/norm_f32.inc"
