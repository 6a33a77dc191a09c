/* Weights of every type but f32: a row is decoded, then multiplied as floats are. */
#include <kn/ops.h>

static size_t row_of_floats(const struct kn_dims *d)
{
    return d->k * sizeof(float);
}

static void multiply(enum kn_type type, const struct kn_matmul *a)
{
    const char *w = a->w;
    float *row = a->work; /* [k] */
    for (size_t n = 0; n < a->n; n++) {
        kn_decode_row(type, w + n * kn_row_bytes(type, a->k), row, a->k);
        for (size_t m = 0; m < a->m; m++) {
            double sum = 0;
            for (size_t k = 0; k < a->k; k++)
                sum += (double)a->x[m * a->k + k] * (double)row[k];
            a->y[m * a->ldy + n] = (float)sum;
        }
    }
}

#define MATMUL(type)                                                                                                   \
    size_t kn_matmul_##type##_ref_work(const struct kn_dims *d)                                                        \
    {                                                                                                                  \
        return row_of_floats(d);                                                                                       \
    }                                                                                                                  \
    void kn_matmul_##type##_ref(const struct kn_matmul *a)                                                             \
    {                                                                                                                  \
        multiply(KN_TYPE_##type, a);                                                                                   \
    }

MATMUL(f16)
MATMUL(bf16)
MATMUL(i8)
MATMUL(q8_0)
MATMUL(q4_0)
MATMUL(q4_1)
MATMUL(q5_0)
MATMUL(q5_1)
MATMUL(q2_k)
MATMUL(q3_k)
MATMUL(q4_k)
MATMUL(q5_k)
MATMUL(q6_k)
MATMUL(nf4)
