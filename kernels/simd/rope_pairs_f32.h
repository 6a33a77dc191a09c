/* Neighbours turn together: a vector holds LANES/2 pairs. The includer has a vec.h and defines NAME. */
#include <kn/ops.h>

/* One vector of angles on every head of a token; 2 n floats of x, n <= LANES/2. */
KN_INLINE void turn_heads(const struct kn_rope *a, size_t at, vf c, vf s, size_t n)
{
    for (size_t h = 0; h < a->heads; h++, at += a->head_dim) {
        vf x = n == LANES / 2 ? vf_load(a->x + at) : vf_load_n(a->x + at, 2 * n);
        vf y = vf_fmaddsub(x, c, vf_mul(vf_swap(x), s));
        if (n == LANES / 2)
            vf_store(a->y + at, y);
        else
            vf_store_n(a->y + at, y, 2 * n);
    }
}

void NAME(const struct kn_rope *a)
{
    enum { PAIRS = LANES / 2 };
    size_t half = a->head_dim / 2;
    for (size_t t = 0; t < a->tokens; t++) {
        const float *cos = a->cos + t * half, *sin = a->sin + t * half;
        size_t at = t * a->heads * a->head_dim, i = 0;
        for (; i + PAIRS <= half; i += PAIRS)
            turn_heads(a, at + 2 * i, vf_load_twice(cos + i, PAIRS), vf_load_twice(sin + i, PAIRS), PAIRS);
        if (i < half)
            turn_heads(a, at + 2 * i, vf_load_twice(cos + i, half - i), vf_load_twice(sin + i, half - i), half - i);
    }
}
