#include <kn/ops.h>

void kn_relu_f32_ref(const struct kn_unary *a)
{
    for (size_t i = 0; i < a->n; i++) {
        float x = a->x[i];
        a->y[i] = 0 > x ? 0 : x;
    }
}
