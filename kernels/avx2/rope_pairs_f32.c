#include "kernels/avx2/vec.h"

#define NAME kn_rope_pairs_f32_avx2
#include "kernels/simd/rope_pairs_f32.inc"
