#include "kernels/neon/vec.h"

#define NAME kn_rope_pairs_f32_neon
#include "kernels/simd/rope_pairs_f32.inc"
