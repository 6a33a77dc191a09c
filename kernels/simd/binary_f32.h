/* y[i] = FUNCTION(a[i], b[i]). The includer has a vec.h and defines NAME and FUNCTION. */
#include <kn/ops.h>

void NAME(const struct kn_binary *a)
{
    size_t i = 0;
    for (; i + LANES <= a->n; i += LANES)
        vf_store(a->y + i, FUNCTION(vf_load(a->a + i), vf_load(a->b + i)));
    size_t rest = a->n - i;
    if (rest > 0)
        vf_store_n(a->y + i, FUNCTION(vf_load_n(a->a + i, rest), vf_load_n(a->b + i, rest)), rest);
}
