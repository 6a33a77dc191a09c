#include "kernels/neon/vec.h"

#define NAME kn_layernorm_f32_neon
#define LAYERNORM
#include "kernels/simd/norm_f32.inc"
