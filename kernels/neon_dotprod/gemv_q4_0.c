#include "kernels/neon_dotprod/dot.h"
#include "kernels/simd/gemv128_q4_0.inc"

#define GEMV      kn_gemv_q4_0_neon_dotprod
#define GEMV_WORK kn_gemv_q4_0_neon_dotprod_work
#define QUANTISE  kn_act_quantise_neon
#include "kernels/simd/gemv_int8.inc"
