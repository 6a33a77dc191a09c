#include <kn/ops.h>

void kn_mul_f32_ref(const struct kn_binary *a)
{
    for (size_t i = 0; i < a->n; i++)
        a->y[i] = a->a[i] * a->b[i];
}
