#include "kernels/neon_dotprod/dot.h"

#define GEMV      kn_gemv_i8_neon_dotprod
#define GEMV_WORK kn_gemv_i8_neon_dotprod_work
#define QUANTISE  kn_act_quantise_neon
#include "kernels/simd/gemv_i8.inc"
