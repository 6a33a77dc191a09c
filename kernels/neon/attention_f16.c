#include "kernels/neon/vec.h"
#include "kernels/simd/row_f16.h"

#define NAME      kn_attention_f16_neon
#define NAME_WORK kn_attention_f16_neon_work
enum { MR = 12, COLUMNS = 4 };
#include "kernels/simd/attention.inc"
