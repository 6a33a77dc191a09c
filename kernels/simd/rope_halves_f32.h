/* A place in the first half of a head turns with the same place of the second. The includer has a vec.h and defines
 * NAME. */
#include <kn/ops.h>

/* One vector of angles on every head of a token; n <= LANES places. */
KN_INLINE void turn_heads(const struct kn_rope *a, size_t at, vf c, vf s, size_t n)
{
    size_t half = a->head_dim / 2;
    for (size_t h = 0; h < a->heads; h++, at += a->head_dim) {
        const float *x = a->x + at;
        float *y = a->y + at;
        vf p = n == LANES ? vf_load(x) : vf_load_n(x, n);
        vf q = n == LANES ? vf_load(x + half) : vf_load_n(x + half, n);
        vf turned_p = vf_fnma(q, s, vf_mul(p, c)), turned_q = vf_fma(p, s, vf_mul(q, c));
        if (n == LANES) {
            vf_store(y, turned_p);
            vf_store(y + half, turned_q);
        } else {
            vf_store_n(y, turned_p, n);
            vf_store_n(y + half, turned_q, n);
        }
    }
}

void NAME(const struct kn_rope *a)
{
    size_t half = a->head_dim / 2;
    for (size_t t = 0; t < a->tokens; t++) {
        const float *cos = a->cos + t * half, *sin = a->sin + t * half;
        size_t at = t * a->heads * a->head_dim, i = 0;
        for (; i + LANES <= half; i += LANES)
            turn_heads(a, at + i, vf_load(cos + i), vf_load(sin + i), LANES);
        if (i < half)
            turn_heads(a, at + i, vf_load_n(cos + i, half - i), vf_load_n(sin + i, half - i), half - i);
    }
}
