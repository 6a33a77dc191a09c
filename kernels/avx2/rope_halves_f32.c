#include "kernels/avx2/vec.h"

#define NAME kn_rope_halves_f32_avx2
#include "kernels/simd/rope_halves_f32.inc"
