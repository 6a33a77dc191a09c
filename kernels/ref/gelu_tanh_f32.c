#include <kn/ops.h>

#include <math.h>

/* (1 + tanh(u)) / 2 = 1 / (1 + exp(-2u)): the left tail keeps its digits. */
void kn_gelu_tanh_f32_ref(const struct kn_unary *a)
{
    for (size_t i = 0; i < a->n; i++) {
        double x = a->x[i];
        double u = sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
        a->y[i] = (float)(x / (1 + exp(-2 * u)));
    }
}
