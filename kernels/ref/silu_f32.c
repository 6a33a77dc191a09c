#include <kn/ops.h>

#include <math.h>

void kn_silu_f32_ref(const struct kn_unary *a)
{
    for (size_t i = 0; i < a->n; i++) {
        double x = a->x[i];
        a->y[i] = (float)(x / (1 + exp(-x)));
    }
}
