#include "kernels/neon/dot.h"

enum { FIFTH = 0 };
#include "kernels/simd/gemv128_q4_k.inc"

#define GEMV      kn_gemv_q4_k_neon
#define GEMV_WORK kn_gemv_q4_k_neon_work
#define QUANTISE  kn_act_quantise_neon
#include "kernels/simd/gemv_int8.inc"
