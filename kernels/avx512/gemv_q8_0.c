#include "kernels/avx512/dot.h"
#include "kernels/simd/gemv512_q8_0.inc"

#define GEMV      kn_gemv_q8_0_avx512
#define GEMV_WORK kn_gemv_q8_0_avx512_work
#define QUANTISE  kn_act_quantise_avx512
#include "kernels/simd/gemv_int8.inc"
