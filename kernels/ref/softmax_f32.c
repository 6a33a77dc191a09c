#include <kn/ops.h>

#include <math.h>

/* The largest value is taken off first, so that no exponential overflows. */
static void softmax_row(const float *x, float *y, size_t n)
{
    float max = -INFINITY;
    for (size_t i = 0; i < n; i++)
        if (x[i] > max)
            max = x[i];
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += exp((double)x[i] - (double)max);
    for (size_t i = 0; i < n; i++)
        y[i] = (float)(exp((double)x[i] - (double)max) / sum);
}

void kn_softmax_f32_ref(const struct kn_softmax *a)
{
    for (size_t r = 0; r < a->rows; r++)
        softmax_row(a->x + r * a->cols, a->y + r * a->cols, a->cols);
}
