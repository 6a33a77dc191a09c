#include "kernels/avx2/vec.h"

#include "kernels/simd/math_f32.h"

/* As vf_gelu_tanh() has it, but x / (1 + 2^-v), |v| < 126: vectors with an element beyond, which are rare, go the
 * general way. */
KN_INLINE vf gelu_tanh(vf x)
{
    vf square = vf_mul(x, x);
    if (__builtin_expect(vf_at_least(square, vf_set(99)) != 0, 0))
        return vf_gelu_tanh(x);
    vf v = vf_mul(x, vf_fma(square, vf_set(-0.102943242f), vf_set(-2.30220819f)));
    vf sum = vf_add(v, vf_set(to_eighths));
    vf e = exp2_raised(sum, vf_sub(v, vf_sub(sum, vf_set(to_eighths))), 0);
    return vf_div(x, vf_add(vf_set(1), e));
}

#define NAME     kn_gelu_tanh_f32_avx2
#define FUNCTION gelu_tanh
#include "kernels/simd/unary_f32.inc"
