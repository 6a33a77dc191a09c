#include "kernels/neon/vec.h"

#define NAME kn_sum_f32_neon
#include "kernels/simd/sum_f32.inc"
