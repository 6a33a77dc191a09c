#include "kernels/avx512/vec.h"

#define NAME kn_rope_halves_f32_avx512
#include "kernels/simd/rope_halves_f32.inc"
