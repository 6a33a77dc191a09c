#include "kernels/avx2/dot.h"

enum { FIFTH = 0 };
#include "kernels/simd/gemv256_q4_k.inc"

#define GEMV      kn_gemv_q4_k_avx2
#define GEMV_WORK kn_gemv_q4_k_avx2_work
#define QUANTISE  kn_act_quantise_avx2
#include "kernels/simd/gemv_int8.inc"
