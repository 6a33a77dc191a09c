/* What the bytes of each storage type mean: blocks put together by hand, a slow decoder written from the definitions,
 * every pattern of the 16-bit floats, and how far a value may come back from where it was. */
#include <kn/types.h>

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "framework/base/rng.h"
#include "kernels/quant/half.h"
#include "tests/harness.h"

/* The same number, sign of 0 included; any NaN is like any other. */
static bool same(float a, float b)
{
    return isnan(a) ? isnan(b) : a == b && signbit(a) == signbit(b);
}

/* ---- the 16-bit floats ---- */

/* From the definition of binary16: sign, five bits of exponent biased by 15, ten of fraction. */
static double f16_slowly(uint16_t h)
{
    int exponent = h >> 10 & 31, fraction = h & 1023;
    double sign = h >> 15 ? -1 : 1;
    if (exponent == 31)
        return fraction ? (double)NAN : sign * (double)INFINITY;
    return sign * (exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25));
}

static void every_f16_decodes_to_its_value_and_encodes_back(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 0x10000; h++) {
        uint16_t bits = (uint16_t)h, back;
        float x;
        kn_decode_row(KN_TYPE_f16, &bits, &x, 1);
        if (!same(x, (float)f16_slowly(bits)))
            fail_msg("%04x is %a, not %a", h, (double)x, f16_slowly(bits));
        kn_encode_row(KN_TYPE_f16, &x, &back, 1);
        if (isnan(x) ? !isnan(f16_slowly(back)) : back != bits)
            fail_msg("%04x encodes as %04x", h, back);
    }
}

/* Between two neighbours lie their middle, which goes to the even one, and what lies just beside it. */
static void f16_is_rounded_to_nearest_even(void **state)
{
    (void)state;
    for (uint16_t h = 0; h < 0x7c00; h++) {
        double low = f16_slowly(h), high = h == 0x7bff ? 65536 : f16_slowly((uint16_t)(h + 1));
        float middle = (float)((low + high) / 2);
        const struct {
            float x;
            uint16_t want;
        } cases[] = { { middle, (uint16_t)(h + (h & 1)) },
                      { nextafterf(middle, 0), h },
                      { nextafterf(middle, INFINITY), (uint16_t)(h + 1) } };
        for (size_t i = 0; i < 3; i++)
            for (int negative = 0; negative < 2; negative++) {
                uint16_t sign = negative ? 0x8000 : 0, got = kn_f16_encode(negative ? -cases[i].x : cases[i].x);
                if (got != (cases[i].want | sign))
                    fail_msg("%a becomes %04x, not %04x", (double)cases[i].x, got, cases[i].want | sign);
            }
    }
    assert_int_equal(kn_f16_encode(FLT_MAX), 0x7c00);
    assert_int_equal(kn_f16_encode(-INFINITY), 0xfc00);
    assert_int_equal(kn_f16_encode(0x1p-149f), 0);
}

#if defined(__FLT16_MAX__) && defined(__x86_64__)
__extension__ typedef _Float16 compilers_half;

/* The compiler's own type, which is another implementation. */
static void f16_agrees_with_the_compiler(void **state)
{
    (void)state;
    struct tare_rng rng;
    tare_rng_seed(&rng, 7);
    for (int i = 0; i < 2000000; i++) {
        uint32_t bits = (uint32_t)tare_rng_u64(&rng);
        float x = kn_float_of(i % 2 ? bits : (bits & 0x8fffffff) | 0x30000000); /* every other near its range */
        compilers_half theirs = (compilers_half)x;
        uint16_t want, got = kn_f16_encode(x);
        memcpy(&want, &theirs, sizeof want);
        if (isnan(x) ? !isnan(kn_f16_decode(got)) : got != want)
            fail_msg("%a becomes %04x, the compiler's is %04x", (double)x, got, want);
    }
}
#else
static void f16_agrees_with_the_compiler(void **state)
{
    (void)state;
    skip();
}
#endif

static void bf16_is_the_upper_half_of_a_float_rounded_to_nearest_even(void **state)
{
    (void)state;
    static const struct {
        uint32_t bits;
        uint16_t want;
    } cases[] = {
        { 0x3f800000, 0x3f80 }, { 0x3f808000, 0x3f80 }, { 0x3f818000, 0x3f82 },
        { 0x3f808001, 0x3f81 }, { 0x7f7fffff, 0x7f80 }, /* beyond the largest */
        { 0xff800000, 0xff80 }, { 0x00008000, 0x0000 }, { 0x80018000, 0x8002 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(kn_bf16_encode(kn_float_of(cases[i].bits)), cases[i].want);
    assert_true(isnan(kn_bf16_decode(kn_bf16_encode(kn_float_of(0x7f800001)))));
    for (uint32_t h = 0; h < 0x10000; h++) {
        uint16_t bits = (uint16_t)h;
        float x;
        kn_decode_row(KN_TYPE_bf16, &bits, &x, 1);
        assert_int_equal(kn_bits_of(x), h << 16);
        assert_true(isnan(x) || kn_bf16_encode(x) == bits);
    }
}

/* ---- blocks by hand ---- */

/* Bytes at offsets of a block of zeros, and elements that they make. f16: 1 is 3c00, 0.5 is 3800, 2 is 4000. */
struct by_hand {
    enum kn_type type;
    size_t k;
    struct {
        size_t at;
        uint8_t byte;
    } bytes[14];
    struct {
        size_t at;
        float value;
    } want[12];
};

static const struct by_hand by_hand[] = {
    /* d = 0.5; q[0] = 1, q[1] = -1, q[31] = -128 */
    { KN_TYPE_q8_0,
      32,
      { { 1, 0x38 }, { 2, 1 }, { 3, 0xff }, { 33, 0x80 } },
      { { 0, 0.5f }, { 1, -0.5f }, { 2, 0 }, { 31, -64 } } },
    /* d = 2; byte 0: low nibble 9 is element 0, high nibble 0xf element 16; a zero stands for -8 */
    { KN_TYPE_q4_0, 32, { { 1, 0x40 }, { 2, 0xf9 } }, { { 0, 2 }, { 16, 14 }, { 1, -16 }, { 31, -16 } } },
    /* d = 0.5, m = -1 (bc00); byte 15: elements 15 and 31 */
    { KN_TYPE_q4_1,
      32,
      { { 1, 0x38 }, { 3, 0xbc }, { 19, 0x3f } },
      { { 0, -1 }, { 15, 6.5f }, { 31, 0.5f }, { 16, -1 } } },
    /* d = 1; fifth bits of elements 0 and 17; levels 16 + 3, 16 + 2, and 5 without */
    { KN_TYPE_q5_0,
      32,
      { { 1, 0x3c }, { 2, 0x01 }, { 4, 0x02 }, { 6, 0x03 }, { 7, 0x25 } },
      { { 0, 3 }, { 17, 2 }, { 1, -11 }, { 2, -16 } } },
    /* d = 2, m = 0.5; fifth bit of element 31 */
    { KN_TYPE_q5_1,
      32,
      { { 1, 0x40 }, { 3, 0x38 }, { 7, 0x80 }, { 23, 0xf1 } },
      { { 31, 62.5f }, { 15, 2.5f }, { 0, 0.5f } } },
    /* d = 1, dmin = 0.5. Scales: 0 is (sc 3, m 2), 1 is (5, 0), 15 is (1, 15). Byte 0 holds elements 0, 32, 64, 96;
     * byte 63 elements 159, 191, 223, 255. Scales 2 and 3 are of elements 32 and 48 on. */
    { KN_TYPE_q2_k,
      256,
      { { 0, 0x23 },
        { 1, 0x05 },
        { 2, 0x01 },
        { 15, 0xf1 },
        { 16, 0x0b },
        { 32, 0x02 },
        { 79, 0xc0 },
        { 81, 0x3c },
        { 83, 0x38 } },
      { { 0, 8 }, { 1, -1 }, { 16, 10 }, { 32, 2 }, { 255, -4.5f }, { 240, -7.5f }, { 254, -7.5f } } },
    /* d = 1. Without hmask q is 4 less. Scale 0: low nibble of byte 96, upper bits of byte 104: 1 | 2 << 4 = 33, less
     * 32; scale 8: the high nibble of byte 96, bits 4 and 5 of byte 104: 2 | 1 << 4 = 18, less 32; scale 15: the high
     * nibble of byte 103, bits 6 and 7 of byte 107: 15 | 3 << 4 = 63, less 32. Others -32. */
    { KN_TYPE_q3_k,
      256,
      { { 0, 0x11 },
        { 31, 0x80 },
        { 32, 0x03 },
        { 64, 0x01 },
        { 95, 0x80 },
        { 96, 0x21 },
        { 103, 0xf0 },
        { 104, 0x12 },
        { 107, 0xc0 },
        { 109, 0x3c } },
      { { 0, 3 }, { 1, -4 }, { 16, 128 }, { 128, -14 }, { 129, 56 }, { 255, 62 }, { 254, -124 } } },
    /* d = 1, dmin = 0.5. Bytes 4 to 15: scale 0 is 3, scale 4 (low nibble of byte 12, top of byte 4) 2 | 1 << 4 = 18;
     * min 0 is 5, min 4 (high nibble of byte 12, top of byte 8) 7 | 2 << 4 = 39. Sub-blocks 0 and 1 are the low and
     * high nibbles of bytes 16 to 47, sub-blocks 4 and 5 those of bytes 80 to 111. */
    { KN_TYPE_q4_k,
      256,
      { { 1, 0x3c },
        { 3, 0x38 },
        { 4, 0x43 },
        { 8, 0x85 },
        { 12, 0x72 },
        { 7, 0xc1 },
        { 16, 0x4f },
        { 80, 0x01 },
        { 15, 0x31 },
        { 143, 0x20 },
        { 11, 0x40 } },
      { { 0, 42.5f }, { 1, -2.5f }, { 32, 0 }, { 128, -1.5f }, { 129, -19.5f }, { 255, 88.5f }, { 254, -9.5f } } },
    /* As q4_k, with fifth bits: bit j of byte 16 + l for element l of sub-block j. */
    { KN_TYPE_q5_k,
      256,
      { { 1, 0x3c }, { 3, 0x38 }, { 4, 0x43 }, { 8, 0x85 }, { 12, 0x72 }, { 16, 0x11 }, { 48, 0x4f }, { 112, 0x01 } },
      { { 0, 90.5f }, { 1, -2.5f }, { 32, 0 }, { 128, 286.5f }, { 129, -19.5f } } },
    /* d = 0.5. Elements 0 and 64: nibbles of byte 0; 128: byte 64. Upper bits of 0, 32, 64, 96 in byte 128. */
    { KN_TYPE_q6_k,
      256,
      { { 0, 0x5f },
        { 128, 0xe3 },
        { 64, 0x01 },
        { 160, 0x02 },
        { 192, 0x02 },
        { 194, 0xff },
        { 196, 0x80 },
        { 198, 0x01 },
        { 200, 0x7f },
        { 209, 0x38 } },
      { { 0, 31 }, { 1, -32 }, { 32, 16 }, { 64, -320 }, { 96, 8 }, { 128, 63.5f }, { 129, -2032 }, { 255, -0.0f } } },
    /* scale 0.5 (3f000000) */
    { KN_TYPE_i8, 3, { { 3, 0x3f }, { 4, 0x7f }, { 5, 0x81 } }, { { 0, 63.5f }, { 1, -63.5f }, { 2, 0 } } },
    /* absmax 2; the high nibble first */
    { KN_TYPE_nf4,
      64,
      { { 3, 0x40 }, { 4, 0x0f }, { 5, 0x78 }, { 35, 0xe1 } },
      { { 0, -2 },
        { 1, 2 },
        { 2, 0 },
        { 3, 0.15916059911251068f },
        { 62, 1.4459136724472046f },
        { 63, -1.3923856019973755f },
        { 4, -2 } } },
};

static void blocks_put_together_by_hand_decode_as_the_definition_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof by_hand / sizeof *by_hand; i++) {
        const struct by_hand *h = &by_hand[i];
        uint8_t block[256] = { 0 };
        float x[256];
        for (size_t j = 0; j < 14 && (h->bytes[j].byte || h->bytes[j].at); j++)
            block[h->bytes[j].at] = h->bytes[j].byte;
        kn_decode_row(h->type, block, x, h->k);
        for (size_t j = 0; j < 12 && (j == 0 || h->want[j].at || h->want[j].value != 0); j++)
            if (x[h->want[j].at] != h->want[j].value)
                fail_msg("%s: element %zu is %g, not %g", kn_type_name(h->type), h->want[j].at,
                         (double)x[h->want[j].at], (double)h->want[j].value);
    }
}

/* ---- a slow decoder ---- */

/* Element e of a block by the format's definition, in doubles, which hold every product; the caller rounds once. Bits
 * are taken one by one. */
static unsigned bits(const uint8_t *b, size_t byte, unsigned from, unsigned count)
{
    return (unsigned)b[byte] >> from & ((1u << count) - 1);
}

static double half_at(const uint8_t *b, size_t byte)
{
    return f16_slowly((uint16_t)(b[byte] | b[byte + 1] << 8));
}

static double slow_32(enum kn_type type, const uint8_t *b, size_t e)
{
    size_t nibble = e % 16;
    unsigned shift = e < 16 ? 0 : 4;
    switch (type) {
    case KN_TYPE_q8_0:
        return half_at(b, 0) * (int8_t)b[2 + e];
    case KN_TYPE_q4_0:
        return half_at(b, 0) * ((int)bits(b, 2 + nibble, shift, 4) - 8);
    case KN_TYPE_q4_1:
        return half_at(b, 0) * bits(b, 4 + nibble, shift, 4) + half_at(b, 2);
    case KN_TYPE_q5_0:
        return half_at(b, 0) * ((int)(bits(b, 6 + nibble, shift, 4) + 16 * bits(b, 2 + e / 8, e % 8, 1)) - 16);
    default: /* q5_1 */
        return half_at(b, 0) * (bits(b, 8 + nibble, shift, 4) + 16 * bits(b, 4 + e / 8, e % 8, 1)) + half_at(b, 2);
    }
}

/* Six-bit scale and minimum j of q4_k and q5_k, as ggml's documentation has them. */
static unsigned slow_scale(const uint8_t *s, size_t j)
{
    return j < 4 ? s[j] & 63u : (s[j + 4] & 15u) | (unsigned)(s[j - 4] >> 6) << 4;
}

static unsigned slow_min(const uint8_t *s, size_t j)
{
    return j < 4 ? s[j + 4] & 63u : (unsigned)(s[j + 4] >> 4) | (unsigned)(s[j] >> 6) << 4;
}

static double slow_256(enum kn_type type, const uint8_t *b, size_t e)
{
    size_t half = e / 128, quarter = e % 128 / 32, at = e % 32, sub32 = e / 32, sub16 = e / 16;
    size_t nibbles = e / 64 * 32 + at;
    unsigned shift = e % 64 < 32 ? 0 : 4;
    switch (type) {
    case KN_TYPE_q2_k:
        return half_at(b, 80) * bits(b, sub16, 0, 4) * bits(b, 16 + half * 32 + at, (unsigned)quarter * 2, 2) -
               half_at(b, 82) * bits(b, sub16, 4, 4);
    case KN_TYPE_q3_k: {
        static const unsigned low_shift[] = { 0, 0, 4, 4 };
        unsigned low = bits(b, 96 + sub16 % 8, low_shift[sub16 / 4], 4);
        int sc = (int)(low + 16 * bits(b, 104 + sub16 % 4, (unsigned)(sub16 / 4) * 2, 2)) - 32;
        int q = (int)bits(b, 32 + half * 32 + at, (unsigned)quarter * 2, 2);
        return half_at(b, 108) * sc * (bits(b, at, (unsigned)sub32, 1) ? q : q - 4);
    }
    case KN_TYPE_q4_k:
        return half_at(b, 0) * slow_scale(b + 4, sub32) * bits(b, 16 + nibbles, shift, 4) -
               half_at(b, 2) * slow_min(b + 4, sub32);
    case KN_TYPE_q5_k:
        return half_at(b, 0) * slow_scale(b + 4, sub32) *
                   (bits(b, 48 + nibbles, shift, 4) + 16 * bits(b, 16 + at, (unsigned)sub32, 1)) -
               half_at(b, 2) * slow_min(b + 4, sub32);
    default: { /* q6_k: groups 0 and 2 take ql[l], groups 1 and 3 ql[l + 32] */
        unsigned low = bits(b, half * 64 + at + (quarter % 2) * 32, quarter < 2 ? 0 : 4, 4);
        unsigned q = low | bits(b, 128 + half * 32 + at, (unsigned)quarter * 2, 2) << 4;
        return half_at(b, 208) * (int8_t)b[192 + half * 8 + at / 16 + quarter * 2] * ((int)q - 32);
    }
    }
}

static double slowly(enum kn_type type, const uint8_t *row, size_t e)
{
    size_t block = kn_type_block(type);
    const uint8_t *b = row + e / block * kn_row_bytes(type, block);
    float scale;
    if (block == 32)
        return slow_32(type, b, e % block);
    if (block == 256)
        return slow_256(type, b, e % block);
    memcpy(&scale, type == KN_TYPE_i8 ? row : b, sizeof scale);
    if (type == KN_TYPE_i8)
        return (double)scale * (int8_t)row[4 + e];
    /* nf4 */
    static const float codes[] = { -1.0f,        -0.69619280f, -0.52507305f,  -0.39491749f,
                                   -0.28444138f, -0.18477343f, -0.091050036f, 0,
                                   0.079580300f, 0.16093020f,  0.24611230f,   0.33791524f,
                                   0.44070983f,  0.56261700f,  0.72295684f,   1 };
    unsigned pair = b[4 + e % block / 2];
    return (double)scale * (double)codes[e % 2 ? pair & 15 : pair >> 4];
}

static const enum kn_type quantised[] = { KN_TYPE_i8,   KN_TYPE_q8_0, KN_TYPE_q4_0, KN_TYPE_q4_1,
                                          KN_TYPE_q5_0, KN_TYPE_q5_1, KN_TYPE_q2_k, KN_TYPE_q3_k,
                                          KN_TYPE_q4_k, KN_TYPE_q5_k, KN_TYPE_q6_k, KN_TYPE_nf4 };
enum { QUANTISED = sizeof quantised / sizeof *quantised, K = 512, MOST_BYTES = 4 * K };

/* Random bytes are blocks of any scale: subnormal, infinite and NaN ones too. */
static void random_bytes_decode_as_the_slow_decoder_has_it(void **state)
{
    (void)state;
    struct tare_rng rng;
    tare_rng_seed(&rng, 3);
    for (size_t t = 0; t < QUANTISED; t++)
        for (int round = 0; round < 2000; round++) {
            uint8_t row[MOST_BYTES];
            float x[K];
            for (size_t i = 0; i < kn_row_bytes(quantised[t], K); i++)
                row[i] = (uint8_t)(tare_rng_u64(&rng) >> 56);
            kn_decode_row(quantised[t], row, x, K);
            for (size_t i = 0; i < K; i++) {
                float want = (float)slowly(quantised[t], row, i);
                if (isnan(want) ? !isnan(x[i]) : x[i] != want)
                    fail_msg("%s: element %zu is %a, not %a", kn_type_name(quantised[t]), i, (double)x[i],
                             (double)want);
            }
        }
}

static void every_f16_serves_as_a_scale(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 0x10000; h++) {
        uint8_t row[34] = { (uint8_t)h, (uint8_t)(h >> 8), 3, 0xfd, 0 };
        float x[32];
        kn_decode_row(KN_TYPE_q8_0, row, x, 32);
        for (size_t i = 0; i < 3; i++)
            assert_true(same(x[i], (float)(f16_slowly((uint16_t)h) * (int8_t)row[2 + i])));
    }
}

/* ---- there and back ---- */

static double uniform(struct tare_rng *rng)
{
    return (double)(tare_rng_u64(rng) >> 11) * 0x1p-53;
}

static double normal(struct tare_rng *rng)
{
    return sqrt(-2 * log(1 - uniform(rng))) * cos(2 * M_PI * uniform(rng));
}

/* Kinds of data: uniform, normal, normal with an outlier, all of one sign, nearly constant, one value alone. */
enum { DATA = 6 };

static void fill(float *x, size_t n, int data, struct tare_rng *rng)
{
    for (size_t i = 0; i < n; i++) {
        double u = 2 * uniform(rng) - 1, g = normal(rng);
        double values[DATA] = { u, g, i % 64 == 17 ? 20 * g : g, fabs(g), 5 + 0.01 * u, i % 256 == 100 ? g : 0 };
        x[i] = (float)values[data];
    }
}

/* kernels/quant/README.md: of the largest magnitude in a block, how far any value may come back off; and the root mean
 * square of the error over that of normally distributed data. */
static const struct {
    enum kn_type type;
    size_t block; /* in which the largest counts */
    double largest, rms;
} trips[] = {
    { KN_TYPE_f16, 1, 0x1p-11, 0x1p-12 },   { KN_TYPE_bf16, 1, 0x1p-8, 0x1p-9 }, { KN_TYPE_i8, K, 1 / 253.9, 0.01 },
    { KN_TYPE_q8_0, 32, 1 / 253.5, 0.006 }, { KN_TYPE_q4_0, 32, 0.16, 0.086 },   { KN_TYPE_q4_1, 32, 0.13, 0.075 },
    { KN_TYPE_q5_0, 32, 0.08, 0.043 },      { KN_TYPE_q5_1, 32, 0.07, 0.036 },   { KN_TYPE_q2_k, 256, 0.5, 0.33 },
    { KN_TYPE_q3_k, 256, 0.27, 0.17 },      { KN_TYPE_q4_k, 256, 0.13, 0.077 },  { KN_TYPE_q5_k, 256, 0.07, 0.04 },
    { KN_TYPE_q6_k, 256, 0.04, 0.021 },     { KN_TYPE_nf4, 64, 0.152, 0.1 },
};
enum { TRIPS = sizeof trips / sizeof *trips };

static double largest_of(const float *x, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs((double)x[i]));
    return largest;
}

static void values_come_back_within_the_bound_of_their_type(void **state)
{
    (void)state;
    struct tare_rng rng;
    tare_rng_seed(&rng, 11);
    for (size_t t = 0; t < TRIPS; t++)
        for (int data = 0; data < DATA; data++) {
            double errors = 0, squares = 0, furthest = 0;
            double floor = trips[t].type == KN_TYPE_f16 ? 0x1p-25 : 0; /* half its smallest step */
            for (int round = 0; round < 200; round++) {
                float x[K], y[K];
                uint8_t row[MOST_BYTES];
                fill(x, K, data, &rng);
                kn_encode_row(trips[t].type, x, row, K);
                kn_decode_row(trips[t].type, row, y, K);
                double largest = 0;
                for (size_t i = 0; i < K; i++) {
                    double e = fabs((double)x[i] - (double)y[i]);
                    if (i % trips[t].block == 0)
                        largest = largest_of(x + i, trips[t].block);
                    furthest = fmax(furthest, largest > 0 ? fmax(e - floor, 0) / largest : e);
                    errors += e * e;
                    squares += (double)x[i] * (double)x[i];
                }
            }
            double rms = sqrt(errors / squares);
            if (furthest > trips[t].largest || (data == 1 && rms > trips[t].rms))
                fail_msg("%s, data %d: %g of the largest, rms %g", kn_type_name(trips[t].type), data, furthest, rms);
        }
}

/* What is on the grid of a type comes back as it was: levels times scales that the encoder can find. */
static void an_encoded_row_encodes_to_itself_in_simple_types(void **state)
{
    (void)state;
    static const enum kn_type types[] = { KN_TYPE_i8, KN_TYPE_q8_0, KN_TYPE_nf4 };
    struct tare_rng rng;
    tare_rng_seed(&rng, 5);
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        float x[K], y[K];
        uint8_t row[MOST_BYTES], again[MOST_BYTES];
        fill(x, K, 1, &rng);
        kn_encode_row(types[t], x, row, K);
        kn_decode_row(types[t], row, x, K);
        kn_encode_row(types[t], x, again, K);
        kn_decode_row(types[t], again, y, K);
        for (size_t i = 0; i < K; i++)
            assert_true(fabsf(x[i] - y[i]) <= 0x1p-10f * fabsf(x[i]));
    }
}

/* Zeros, denormals, and what no scale can hold: finite bytes come of it, and zeros stay zeros. */
static void extreme_rows_encode_to_finite_values(void **state)
{
    (void)state;
    static const float extremes[] = { 0, 0x1p-149f, 1e-30f, 1e-8f, 65504, 1e30f, 3e38f };
    for (size_t t = 0; t < TRIPS; t++)
        for (size_t e = 0; e < sizeof extremes / sizeof *extremes; e++) {
            float x[K], y[K];
            uint8_t row[MOST_BYTES];
            bool half = trips[t].type == KN_TYPE_f16 || trips[t].type == KN_TYPE_bf16;
            for (size_t i = 0; i < K; i++)
                x[i] = extremes[e] * ((float)((int)(i % 7) - 3) / 3);
            kn_encode_row(trips[t].type, x, row, K);
            kn_decode_row(trips[t].type, row, y, K);
            for (size_t i = 0; i < K; i++)
                if ((!isfinite(y[i]) && !(half && extremes[e] > 65504)) || (extremes[e] == 0 && y[i] != 0))
                    fail_msg("%s: %g becomes %g", kn_type_name(trips[t].type), (double)x[i], (double)y[i]);
        }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_f16_decodes_to_its_value_and_encodes_back),
    cmocka_unit_test(f16_is_rounded_to_nearest_even),
    cmocka_unit_test(f16_agrees_with_the_compiler),
    cmocka_unit_test(bf16_is_the_upper_half_of_a_float_rounded_to_nearest_even),
    cmocka_unit_test(blocks_put_together_by_hand_decode_as_the_definition_says),
    cmocka_unit_test(random_bytes_decode_as_the_slow_decoder_has_it),
    cmocka_unit_test(every_f16_serves_as_a_scale),
    cmocka_unit_test(values_come_back_within_the_bound_of_their_type),
    cmocka_unit_test(an_encoded_row_encodes_to_itself_in_simple_types),
    cmocka_unit_test(extreme_rows_encode_to_finite_values),
};

TARE_TEST_MAIN(tests)
