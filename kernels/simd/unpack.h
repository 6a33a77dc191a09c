/* Weights of each type, from LANES rows as they lie, `step` bytes apart, to half a panel of unsigned levels
 * (gemm_int8.inc): four of k from each row side by side, their scales and minima as floats. Layouts are those of
 * kernels/quant. */
#ifndef KN_SIMD_UNPACK_H
#define KN_SIMD_UNPACK_H

/* LANES columns of a panel 2 LANES wide. A scale s stands before -3 * 2^22 s: x s of a float 3 * 2^22 + x, where the
 * bits of an integer have been added to those of FLOAT_ONE. */
struct half {
    uint8_t *q;         /* [k/4][..][4] */
    float *scale, *min; /* [blocks][2][..], [blocks][..]; a block is what shares a scale */
    int flip;           /* what int8 are changed by: -128 makes them levels with 128 too much, 0 leaves them */
};
enum {
    STEP = 8 * LANES, /* bytes of q from one four of k to the next */
    NEXT = 2 * LANES, /* floats from one block's minimum to the next */
    FLOAT_ONE = 0x4b400000,
};

KN_INLINE void put_scale(const struct half *to, size_t block, vf s)
{
    vf_store(to->scale + 2 * block * NEXT, s);
    vf_store(to->scale + (2 * block + 1) * NEXT, vf_mul(s, vf_set(-0x1.8p23f)));
}

enum { MOST = 64 }; /* scales of a row in a panel */

/* Puts the f16 of `n` blocks, `bytes` apart from p on. They are copied one by one, all before the first is read again:
 * sixteen stores are cheaper than the shuffles that would gather them in a register. */
KN_INLINE void put_halves(const uint8_t *p, size_t step, size_t bytes, size_t n, const struct half *to)
{
    volatile uint16_t h[MOST][LANES];
    for (size_t b = 0; b < n; b++)
        for (size_t i = 0; i < LANES; i++) {
            uint16_t one;
            __builtin_memcpy(&one, p + i * step + b * bytes, sizeof one);
            h[b][i] = one;
        }
    for (size_t b = 0; b < n; b++)
        put_scale(to, b, vf_of_halves((const void *)h[b]));
}

/* Nibbles of sixteen bytes a row: the low ones at q, the high ones `high` fours further. */
KN_INLINE void put_nibbles(uint8_t *q, size_t high, const vi v[4])
{
    vi nibble = vi_bytes(15);
    for (size_t j = 0; j < 4; j++) {
        vi_store(q + j * STEP, vi_and(v[j], nibble));
        vi_store(q + (high + j) * STEP, vi_and(vi_right(v[j], 4), nibble));
    }
}

/* int8 behind the row's scale. Levels behind the last are any. */
KN_INLINE void unpack_i8(const uint8_t *w, size_t step, size_t k0, size_t k, const struct half *to)
{
    vi v[4], flip = vi_bytes(to->flip);
    float scale[LANES];
    uint8_t tail[LANES][16];
    for (size_t i = 0; i < LANES; i++)
        __builtin_memcpy(&scale[i], w + i * step, sizeof scale[i]);
    vf_store(to->scale, vf_load(scale));
    w += 4 + k0;
    for (size_t at = 0; at < k; at += 16) {
        if (at + 16 > k) {
            for (size_t i = 0; i < LANES; i++)
                __builtin_memcpy(tail[i], w + i * step + at, k - at);
            vi_rows(tail[0], 16, v);
        } else {
            vi_rows(w + at, step, v);
        }
        for (size_t j = 0; j < 4; j++)
            vi_store(to->q + (at / 4 + j) * STEP, vi_xor(v[j], flip));
    }
}

KN_INLINE void unpack_q8_0(const uint8_t *w, size_t step, size_t k0, size_t k, const struct half *to)
{
    vi v[8], flip = vi_bytes(to->flip);
    w += k0 / 32 * 34;
    put_halves(w, step, 34, k / 32, to);
    for (size_t b = 0; b < k / 32; b++, w += 34) {
        vi_rows(w + 2, step, v);
        vi_rows(w + 18, step, v + 4);
        for (size_t j = 0; j < 8; j++)
            vi_store(to->q + (8 * b + j) * STEP, vi_xor(v[j], flip));
    }
}

/* Levels with 8 too much. */
KN_INLINE void unpack_q4_0(const uint8_t *w, size_t step, size_t k0, size_t k, const struct half *to)
{
    vi v[4];
    w += k0 / 32 * 18;
    put_halves(w, step, 18, k / 32, to);
    for (size_t b = 0; b < k / 32; b++, w += 18) {
        vi_rows(w + 2, step, v);
        put_nibbles(to->q + 8 * b * STEP, 4, v);
    }
}

/* The bits 4 j to 4 j + 3 of each lane in its four bytes, at the place of bit 4. */
KN_INLINE vi spread_fifths(vi bits, int j)
{
    vi four = vi_and(j > 0 ? vi_right(bits, 4 * j - 4) : vi_left(bits, 4), vi_lanes(0xf0));
    four = vi_or(four, vi_left(four, 7));
    return vi_and(vi_or(four, vi_left(four, 14)), vi_bytes(16));
}

/* Blocks of 32 in nibbles, with a minimum and a fifth bit or without. */
KN_INLINE void unpack_blocks32(const uint8_t *w, size_t step, size_t k, const struct half *to, const int minimum,
                               const int fifth)
{
    vi v[4], bits = vi_zero();
    size_t levels_at = (size_t)(2 + 2 * minimum + 4 * fifth), bytes = levels_at + 16;
    if (!minimum)
        put_halves(w, step, bytes, k / 32, to);
    for (size_t b = 0; b < k / 32; b++, w += bytes) {
        uint8_t *q = to->q + 8 * b * STEP;
        if (minimum) {
            vi_rows(w, step, v);
            put_scale(to, b, vf_of_low_halves(v[0]));
            vf_store(to->min + b * NEXT, vf_of_low_halves(vi_right(v[0], 16)));
            bits = v[1];
        } else if (fifth) {
            vi_rows(w + 2, step, v);
            bits = v[0];
        }
        vi_rows(w + levels_at, step, v);
        put_nibbles(q, 4, v);
        for (int j = 0; fifth && j < 8; j++)
            vi_store(q + j * STEP, vi_or(vi_load(q + j * STEP), spread_fifths(bits, j)));
    }
}

KN_INLINE void unpack_q4_1(const uint8_t *w, size_t step, size_t k0, size_t k, const struct half *to)
{
    unpack_blocks32(w + k0 / 32 * 20, step, k, to, 1, 0);
}

/* Levels with 16 too much. */
KN_INLINE void unpack_q5_0(const uint8_t *w, size_t step, size_t k0, size_t k, const struct half *to)
{
    unpack_blocks32(w + k0 / 32 * 22, step, k, to, 0, 1);
}

KN_INLINE void unpack_q5_1(const uint8_t *w, size_t step, size_t k0, size_t k, const struct half *to)
{
    unpack_blocks32(w + k0 / 32 * 24, step, k, to, 1, 1);
}

/* The eight scales and minima of q4_k and q5_k from a block's first sixteen bytes: to->scale and to->min of 8 blocks.
 */
KN_INLINE void unpack_scales(const vi head[4], const struct half *to)
{
    vi six = vi_bytes(63), four = vi_bytes(15), two = vi_bytes(0x30), byte = vi_lanes(255);
    vf d = vf_of_low_halves(head[0]), dmin = vf_sub(vf_set(0), vf_of_low_halves(vi_right(head[0], 16)));
    vi scale[2] = { vi_and(head[1], six), vi_or(vi_and(head[3], four), vi_and(vi_right(head[1], 2), two)) };
    vi min[2] = { vi_and(head[2], six), vi_or(vi_and(vi_right(head[3], 4), four), vi_and(vi_right(head[2], 2), two)) };
    for (int j = 0; j < 8; j++) {
        put_scale(to, (size_t)j, vf_mul(d, vi_float(vi_and(vi_right(scale[j / 4], j % 4 * 8), byte))));
        vf_store(to->min + j * NEXT, vf_mul(dmin, vi_float(vi_and(vi_right(min[j / 4], j % 4 * 8), byte))));
    }
}

/* Bit `from` of each byte at the place of bit `to`. */
KN_INLINE vi bit_at(vi v, int from, int to)
{
    return vi_and(from > to ? vi_right(v, from - to) : vi_left(v, to - from), vi_bytes(1 << to));
}

/* A block's levels get bit `to`: bit j of the 32 bytes a row at w is that of the j-th 32 elements. */
KN_INLINE void add_bits(const uint8_t *w, size_t step, uint8_t *q, int to)
{
    vi high[8];
    vi_rows(w, step, high);
    vi_rows(w + 16, step, high + 4);
    for (int j = 0; j < 8; j++)
        for (size_t i = 0; i < 8; i++, q += STEP)
            vi_store(q, vi_or(vi_load(q), bit_at(high[i], j, to)));
}

KN_INLINE void unpack_nibbles_k(const uint8_t *w, size_t step, size_t k, const struct half *to, const int fifth)
{
    size_t levels_at = (size_t)(16 + 32 * fifth), bytes = levels_at + 128;
    vi v[4];
    for (size_t b = 0; b < k / 256; b++, w += bytes) {
        vi_rows(w, step, v);
        unpack_scales(v, &(struct half){ .scale = to->scale + 16 * b * NEXT, .min = to->min + 8 * b * NEXT });
        for (size_t j = 0; j < 8; j++) { /* sixteen bytes: two to a pair of 32 elements */
            vi_rows(w + levels_at + 16 * j, step, v);
            put_nibbles(to->q + (64 * b + j / 2 * 16 + j % 2 * 4) * STEP, 8, v);
        }
        if (fifth)
            add_bits(w + 16, step, to->q + 64 * b * STEP, 4);
    }
}

KN_INLINE void unpack_q4_k(const uint8_t *w, size_t step, size_t k0, size_t k, const struct half *to)
{
    unpack_nibbles_k(w + k0 / 256 * 144, step, k, to, 0);
}

KN_INLINE void unpack_q5_k(const uint8_t *w, size_t step, size_t k0, size_t k, const struct half *to)
{
    unpack_nibbles_k(w + k0 / 256 * 176, step, k, to, 1);
}

/* Bits 2 p and 2 p + 1 of sixteen bytes a row, in the lowest places. */
KN_INLINE vi two_bits(vi v, int p)
{
    return vi_and(vi_right(v, 2 * p), vi_bytes(3));
}

/* A block's 64 bytes of two-bit levels: of each 128 elements the four quarters lie above one another. */
KN_INLINE void put_two_bits(const uint8_t *w, size_t step, uint8_t *q)
{
    for (size_t part = 0; part < 4; part++) { /* of each 128 of k the first or second 16 of all quarters */
        vi v[4];
        vi_rows(w + 16 * part, step, v);
        for (size_t p = 0; p < 4; p++)
            for (size_t j = 0; j < 4; j++)
                vi_store(q + (part / 2 * 32 + 8 * p + part % 2 * 4 + j) * STEP, two_bits(v[j], (int)p));
    }
}

KN_INLINE void unpack_q2_k(const uint8_t *w, size_t step, size_t k0, size_t k, const struct half *to)
{
    w += k0 / 256 * 84;
    for (size_t b = 0; b < k / 256; b++, w += 84) {
        vi v[4], nibble = vi_lanes(15);
        vi_rows(w + 68, step, v); /* the last dword of it */
        vf d = vf_of_low_halves(v[3]), dmin = vf_sub(vf_set(0), vf_of_low_halves(vi_right(v[3], 16)));
        vi_rows(w, step, v);
        for (int j = 0; j < 16; j++) {
            size_t block = 16 * b + (size_t)j;
            vi both = vi_right(v[j / 4], j % 4 * 8);
            put_scale(to, block, vf_mul(d, vi_float(vi_and(both, nibble))));
            vf_store(to->min + block * NEXT, vf_mul(dmin, vi_float(vi_and(vi_right(both, 4), nibble))));
        }
        put_two_bits(w + 16, step, to->q + 64 * b * STEP);
    }
}

/* Levels with 4 too much: two bits, above them one of hmask. Scales of six bits lie as kernels/quant/kquants.c has
 * them. */
KN_INLINE void unpack_q3_k(const uint8_t *w, size_t step, size_t k0, size_t k, const struct half *to)
{
    w += k0 / 256 * 110;
    for (size_t b = 0; b < k / 256; b++, w += 110) {
        vi v[4], nibble = vi_bytes(15), two = vi_bytes(48);
        uint8_t *q = to->q + 64 * b * STEP;
        vi_rows(w + 94, step, v); /* two bytes of levels, twelve of scales, d */
        vf d = vf_of_low_halves(vi_right(v[3], 16));
        vi_rows(w + 92, step, v);
        for (int j = 0; j < 16; j++) {
            vi low = vi_and(vi_right(v[1 + j / 4 % 2], j / 8 * 4), nibble);
            vi top = vi_and(j / 4 < 2 ? vi_left(v[3], 4 - j / 4 * 2) : vi_right(v[3], j / 4 * 2 - 4), two);
            vi sc = vi_and(vi_right(vi_or(low, top), j % 4 * 8), vi_lanes(255));
            put_scale(to, 16 * b + (size_t)j, vf_mul(d, vf_sub(vi_float(sc), vf_set(32))));
        }
        put_two_bits(w + 32, step, q);
        add_bits(w, step, q, 2);
    }
}

/* The sixteen signed scales of q6_k, and their scale behind them. */
KN_INLINE void unpack_scales6(const uint8_t *w, size_t step, const struct half *to)
{
    vi v[4];
    uint16_t h[LANES];
    for (size_t i = 0; i < LANES; i++)
        __builtin_memcpy(&h[i], w + i * step + 16, sizeof h[i]);
    vf d = vf_of_halves(h);
    vi_rows(w, step, v);
    for (int j = 0; j < 16; j++)
        put_scale(to, (size_t)j, vf_mul(d, vi_float(vi_right_signed(vi_left(v[j / 4], 24 - j % 4 * 8), 24))));
}

/* Levels with 32 too much: a nibble of ql, two bits of qh. */
KN_INLINE void unpack_q6_k(const uint8_t *w, size_t step, size_t k0, size_t k, const struct half *to)
{
    vi high = vi_bytes(0x30), nibble = vi_bytes(15);
    w += k0 / 256 * 210;
    for (size_t b = 0; b < k / 256; b++, w += 210) {
        unpack_scales6(w + 192, step, &(struct half){ .scale = to->scale + 32 * b * NEXT });
        for (size_t part = 0; part < 4; part++) { /* of each 128 of k the first or second 16 of all groups of 32 */
            vi l[4], m[4], h[4];
            size_t p = part / 2, s = part % 2 * 16;
            uint8_t *q = to->q + (64 * b + 32 * p + s / 4) * STEP;
            vi_rows(w + 64 * p + s, step, l);
            vi_rows(w + 64 * p + s + 32, step, m);
            vi_rows(w + 128 + 32 * p + s, step, h);
            for (size_t j = 0; j < 4; j++, q += STEP) {
                vi_store(q, vi_or(vi_and(l[j], nibble), vi_and(vi_left(h[j], 4), high)));
                vi_store(q + 8 * STEP, vi_or(vi_and(m[j], nibble), vi_and(vi_left(h[j], 2), high)));
                vi_store(q + 16 * STEP, vi_or(vi_and(vi_right(l[j], 4), nibble), vi_and(h[j], high)));
                vi_store(q + 24 * STEP, vi_or(vi_and(vi_right(m[j], 4), nibble), vi_and(vi_right(h[j], 2), high)));
            }
        }
    }
}

#endif
