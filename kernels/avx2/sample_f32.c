#include "kernels/avx2/vec.h"

#include "kernels/simd/math_f32.h"

#define NAME(op) kn_sample_##op##_f32_avx2
#include "kernels/simd/sample_f32.inc"
