#include "kernels/avx512/vec.h"

#define NAME      kn_rope_halves_computed_f32_avx512
#define NAME_WORK kn_rope_halves_computed_f32_avx512_work
#define TURN      kn_rope_halves_f32_avx512
#include "kernels/simd/rope_computed.inc"
