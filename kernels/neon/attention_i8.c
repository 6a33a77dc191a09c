#include "kernels/neon/vec.h"
#include "kernels/simd/row_i8.h"

#define NAME      kn_attention_i8_neon
#define NAME_WORK kn_attention_i8_neon_work
enum { MR = 12, COLUMNS = 4 };
#include "kernels/simd/attention.inc"
