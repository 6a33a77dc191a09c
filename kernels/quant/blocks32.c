/* GGUF's blocks of 32 (ggml-common.h): f16 scale d, in _1 an f16 minimum m, and the levels q.
 *   q8_0       y = d q            q int8
 *   q4_0 q5_0  y = d (q - 8), d (q - 16)
 *   q4_1 q5_1  y = d q + m
 * Nibbles: element j in the low half of byte j, element j + 16 in the high half. The fifth bits are those of a u32,
 * bit j of element j. */
#include "kernels/quant/family.h"
#include "kernels/quant/fit.h"
#include "kernels/quant/half.h"

enum { BLOCK = 32, HALF = 16 };

static void unpack4(const uint8_t *qs, uint8_t *q)
{
    for (int j = 0; j < HALF; j++) {
        q[j] = qs[j] & 15;
        q[j + HALF] = qs[j] >> 4;
    }
}

static void pack4(const uint8_t *q, uint8_t *qs)
{
    for (int j = 0; j < HALF; j++)
        qs[j] = (uint8_t)((q[j] & 15) | (q[j + HALF] & 15) << 4);
}

/* qh[4], then qs[16]. */
static void unpack5(const uint8_t *in, uint8_t *q)
{
    unpack4(in + 4, q);
    for (int j = 0; j < BLOCK; j++)
        q[j] |= (uint8_t)((in[j / 8] >> j % 8 & 1) << 4);
}

static void pack5(const uint8_t *q, uint8_t *out)
{
    memset(out, 0, 4);
    for (int j = 0; j < BLOCK; j++)
        out[j / 8] |= (uint8_t)((q[j] >> 4) << j % 8);
    pack4(q, out + 4);
}

void kn_decode_q8_0(const void *row, float *x, size_t k)
{
    const uint8_t *b = row;
    for (; k > 0; k -= BLOCK, b += 34, x += BLOCK) {
        float d = kn_f16_load(b);
        for (int j = 0; j < BLOCK; j++)
            x[j] = d * (float)(int8_t)b[2 + j];
    }
}

void kn_encode_q8_0(const float *x, void *row, size_t k)
{
    uint8_t *b = row;
    for (; k > 0; k -= BLOCK, b += 34, x += BLOCK) {
        float largest = 0;
        for (int j = 0; j < BLOCK; j++) {
            float size = x[j] < 0 ? -x[j] : x[j];
            largest = size > largest ? size : largest;
        }
        float inverse = kn_inverse(kn_f16_store(b, largest / 127));
        for (int j = 0; j < BLOCK; j++)
            b[2 + j] = (uint8_t)kn_nearest(x[j] * inverse, -127, 127);
    }
}

/* What the four types of 4 and 5 bits share; constants where it is inlined. */
struct format {
    int bytes, high;
    int min; /* has an m */
    void (*unpack)(const uint8_t *in, uint8_t *q);
    void (*pack)(const uint8_t *q, uint8_t *out);
};

static inline void decode(const struct format *f, const uint8_t *b, float *x, size_t k)
{
    uint8_t q[BLOCK];
    for (; k > 0; k -= BLOCK, b += f->bytes, x += BLOCK) {
        float d = kn_f16_load(b), m = f->min ? kn_f16_load(b + 2) : 0;
        f->unpack(b + (f->min ? 4 : 2), q);
        for (int j = 0; j < BLOCK; j++)
            x[j] = f->min ? d * (float)q[j] + m : d * (float)(q[j] - (f->high + 1) / 2);
    }
}

static inline void encode(const struct format *f, const float *x, uint8_t *b, size_t k)
{
    uint8_t q[BLOCK];
    int low = f->min ? 0 : -(f->high + 1) / 2;
    for (; k > 0; k -= BLOCK, b += f->bytes, x += BLOCK) {
        struct kn_line at = f->min ? kn_fit_line(x, BLOCK, f->high, 0)
                                   : (struct kn_line){ kn_fit_scale(x, BLOCK, low, low + f->high), 0 };
        at.d = kn_f16_store(b, at.d);
        if (f->min)
            at.m = kn_f16_store(b + 2, at.m);
        float inverse = kn_inverse(at.d);
        for (int j = 0; j < BLOCK; j++)
            q[j] = (uint8_t)(kn_nearest((x[j] - at.m) * inverse, low, low + f->high) - low);
        f->pack(q, b + (f->min ? 4 : 2));
    }
}

#define FORMAT(name, ...)                                                                                              \
    void kn_decode_##name(const void *row, float *x, size_t k)                                                         \
    {                                                                                                                  \
        decode(&(struct format){ __VA_ARGS__ }, row, x, k);                                                            \
    }                                                                                                                  \
    void kn_encode_##name(const float *x, void *row, size_t k)                                                         \
    {                                                                                                                  \
        encode(&(struct format){ __VA_ARGS__ }, x, row, k);                                                            \
    }

FORMAT(q4_0, 18, 15, 0, unpack4, pack4)
FORMAT(q4_1, 20, 15, 1, unpack4, pack4)
FORMAT(q5_0, 22, 31, 0, unpack5, pack5)
FORMAT(q5_1, 24, 31, 1, unpack5, pack5)
