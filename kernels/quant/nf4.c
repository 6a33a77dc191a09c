/* NF4 (Dettmers et al., "QLoRA", 2023): blocks of 64, an f32 absmax and then 32 bytes of two codes each, the high
 * nibble first. The codes are quantiles of the normal distribution, as bitsandbytes has them. */
#include "kernels/quant/nf4.h"
#include "kernels/quant/family.h"
#include "kernels/quant/half.h"

#include <math.h>

const float kn_nf4_codes[16] = {
    -1.0f,
    -0.6961928009986877f,
    -0.5250730514526367f,
    -0.39491748809814453f,
    -0.28444138169288635f,
    -0.18477343022823334f,
    -0.09105003625154495f,
    0.0f,
    0.07958029955625534f,
    0.16093020141124725f,
    0.24611230194568634f,
    0.33791524171829224f,
    0.44070982933044434f,
    0.5626170039176941f,
    0.7229568362236023f,
    1.0f,
};

enum { BLOCK = 64, BYTES = 36 };

void kn_decode_nf4(const void *row, float *x, size_t k)
{
    const uint8_t *b = row;
    for (; k > 0; k -= BLOCK, b += BYTES, x += BLOCK) {
        float absmax;
        memcpy(&absmax, b, sizeof absmax);
        for (int i = 0; i < BLOCK / 2; i++) {
            x[2 * i] = kn_nf4_codes[b[4 + i] >> 4] * absmax;
            x[2 * i + 1] = kn_nf4_codes[b[4 + i] & 15] * absmax;
        }
    }
}

/* The nearest code: as many as there are midpoints below x. */
static int nearest_code(float x)
{
    int code = 0;
    for (int i = 0; i < 15; i++)
        code += x > (kn_nf4_codes[i] + kn_nf4_codes[i + 1]) / 2;
    return code;
}

void kn_encode_nf4(const float *x, void *row, size_t k)
{
    uint8_t *b = row;
    for (; k > 0; k -= BLOCK, b += BYTES, x += BLOCK) {
        float absmax = 0;
        for (int i = 0; i < BLOCK; i++)
            absmax = fmaxf(absmax, fabsf(x[i]));
        memcpy(b, &absmax, sizeof absmax);
        float inverse = kn_inverse(absmax);
        for (int i = 0; i < BLOCK / 2; i++)
            b[4 + i] = (uint8_t)(nearest_code(x[2 * i] * inverse) << 4 | nearest_code(x[2 * i + 1] * inverse));
    }
}
