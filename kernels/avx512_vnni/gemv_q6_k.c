#include "kernels/avx512_vnni/dot.h"
#include "kernels/simd/gemv512_q6_k.inc"

#define GEMV      kn_gemv_q6_k_avx512_vnni
#define GEMV_WORK kn_gemv_q6_k_avx512_vnni_work
#define QUANTISE  kn_act_quantise_avx512
#include "kernels/simd/gemv_int8.inc"
