#include <kn/ops.h>

#include <math.h>

void kn_swiglu_f32_ref(const struct kn_binary *a)
{
    for (size_t i = 0; i < a->n; i++) {
        double x = a->a[i];
        a->y[i] = (float)(x / (1 + exp(-x)) * (double)a->b[i]);
    }
}
