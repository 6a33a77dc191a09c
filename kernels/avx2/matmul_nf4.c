#include "kernels/avx2/ints.h"

#define NAME      kn_matmul_nf4_avx2
#define NAME_WORK kn_matmul_nf4_avx2_work
#define DECODER   kn_decoder_avx2
#define F32       kn_matmul_f32_avx2
#define F32_WORK  kn_matmul_f32_avx2_work
#include "kernels/simd/matmul_nf4.inc"
