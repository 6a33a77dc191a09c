#include "kernels/avx2/vec.h"

#include "kernels/simd/math_f32.h"
#include "kernels/simd/unroll.h"

enum { TERMS = 7, PIECES = 8, AT_ONCE = 4 /* vectors */ };

/* sqrt(Phi(-a)) about a = i 5/8 is a polynomial in a - i 5/8, its j-th coefficient tail[j * PIECES + i]: a minimax fit
 * of each piece, relative error 4e-8 (0.7 u) before rounding. The root changes less within a piece than Phi itself, and
 * takes fewer terms. */
static const _Alignas(32) float tail[TERMS * PIECES] = {
#include "kernels/avx2/gelu_tail.inc"
};
static const float piece = 0.625f, last = 4.68f, to_whole = 0x1.8p23f;

/* As vf_gelu() has it, with one exponential of a^2 and of what is lost in rounding it: 2^32 times as large, which the
 * ratio makes up for. One term more than exp2_raised() has. */
static __attribute__((noinline)) vf gelu_far(vf x)
{
    vf a = vf_min(vf_set(14.4f), _mm256_andnot_ps(vf_set(-0.0f), x));
    vf square = vf_mul(a, a), lost = vf_fms(a, a, square);
    vf sum = vf_fma(square, vf_set(-0x1.715476p-1f), vf_set(to_eighths)); /* log2(e) / 2, in two parts */
    vf r = vf_fms(square, vf_set(-0x1.715476p-1f), vf_sub(sum, vf_set(to_eighths)));
    r = vf_fma(square, vf_set(-0x1.4ae0cp-27f), r);
    r = vf_fma(lost, vf_set(-0x1.715476p-1f), r);
    vf q = vf_fma(r, vf_set(0x1.3b2fc4p-7f), vf_set(0x1.c6bb7ap-5f)), root = root_scaled(sum, 32);
    q = vf_fma(q, r, vf_set(0x1.ebfbep-3f));
    q = vf_fma(q, r, vf_set(0x1.62e43p-1f));
    vf beyond = vf_mul(vf_fma(root, vf_mul(q, r), root), phi_ratio(a, 0x1p-32f));
    return vf_mul(x, vf_by_sign(x, beyond, vf_sub(vf_set(1.0f), beyond)));
}

/* x Phi(x) = max(x, 0) - a Phi(-a), a = |x| <= last, of n vectors; these side by side, so that no step waits for the
 * one before. */
KN_INLINE void gelu_near(vf *x, const vf *a, const size_t n)
{
    vf sum[AT_ONCE], r[AT_ONCE], p[AT_ONCE];
    UNROLL for (size_t u = 0; u < n; u++)
    {
        sum[u] = vf_fma(a[u], vf_set(1 / piece), vf_set(to_whole)); /* its last three bits say which piece */
        r[u] = vf_fnma(vf_sub(sum[u], vf_set(to_whole)), vf_set(piece), a[u]);
    }
    UNROLL for (size_t j = TERMS; j-- > 0;)
    {
        UNROLL for (size_t u = 0; u < n; u++)
        {
            vf term = _mm256_permutevar8x32_ps(vf_load(tail + j * PIECES), _mm256_castps_si256(sum[u]));
            p[u] = j + 1 < TERMS ? vf_fma(p[u], r[u], term) : term;
        }
    }
    UNROLL for (size_t u = 0; u < n; u++)
    {
        x[u] = vf_fnma(vf_mul(a[u], p[u]), p[u], vf_relu(x[u]));
    }
}

/* Vectors with an element behind the last piece, which are rare, go the general way. */
KN_INLINE vf gelu(vf x)
{
    vf a = _mm256_andnot_ps(vf_set(-0.0f), x);
    if (__builtin_expect(vf_at_least(a, vf_set(last)) != 0, 0))
        return gelu_far(x);
    gelu_near(&x, &a, 1);
    return x;
}

KN_INLINE void gelu_at_once(const float *x, float *y)
{
    vf v[AT_ONCE], a[AT_ONCE], most = vf_set(0);
    UNROLL for (size_t u = 0; u < AT_ONCE; u++)
    {
        v[u] = vf_load(x + u * LANES);
        a[u] = _mm256_andnot_ps(vf_set(-0.0f), v[u]);
        most = vf_max(a[u], most); /* never a NaN */
    }
    if (__builtin_expect(vf_at_least(most, vf_set(last)) != 0, 0)) {
        for (size_t u = 0; u < AT_ONCE; u++)
            vf_store(y + u * LANES, gelu(v[u]));
        return;
    }
    gelu_near(v, a, AT_ONCE);
    UNROLL for (size_t u = 0; u < AT_ONCE; u++)
    {
        vf_store(y + u * LANES, v[u]);
    }
}

#define NAME             kn_gelu_f32_avx2
#define FUNCTION         gelu
#define FUNCTION_OF_FOUR gelu_at_once
#include "kernels/simd/unary_f32.inc"
