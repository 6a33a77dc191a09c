#include "kernels/neon_dotprod/dot.h"

enum { FIFTH = 0 };
#include "kernels/simd/gemv128_q4_k.inc"

#define GEMV      kn_gemv_q4_k_neon_dotprod
#define GEMV_WORK kn_gemv_q4_k_neon_dotprod_work
#define QUANTISE  kn_act_quantise_neon
#include "kernels/simd/gemv_int8.inc"
