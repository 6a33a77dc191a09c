#include "kernels/avx512_vnni/dot.h"

enum { FIFTH = 0 };
#include "kernels/simd/gemv512_q4_k.inc"

#define GEMV      kn_gemv_q4_k_avx512_vnni
#define GEMV_WORK kn_gemv_q4_k_avx512_vnni_work
#define QUANTISE  kn_act_quantise_avx512
#include "kernels/simd/gemv_int8.inc"
