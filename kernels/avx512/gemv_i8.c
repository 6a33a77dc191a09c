#include "kernels/avx512/dot.h"

#define GEMV      kn_gemv_i8_avx512
#define GEMV_WORK kn_gemv_i8_avx512_work
#define QUANTISE  kn_act_quantise_avx512
#include "kernels/simd/gemv_i8.inc"
