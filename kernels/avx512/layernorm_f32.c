#include "kernels/avx512/vec.h"

#define NAME kn_layernorm_f32_avx512
#define LAYERNORM
#include "kernels/simd/norm_f32.inc"
