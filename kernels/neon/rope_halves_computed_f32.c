#include "kernels/neon/vec.h"

#define NAME      kn_rope_halves_computed_f32_neon
#define NAME_WORK kn_rope_halves_computed_f32_neon_work
#define TURN      kn_rope_halves_f32_neon
#include "kernels/simd/rope_computed.inc"
