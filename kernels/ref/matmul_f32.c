#include <kn/ops.h>

void kn_matmul_f32_ref(const struct kn_matmul *a)
{
    const float *w = a->w;
    for (size_t m = 0; m < a->m; m++)
        for (size_t n = 0; n < a->n; n++) {
            double sum = 0;
            for (size_t k = 0; k < a->k; k++)
                sum += (double)a->x[m * a->k + k] * (double)w[n * a->k + k];
            a->y[m * a->ldy + n] = (float)sum;
        }
}
