#include <kn/ops.h>

#include <math.h>

void kn_rmsnorm_f32_ref(const struct kn_norm *a)
{
    for (size_t r = 0; r < a->rows; r++) {
        const float *x = a->x + r * a->cols;
        float *y = a->y + r * a->cols;
        double squares = 0;
        for (size_t i = 0; i < a->cols; i++)
            squares += (double)x[i] * (double)x[i];
        double scale = 1 / sqrt(squares / (double)a->cols + (double)a->eps);
        for (size_t i = 0; i < a->cols; i++)
            y[i] = (float)((double)x[i] * scale * (double)a->w[i]);
    }
}
