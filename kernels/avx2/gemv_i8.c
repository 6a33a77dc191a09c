#include "kernels/avx2/dot.h"

#define GEMV      kn_gemv_i8_avx2
#define GEMV_WORK kn_gemv_i8_avx2_work
#define QUANTISE  kn_act_quantise_avx2
#include "kernels/simd/gemv_i8.inc"
