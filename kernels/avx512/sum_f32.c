#include "kernels/avx512/vec.h"

#define NAME kn_sum_f32_avx512
#include "kernels/simd/sum_f32.inc"
