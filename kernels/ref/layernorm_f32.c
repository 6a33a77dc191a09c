#include <kn/ops.h>

#include <math.h>

static void layernorm_row(const struct kn_norm *a, const float *x, float *y)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < a->cols; i++)
        sum += (double)x[i];
    double mean = sum / (double)a->cols;
    for (size_t i = 0; i < a->cols; i++)
        squares += ((double)x[i] - mean) * ((double)x[i] - mean);
    double scale = 1 / sqrt(squares / (double)a->cols + (double)a->eps);
    for (size_t i = 0; i < a->cols; i++)
        y[i] = (float)(((double)x[i] - mean) * scale * (double)a->w[i] + (double)a->b[i]);
}

void kn_layernorm_f32_ref(const struct kn_norm *a)
{
    for (size_t r = 0; r < a->rows; r++)
        layernorm_row(a, a->x + r * a->cols, a->y + r * a->cols);
}
