#include "kernels/neon/vec.h"

#define NAME kn_rope_halves_f32_neon
#include "kernels/simd/rope_halves_f32.inc"
