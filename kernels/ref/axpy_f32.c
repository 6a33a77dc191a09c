#include <kn/ops.h>

void kn_axpy_f32_ref(const struct kn_binary *a)
{
    for (size_t i = 0; i < a->n; i++)
        a->y[i] = (float)((double)a->alpha * (double)a->a[i] + (double)a->b[i]);
}
