#include "kernels/avx2/vec.h"

#define NAME      kn_rope_pairs_computed_f32_avx2
#define NAME_WORK kn_rope_pairs_computed_f32_avx2_work
#define TURN      kn_rope_pairs_f32_avx2
#include "kernels/simd/rope_computed.inc"
