#include "kernels/avx2/vec.h"

#include "kernels/simd/math_f32.h"

/* As vf_gelu() has it, with one exponential of a^2 and of what is lost in rounding it: 2^32 times as large, which the
 * ratio makes up for. */
KN_INLINE vf gelu(vf x)
{
    vf a = vf_min(vf_set(14.4f), _mm256_andnot_ps(vf_set(-0.0f), x));
    vf square = vf_mul(a, a), lost = vf_fms(a, a, square);
    vf sum = vf_fma(square, vf_set(-0x1.715476p-1f), vf_set(to_eighths)); /* log2(e) / 2, in two parts */
    vf r = vf_fms(square, vf_set(-0x1.715476p-1f), vf_sub(sum, vf_set(to_eighths)));
    r = vf_fma(square, vf_set(-0x1.4ae0cp-27f), r);
    r = vf_fma(lost, vf_set(-0x1.715476p-1f), r);
    vf tail = vf_mul(exp2_raised(sum, r), phi_ratio(a, 0x1p-32f));
    return vf_mul(x, vf_by_sign(x, tail, vf_sub(vf_set(1.0f), tail)));
}

#define NAME     kn_gelu_f32_avx2
#define FUNCTION gelu
#include "kernels/simd/unary_f32.inc"
