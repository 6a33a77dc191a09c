#include "kernels/avx2/vec.h"
#include "kernels/simd/row_f32.h"

#define NAME      kn_attention_f32_avx2
#define NAME_WORK kn_attention_f32_avx2_work
enum { MR = 6, COLUMNS = 2 };
#include "kernels/simd/attention.inc"
