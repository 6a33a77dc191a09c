#include "kernels/avx2/vec.h"
#include "kernels/simd/row_i8.h"

#define NAME      kn_attention_i8_avx2
#define NAME_WORK kn_attention_i8_avx2_work
enum { MR = 6, COLUMNS = 2 };
#include "kernels/simd/attention.inc"
