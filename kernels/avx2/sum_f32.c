#include "kernels/avx2/vec.h"

#define NAME kn_sum_f32_avx2
#include "kernels/simd/sum_f32.inc"
