#include "kernels/avx512/vec.h"

#define NAME kn_rope_pairs_f32_avx512
#include "kernels/simd/rope_pairs_f32.inc"
