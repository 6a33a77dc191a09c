#include "kernels/avx512/vec.h"

#define NAME     kn_mul_f32_avx512
#define FUNCTION vf_mul
#include "kernels/simd/binary_f32.inc"
