#include <kn/ops.h>

void kn_sum_f32_ref(const struct kn_reduce *a)
{
    double sum = 0;
    for (size_t i = 0; i < a->n; i++)
        sum += (double)a->x[i];
    a->y[0] = (float)sum;
}
