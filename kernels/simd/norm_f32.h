/* RMSNorm and LayerNorm share their sums. The includer has a vec.h and defines NAME, and LAYERNORM for the latter. */
#include <kn/ops.h>

#include <math.h>

/* sum (x - mean)^2 */
static float row_squares(const float *x, size_t n, float mean)
{
    vf s0 = vf_set(0), s1 = s0, s2 = s0, s3 = s0, m = vf_set(mean);
    size_t i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES) {
        vf d0 = vf_sub(vf_load(x + i), m), d1 = vf_sub(vf_load(x + i + LANES), m);
        vf d2 = vf_sub(vf_load(x + i + 2 * LANES), m), d3 = vf_sub(vf_load(x + i + 3 * LANES), m);
        s0 = vf_fma(d0, d0, s0);
        s1 = vf_fma(d1, d1, s1);
        s2 = vf_fma(d2, d2, s2);
        s3 = vf_fma(d3, d3, s3);
    }
    for (; i < n; i += LANES) {
        size_t rest = n - i < LANES ? n - i : LANES;
        vf d = vf_keep_n(vf_sub(vf_load_n(x + i, rest), m), rest, vf_set(0));
        s0 = vf_fma(d, d, s0);
    }
    return vf_sum(vf_add(vf_add(s0, s1), vf_add(s2, s3)));
}

#ifdef LAYERNORM

static float row_sum(const float *x, size_t n)
{
    vf s0 = vf_set(0), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES) {
        s0 = vf_add(s0, vf_load(x + i));
        s1 = vf_add(s1, vf_load(x + i + LANES));
        s2 = vf_add(s2, vf_load(x + i + 2 * LANES));
        s3 = vf_add(s3, vf_load(x + i + 3 * LANES));
    }
    for (; i + LANES <= n; i += LANES)
        s0 = vf_add(s0, vf_load(x + i));
    if (i < n)
        s1 = vf_add(s1, vf_load_n(x + i, n - i));
    return vf_sum(vf_add(vf_add(s0, s1), vf_add(s2, s3)));
}

static void norm_row(const struct kn_norm *a, const float *x, float *y)
{
    size_t n = a->cols, i = 0;
    float mean = row_sum(x, n) / (float)n;
    float scale = 1 / sqrtf(row_squares(x, n, mean) / (float)n + a->eps);
    vf m = vf_set(mean), s = vf_set(scale);
    for (; i + LANES <= n; i += LANES) {
        vf z = vf_mul(vf_sub(vf_load(x + i), m), s);
        vf_store(y + i, vf_fma(z, vf_load(a->w + i), vf_load(a->b + i)));
    }
    if (i < n) {
        vf z = vf_mul(vf_sub(vf_load_n(x + i, n - i), m), s);
        vf_store_n(y + i, vf_fma(z, vf_load_n(a->w + i, n - i), vf_load_n(a->b + i, n - i)), n - i);
    }
}

#else

static void norm_row(const struct kn_norm *a, const float *x, float *y)
{
    size_t n = a->cols, i = 0;
    vf s = vf_set(1 / sqrtf(row_squares(x, n, 0) / (float)n + a->eps));
    for (; i + LANES <= n; i += LANES)
        vf_store(y + i, vf_mul(vf_mul(vf_load(x + i), s), vf_load(a->w + i)));
    if (i < n)
        vf_store_n(y + i, vf_mul(vf_mul(vf_load_n(x + i, n - i), s), vf_load_n(a->w + i, n - i)), n - i);
}

#endif

void NAME(const struct kn_norm *a)
{
    for (size_t r = 0; r < a->rows; r++)
        norm_row(a, a->x + r * a->cols, a->y + r * a->cols);
}
