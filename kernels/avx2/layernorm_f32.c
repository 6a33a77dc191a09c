#include "kernels/avx2/vec.h"

#define NAME kn_layernorm_f32_avx2
#define LAYERNORM
#include "kernels/simd/norm_f32.inc"
