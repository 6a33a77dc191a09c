#include <kn/ops.h>

void kn_rope_halves_f32_ref(const struct kn_rope *a)
{
    size_t half = a->head_dim / 2;
    for (size_t t = 0; t < a->tokens; t++)
        for (size_t h = 0; h < a->heads; h++) {
            const float *x = a->x + (t * a->heads + h) * a->head_dim;
            float *y = a->y + (t * a->heads + h) * a->head_dim;
            for (size_t i = 0; i < half; i++) {
                double p = x[i], q = x[half + i], c = a->cos[t * half + i], s = a->sin[t * half + i];
                y[i] = (float)(p * c - q * s);
                y[half + i] = (float)(q * c + p * s);
            }
        }
}
