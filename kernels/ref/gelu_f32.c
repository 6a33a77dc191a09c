#include <kn/ops.h>

#include <math.h>

/* erfc, not 1 + erf: the left tail keeps its digits. */
void kn_gelu_f32_ref(const struct kn_unary *a)
{
    for (size_t i = 0; i < a->n; i++) {
        double x = a->x[i];
        a->y[i] = (float)(0.5 * x * erfc(-x * M_SQRT1_2));
    }
}
