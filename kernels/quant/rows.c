/* What the bytes of a row mean, a line a type; f32 and i8, which have no blocks. */
#include <kn/types.h>

#include <math.h>
#include <string.h>

#include "kernels/quant/decode.h"
#include "kernels/quant/family.h"
#include "kernels/quant/half.h"

void kn_decode_f32(const void *row, float *x, size_t k)
{
    memcpy(x, row, k * sizeof *x);
}

void kn_encode_f32(const float *x, void *row, size_t k)
{
    memcpy(row, x, k * sizeof *x);
}

void kn_decode_i8(const void *row, float *x, size_t k)
{
    const int8_t *q = (const int8_t *)row + sizeof(float);
    float d;
    memcpy(&d, row, sizeof d);
    for (size_t i = 0; i < k; i++)
        x[i] = d * (float)q[i];
}

void kn_encode_i8(const float *x, void *row, size_t k)
{
    int8_t *q = (int8_t *)row + sizeof(float);
    float largest = 0;
    for (size_t i = 0; i < k; i++)
        largest = fmaxf(largest, fabsf(x[i]));
    float d = largest / 127, inverse = kn_inverse(d);
    memcpy(row, &d, sizeof d);
    for (size_t i = 0; i < k; i++)
        q[i] = (int8_t)kn_nearest(x[i] * inverse, -127, 127);
}

static const struct {
    void (*decode)(const void *row, float *x, size_t k);
    void (*encode)(const float *x, void *row, size_t k);
} rows[] = {
#define KN_TYPE(name, block, bytes, row_bytes) { kn_decode_##name, kn_encode_##name },
#include "kernels/types.def"
#undef KN_TYPE
};

kn_decode_fn *kn_decoder_ref(enum kn_type type)
{
    return rows[type].decode;
}

void kn_decode_row(enum kn_type type, const void *row, float *x, size_t k)
{
    rows[type].decode(row, x, k);
}

void kn_encode_row(enum kn_type type, const float *x, void *row, size_t k)
{
    rows[type].encode(x, row, k);
}
