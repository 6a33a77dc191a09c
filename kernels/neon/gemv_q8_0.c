#include "kernels/neon/dot.h"
#include "kernels/simd/gemv128_q8_0.inc"

#define GEMV      kn_gemv_q8_0_neon
#define GEMV_WORK kn_gemv_q8_0_neon_work
#define QUANTISE  kn_act_quantise_neon
#include "kernels/simd/gemv_int8.inc"
