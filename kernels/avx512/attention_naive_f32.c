#include "kernels/avx512/vec.h"
#include "kernels/simd/row_f32.h"

#define NAME      kn_attention_f32_avx512_naive
#define NAME_WORK kn_attention_f32_avx512_naive_work
#include "kernels/simd/attention_naive.inc"
