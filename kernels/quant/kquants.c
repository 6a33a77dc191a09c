/* GGUF's blocks of 256 with scales of their own for each 16 or 32 (ggml-common.h). d and dmin are f16. Sub-block j:
 *   q2_k  16 of 16: scales[16], qs[64], d, dmin   y = d sc q - dmin m; sc the low nibble of scales[j], m the high one
 *   q3_k  16 of 16: hmask[32], qs[64], scales[12], d   y = d (sc - 32) (q - 4), sc of six bits, q of three
 *   q4_k   8 of 32: d, dmin, scales[12], qs[128]       y = d sc q - dmin m, six bits each
 *   q5_k   8 of 32: d, dmin, scales[12], qh[32], qs[128]
 *   q6_k  16 of 16: ql[128], qh[64], scales[16], d     y = d sc (q - 32), sc int8, q of six bits
 * Products are exact in a float, so y is rounded once, in the subtraction. */
#include "kernels/quant/kquants.h"
#include "kernels/quant/family.h"
#include "kernels/quant/fit.h"
#include "kernels/quant/half.h"

#include <math.h>

enum { BLOCK = KN_K_BLOCK, MOST_SUBS = KN_K_MOST_SUBS };

/* Six-bit pairs of q4_k and q5_k: the low six bits of byte j hold sc (j < 4) or m (j - 4), the upper two the top of
 * those of j + 4; bytes 8 to 11 hold their low halves. */
static void unpack_scales(const uint8_t *s, int *sc, int *m)
{
    for (int j = 0; j < 4; j++) {
        sc[j] = s[j] & 63;
        m[j] = s[j + 4] & 63;
        sc[j + 4] = (s[j + 8] & 15) | (s[j] >> 6) << 4;
        m[j + 4] = s[j + 8] >> 4 | (s[j + 4] >> 6) << 4;
    }
}

static void pack_scales(const int *sc, const int *m, uint8_t *s)
{
    for (int j = 0; j < 4; j++) {
        s[j] = (uint8_t)(sc[j] | (sc[j + 4] >> 4) << 6);
        s[j + 4] = (uint8_t)(m[j] | (m[j + 4] >> 4) << 6);
        s[j + 8] = (uint8_t)((sc[j + 4] & 15) | (m[j + 4] & 15) << 4);
    }
}

static void unpack_q2_k(const uint8_t *b, struct kn_k_parts *p)
{
    for (int j = 0; j < 16; j++) {
        p->sc[j] = b[j] & 15;
        p->m[j] = b[j] >> 4;
    }
    for (int i = 0; i < BLOCK; i++) /* each 128: 32 bytes, four times two bits */
        p->q[i] = b[16 + i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
    p->d = kn_f16_load(b + 80);
    p->dmin = kn_f16_load(b + 82);
}

static void pack_q2_k(const struct kn_k_parts *p, uint8_t *b)
{
    memset(b + 16, 0, 64);
    for (int j = 0; j < 16; j++)
        b[j] = (uint8_t)(p->sc[j] | p->m[j] << 4);
    for (int i = 0; i < BLOCK; i++)
        b[16 + i / 128 * 32 + i % 32] |= (uint8_t)(p->q[i] << i % 128 / 32 * 2);
    kn_f16_store(b + 80, p->d);
    kn_f16_store(b + 82, p->dmin);
}

/* Scale j: its low half in a nibble of byte j % 8, the upper two bits in byte 8 + j % 4. */
static void unpack_q3_k(const uint8_t *b, struct kn_k_parts *p)
{
    const uint8_t *s = b + 96;
    for (int j = 0; j < 16; j++)
        p->sc[j] = ((s[j % 8] >> j / 8 * 4 & 15) | (s[8 + j % 4] >> j / 4 * 2 & 3) << 4) - 32;
    for (int i = 0; i < BLOCK; i++) {
        int low = b[32 + i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3, high = b[i % 32] >> i / 32 & 1;
        p->q[i] = (int8_t)(low + 4 * high - 4);
    }
    p->d = kn_f16_load(b + 108);
}

static void pack_q3_k(const struct kn_k_parts *p, uint8_t *b)
{
    uint8_t *s = b + 96;
    memset(b, 0, 108);
    for (int j = 0; j < 16; j++) {
        int sc = p->sc[j] + 32;
        s[j % 8] |= (uint8_t)((sc & 15) << j / 8 * 4);
        s[8 + j % 4] |= (uint8_t)((sc >> 4) << j / 4 * 2);
    }
    for (int i = 0; i < BLOCK; i++) {
        int q = p->q[i] + 4;
        b[32 + i / 128 * 32 + i % 32] |= (uint8_t)((q & 3) << i % 128 / 32 * 2);
        b[i % 32] |= (uint8_t)((q >> 2) << i / 32);
    }
    kn_f16_store(b + 108, p->d);
}

static void unpack_q4_k(const uint8_t *b, struct kn_k_parts *p)
{
    p->d = kn_f16_load(b);
    p->dmin = kn_f16_load(b + 2);
    unpack_scales(b + 4, p->sc, p->m);
    for (int i = 0; i < BLOCK; i++) /* each 64: 32 bytes, the low nibbles first */
        p->q[i] = b[16 + i / 64 * 32 + i % 32] >> i % 64 / 32 * 4 & 15;
}

static void pack_q4_k(const struct kn_k_parts *p, uint8_t *b)
{
    kn_f16_store(b, p->d);
    kn_f16_store(b + 2, p->dmin);
    pack_scales(p->sc, p->m, b + 4);
    memset(b + 16, 0, 128);
    for (int i = 0; i < BLOCK; i++)
        b[16 + i / 64 * 32 + i % 32] |= (uint8_t)(p->q[i] << i % 64 / 32 * 4);
}

static void unpack_q5_k(const uint8_t *b, struct kn_k_parts *p)
{
    p->d = kn_f16_load(b);
    p->dmin = kn_f16_load(b + 2);
    unpack_scales(b + 4, p->sc, p->m);
    for (int i = 0; i < BLOCK; i++) {
        int low = b[48 + i / 64 * 32 + i % 32] >> i % 64 / 32 * 4 & 15, high = b[16 + i % 32] >> i / 32 & 1;
        p->q[i] = (int8_t)(low + 16 * high);
    }
}

static void pack_q5_k(const struct kn_k_parts *p, uint8_t *b)
{
    kn_f16_store(b, p->d);
    kn_f16_store(b + 2, p->dmin);
    pack_scales(p->sc, p->m, b + 4);
    memset(b + 16, 0, 160);
    for (int i = 0; i < BLOCK; i++) {
        b[48 + i / 64 * 32 + i % 32] |= (uint8_t)((p->q[i] & 15) << i % 64 / 32 * 4);
        b[16 + i % 32] |= (uint8_t)((p->q[i] >> 4) << i / 32);
    }
}

/* Element i of a half: the nibble of ql is the low one for the first 64 elements, qh holds four times two bits. */
static void unpack_q6_k(const uint8_t *b, struct kn_k_parts *p)
{
    for (int i = 0; i < BLOCK; i++) {
        int half = i / 128, at = i % 128;
        int low = b[half * 64 + at % 64] >> at / 64 * 4 & 15, high = b[128 + half * 32 + at % 32] >> at / 32 * 2 & 3;
        p->q[i] = (int8_t)((low | high << 4) - 32);
    }
    for (int j = 0; j < 16; j++)
        p->sc[j] = (int8_t)b[192 + j];
    p->d = kn_f16_load(b + 208);
}

static void pack_q6_k(const struct kn_k_parts *p, uint8_t *b)
{
    memset(b, 0, 192);
    for (int i = 0; i < BLOCK; i++) {
        int half = i / 128, at = i % 128, q = p->q[i] + 32;
        b[half * 64 + at % 64] |= (uint8_t)((q & 15) << at / 64 * 4);
        b[128 + half * 32 + at % 32] |= (uint8_t)((q >> 4) << at / 32 * 2);
    }
    for (int j = 0; j < 16; j++)
        b[192 + j] = (uint8_t)p->sc[j];
    kn_f16_store(b + 208, p->d);
}

const struct kn_k_format kn_q2_k = { 84, 16, 0, 3, 0, 15, unpack_q2_k, pack_q2_k };
const struct kn_k_format kn_q3_k = { 110, 16, -4, 3, -32, 31, unpack_q3_k, pack_q3_k };
const struct kn_k_format kn_q4_k = { 144, 32, 0, 15, 0, 63, unpack_q4_k, pack_q4_k };
const struct kn_k_format kn_q5_k = { 176, 32, 0, 31, 0, 63, unpack_q5_k, pack_q5_k };
const struct kn_k_format kn_q6_k = { 210, 16, -32, 31, -128, 127, unpack_q6_k, pack_q6_k };

static void decode(const struct kn_k_format *f, const uint8_t *b, float *x, size_t k)
{
    struct kn_k_parts p;
    for (; k > 0; k -= BLOCK, b += f->bytes) {
        f->unpack(b, &p);
        for (int j = 0; j < BLOCK / f->sub; j++) {
            float d = p.d * (float)p.sc[j], m = f->low == 0 ? p.dmin * (float)p.m[j] : 0;
            for (int i = j * f->sub; i < (j + 1) * f->sub; i++)
                *x++ = f->low == 0 ? d * (float)p.q[i] - m : d * (float)p.q[i];
        }
    }
}

/* Of the integers around a sub-block's scale and minimum those that leave the smallest error: rounding the scale
 * alone would forget what its levels do with it. */
static void refine(const struct kn_k_format *f, const float *x, struct kn_k_parts *p, int j)
{
    int sc = p->sc[j], m = p->m[j], has_min = f->low == 0;
    float best = INFINITY;
    for (int i = -1; i <= 1; i++)
        for (int l = has_min ? -1 : 0; l <= has_min; l++) {
            int sc_try = sc + i, m_try = m + l;
            if (sc_try < f->sc_low || sc_try > f->sc_high || m_try < 0 || m_try > f->sc_high)
                continue;
            struct kn_line at = { p->d * (float)sc_try, has_min ? -p->dmin * (float)m_try : 0 };
            float error = kn_fit_error(x, (size_t)f->sub, f->low, f->high, at);
            if (error < best) {
                best = error;
                p->sc[j] = sc_try;
                p->m[j] = m_try;
            }
        }
}

/* Scales of the sub-blocks first, then the scale of those, then integers for each, and at last the levels. */
static void encode_block(const struct kn_k_format *f, const float *x, struct kn_k_parts *p)
{
    struct kn_line at[MOST_SUBS];
    float widest = 0, deepest = 0;
    int subs = BLOCK / f->sub;
    for (int j = 0; j < subs; j++) {
        const float *part = x + j * f->sub;
        at[j] = f->low == 0 ? kn_fit_line(part, (size_t)f->sub, f->high, 1)
                            : (struct kn_line){ kn_fit_scale(part, (size_t)f->sub, f->low, f->high), 0 };
        widest = fabsf(at[j].d) > fabsf(widest) ? at[j].d : widest;
        deepest = -at[j].m > deepest ? -at[j].m : deepest;
    }
    /* the widest scale takes the end that has a level more */
    uint8_t half[2];
    p->d = kn_f16_store(half, widest / (float)(f->sc_low < 0 ? f->sc_low : f->sc_high));
    p->dmin = kn_f16_store(half, deepest / (float)f->sc_high);
    float d_inverse = kn_inverse(p->d), m_inverse = kn_inverse(p->dmin);
    for (int j = 0; j < subs; j++) {
        p->sc[j] = kn_nearest(at[j].d * d_inverse, f->sc_low, f->sc_high);
        p->m[j] = kn_nearest(-at[j].m * m_inverse, 0, f->sc_high);
        refine(f, x + j * f->sub, p, j);
        float inverse = kn_inverse(p->d * (float)p->sc[j]), m = f->low == 0 ? p->dmin * (float)p->m[j] : 0;
        for (int i = j * f->sub; i < (j + 1) * f->sub; i++)
            p->q[i] = (int8_t)kn_nearest((x[i] + m) * inverse, f->low, f->high);
    }
}

static void encode(const struct kn_k_format *f, const float *x, uint8_t *b, size_t k)
{
    struct kn_k_parts p;
    for (; k > 0; k -= BLOCK, b += f->bytes, x += BLOCK) {
        encode_block(f, x, &p);
        f->pack(&p, b);
    }
}

#define FORMAT(name)                                                                                                   \
    void kn_decode_##name(const void *row, float *x, size_t k)                                                         \
    {                                                                                                                  \
        decode(&kn_##name, row, x, k);                                                                                 \
    }                                                                                                                  \
    void kn_encode_##name(const float *x, void *row, size_t k)                                                         \
    {                                                                                                                  \
        encode(&kn_##name, x, row, k);                                                                                 \
    }

FORMAT(q2_k)
FORMAT(q3_k)
FORMAT(q4_k)
FORMAT(q5_k)
FORMAT(q6_k)
