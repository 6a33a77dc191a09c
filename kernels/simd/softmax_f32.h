/* Softmax in three passes over a row: its largest value, exponentials and their sum, division. The includer has a vec.h
 * and defines NAME. A NaN may be lost from the maximum, but not from the sum. */
#include <kn/ops.h>

#include <math.h>

#include "kernels/simd/math_f32.h"

static float row_max(const float *x, size_t n)
{
    vf least = vf_set(-INFINITY), m0 = least, m1 = least, m2 = least, m3 = least;
    size_t i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES) {
        m0 = vf_max(m0, vf_load(x + i));
        m1 = vf_max(m1, vf_load(x + i + LANES));
        m2 = vf_max(m2, vf_load(x + i + 2 * LANES));
        m3 = vf_max(m3, vf_load(x + i + 3 * LANES));
    }
    for (; i + LANES <= n; i += LANES)
        m0 = vf_max(m0, vf_load(x + i));
    if (i < n)
        m1 = vf_max(m1, vf_keep_n(vf_load_n(x + i, n - i), n - i, least));
    return vf_largest(vf_max(vf_max(m0, m1), vf_max(m2, m3)));
}

/* y = exp(x - max); returns their sum. */
static float row_exp(const float *x, float *y, size_t n, float max)
{
    vf s0 = vf_set(0), s1 = s0, m = vf_set(max);
    size_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        vf e0 = vf_exp(vf_sub(vf_load(x + i), m));
        vf e1 = vf_exp(vf_sub(vf_load(x + i + LANES), m));
        vf_store(y + i, e0);
        vf_store(y + i + LANES, e1);
        s0 = vf_add(s0, e0);
        s1 = vf_add(s1, e1);
    }
    for (; i < n; i += LANES) {
        size_t rest = n - i < LANES ? n - i : LANES;
        vf e = vf_exp(vf_sub(vf_load_n(x + i, rest), m));
        vf_store_n(y + i, e, rest);
        s0 = vf_add(s0, vf_keep_n(e, rest, vf_set(0)));
    }
    return vf_sum(vf_add(s0, s1));
}

static void row_scale(float *y, size_t n, float factor)
{
    vf f = vf_set(factor);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        vf_store(y + i, vf_mul(vf_load(y + i), f));
    if (i < n)
        vf_store_n(y + i, vf_mul(vf_load_n(y + i, n - i), f), n - i);
}

void NAME(const struct kn_softmax *a)
{
    for (size_t r = 0; r < a->rows; r++) {
        const float *x = a->x + r * a->cols;
        float *y = a->y + r * a->cols;
        float sum = row_exp(x, y, a->cols, row_max(x, a->cols));
        row_scale(y, a->cols, 1 / sum);
    }
}
