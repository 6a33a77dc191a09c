#include "kernels/neon/vec.h"

#include "kernels/simd/math_f32.h"

#define NAME(op) kn_sample_##op##_f32_neon
#include "kernels/simd/sample_f32.inc"
