#include "kernels/avx512/vec.h"
#include "kernels/simd/row_f16.h"

#define QUADS     "kernels/avx512/attention_quads.h"
#define NAME      kn_attention_f16_avx512
#define NAME_WORK kn_attention_f16_avx512_work
enum { MR = 14, COLUMNS = 4 };
#include "kernels/simd/attention.inc"
