/* A dot product in four sums. The includer has a vec.h and defines NAME. */
#include <kn/ops.h>

void NAME(const struct kn_dot *a)
{
    enum { STEP = 4 * LANES };
    vf s0 = vf_set(0), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + STEP <= a->n; i += STEP) {
        s0 = vf_fma(vf_load(a->a + i), vf_load(a->b + i), s0);
        s1 = vf_fma(vf_load(a->a + i + LANES), vf_load(a->b + i + LANES), s1);
        s2 = vf_fma(vf_load(a->a + i + 2 * LANES), vf_load(a->b + i + 2 * LANES), s2);
        s3 = vf_fma(vf_load(a->a + i + 3 * LANES), vf_load(a->b + i + 3 * LANES), s3);
    }
    for (; i + LANES <= a->n; i += LANES)
        s0 = vf_fma(vf_load(a->a + i), vf_load(a->b + i), s0);
    if (i < a->n)
        s1 = vf_fma(vf_load_n(a->a + i, a->n - i), vf_load_n(a->b + i, a->n - i), s1);
    a->y[0] = vf_sum(vf_add(vf_add(s0, s1), vf_add(s2, s3)));
}
