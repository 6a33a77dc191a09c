/* f16 and bf16. */
#include "kernels/quant/family.h"
#include "kernels/quant/half.h"

void kn_decode_f16(const void *row, float *x, size_t k)
{
    const uint8_t *h = row;
    for (size_t i = 0; i < k; i++)
        x[i] = kn_f16_load(h + 2 * i);
}

void kn_encode_f16(const float *x, void *row, size_t k)
{
    uint8_t *out = row;
    for (size_t i = 0; i < k; i++) {
        uint16_t h = kn_f16_encode(x[i]);
        memcpy(out + 2 * i, &h, sizeof h);
    }
}

void kn_decode_bf16(const void *row, float *x, size_t k)
{
    const uint8_t *in = row;
    for (size_t i = 0; i < k; i++) {
        uint16_t h;
        memcpy(&h, in + 2 * i, sizeof h);
        x[i] = kn_bf16_decode(h);
    }
}

void kn_encode_bf16(const float *x, void *row, size_t k)
{
    uint8_t *out = row;
    for (size_t i = 0; i < k; i++) {
        uint16_t h = kn_bf16_encode(x[i]);
        memcpy(out + 2 * i, &h, sizeof h);
    }
}
