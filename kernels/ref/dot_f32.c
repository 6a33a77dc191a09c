#include <kn/ops.h>

void kn_dot_f32_ref(const struct kn_dot *a)
{
    double sum = 0;
    for (size_t i = 0; i < a->n; i++)
        sum += (double)a->a[i] * (double)a->b[i];
    a->y[0] = (float)sum;
}
