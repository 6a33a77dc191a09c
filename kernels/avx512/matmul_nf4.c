#include "kernels/avx512/dot.h"
#include "kernels/avx512/ints.h"

#define NAME      kn_matmul_nf4_avx512
#define NAME_WORK kn_matmul_nf4_avx512_work
#define DECODER   kn_decoder_avx512
#define F32       kn_matmul_f32_avx512
#define F32_WORK  kn_matmul_f32_avx512_work
#include "kernels/simd/matmul_nf4.inc"
