/* Floats to rows of every type. */
#include <kn/ops.h>

static void quantise(enum kn_type type, const struct kn_rows *a)
{
    for (size_t r = 0; r < a->rows; r++)
        kn_encode_row(type, (const float *)((const char *)a->x + r * a->x_stride), (char *)a->y + r * a->y_stride,
                      a->cols);
}

#define QUANTISE(type)                                                                                                 \
    void kn_quantise_##type##_ref(const struct kn_rows *a)                                                             \
    {                                                                                                                  \
        quantise(KN_TYPE_##type, a);                                                                                   \
    }

QUANTISE(f32)
QUANTISE(f16)
QUANTISE(bf16)
QUANTISE(i8)
QUANTISE(q8_0)
QUANTISE(q4_0)
QUANTISE(q4_1)
QUANTISE(q5_0)
QUANTISE(q5_1)
QUANTISE(q2_k)
QUANTISE(q3_k)
QUANTISE(q4_k)
QUANTISE(q5_k)
QUANTISE(q6_k)
QUANTISE(nf4)
