#include "kernels/avx512/vec.h"

#include "kernels/simd/math_f32.h"

enum { TERMS = 7, PIECES = 32 };

/* Phi(-a) about a = i 11/64 is a polynomial in a - i 11/64, its j-th coefficient tail[j * PIECES + i]: interpolation at
 * the Chebyshev nodes of each piece, relative error 8.9e-8 (1.5 u) before rounding. */
static const float tail[TERMS * PIECES] = {
#include "kernels/avx512/gelu_tail.inc"
};
static const float piece = 0x1.6p-3f, last = 31 * 0x1.6p-3f, to_whole = 0x1.8p23f;

KN_INLINE vf term(size_t j, __m512i at)
{
    return _mm512_permutex2var_ps(vf_load(tail + j * PIECES), at, vf_load(tail + j * PIECES + LANES));
}

/* x Phi(x) = max(x, 0) - a Phi(-a), a = |x|. Behind the last piece a Phi(-a) is half an ulp of x and less, but where x
 * is negative it is the result: vectors with such an element, which are rare, go the general way. */
KN_INLINE vf gelu(vf x)
{
    if (__builtin_expect(vf_at_least(vf_set(-last), x) != 0, 0))
        return vf_gelu(x);
    vf a = vf_min(vf_set(last), _mm512_abs_ps(x));
    vf sum = vf_fma(a, vf_set(1 / piece), vf_set(to_whole));
    vf r = vf_fnma(vf_sub(sum, vf_set(to_whole)), vf_set(piece), a);
    __m512i at = _mm512_castps_si512(sum); /* its last five bits */
    vf p = term(TERMS - 1, at);
    for (size_t j = TERMS - 1; j-- > 0;)
        p = vf_fma(p, r, term(j, at));
    return vf_fnma(a, p, vf_relu(x));
}

#define NAME     kn_gelu_f32_avx512
#define FUNCTION gelu
#include "kernels/simd/unary_f32.inc"
