/* y[i] = FUNCTION(x[i]). The includer has a vec.h and defines NAME and FUNCTION. */
#include <kn/ops.h>

void NAME(const struct kn_unary *a)
{
    size_t i = 0;
    for (; i + LANES <= a->n; i += LANES)
        vf_store(a->y + i, FUNCTION(vf_load(a->x + i)));
    if (i < a->n)
        vf_store_n(a->y + i, FUNCTION(vf_load_n(a->x + i, a->n - i)), a->n - i);
}
