/* Up to MR rows of x against a panel of 2 LANES rows of w, both in bytes: the inner loop of gemm_int8.inc, which has
 * its constants. */
#ifndef KN_SIMD_GEMM_TILE_H
#define KN_SIMD_GEMM_TILE_H

#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

enum {
    NR = 2 * LANES,
    FOURS = 4 * NR, /* bytes of a panel that stand for four of k */
    SUBS = SUB ? XBLOCK / SUB : 1,
};

/* One tile: what it multiplies and where the sums go. */
struct tile {
    const uint8_t *x;   /* [blocks] records of mr rows */
    const uint8_t *w;   /* [blocks * 8][NR][4] */
    const float *scale; /* [blocks * SUBS][2][NR], see struct half; of a whole row [NR] */
    const float *min;   /* [blocks * SUBS][NR] */
    size_t blocks;
    const float *add; /* [mr][NR], the sums so far; NULL = none */
    float *y;         /* [mr][ldy] */
    size_t ldy;
    const char *w_next;   /* the panel behind this one, whose bytes come from far: */
    const int32_t *ahead; /* which of its lines to call for, */
    size_t calls;         /* so many a block */
};

KN_INLINE void tile_store(const struct tile *t, size_t i, vf left, vf right)
{
    float *y = t->y + i * t->ldy;
    vf_store(y, t->add ? vf_add(left, vf_load(t->add + i * NR)) : left);
    vf_store(y + LANES, t->add ? vf_add(right, vf_load(t->add + i * NR + LANES)) : right);
}

/* Calls for lines of the next panel, a few at a time lest they hold up what is wanted now. */
KN_INLINE const int32_t *call_ahead(const struct tile *t, const int32_t *at)
{
    for (size_t i = 0; i < t->calls; i++)
        __builtin_prefetch(t->w_next + at[i], 0, 2);
    return at + t->calls;
}

KN_INLINE void dots_of_fours(const size_t mr, const size_t fours, const uint8_t *x, const uint8_t *w, vi sums[MR][2])
{
    UNROLL
    for (size_t k = 0; k < fours; k++) {
        vi w0 = vi_load(w + k * FOURS), w1 = vi_load(w + k * FOURS + FOURS / 2);
        UNROLL
        for (size_t i = 0; i < mr; i++) {
            vi xi = vi_spread(x + i * XBLOCK + 4 * k);
            sums[i][0] = dot_unsigned(sums[i][0], w0, xi);
            sums[i][1] = dot_unsigned(sums[i][1], w1, xi);
        }
    }
}

KN_INLINE vi pair_products(vi w, vi size, vi x)
{
    return SIGNED ? vi_pairs(size, vi_with_sign(x, w)) : vi_pairs(w, x);
}

/* The same where a dot product takes three instructions: pairs are added up in 16 bits while they fit. */
KN_INLINE void dots_of_pairs(const size_t mr, const size_t fours, const uint8_t *x, const uint8_t *w, vi sums[MR][2])
{
    for (size_t begin = 0; begin < fours; begin += PAIRS ? PAIRS : 1) {
        vi pairs[MR][2];
        UNROLL
        for (size_t k = begin; k < begin + PAIRS; k++) {
            vi w0 = vi_load(w + k * FOURS), w1 = vi_load(w + k * FOURS + FOURS / 2);
            vi size0 = SIGNED ? vi_abs_bytes(w0) : w0, size1 = SIGNED ? vi_abs_bytes(w1) : w1;
            UNROLL
            for (size_t i = 0; i < mr; i++) {
                vi xi = vi_spread(x + i * XBLOCK + 4 * k);
                vi p0 = pair_products(w0, size0, xi), p1 = pair_products(w1, size1, xi);
                pairs[i][0] = k > begin ? vi_add16(pairs[i][0], p0) : p0;
                pairs[i][1] = k > begin ? vi_add16(pairs[i][1], p1) : p1;
            }
        }
        UNROLL
        for (size_t i = 0; i < mr; i++) {
            sums[i][0] = vi_add(sums[i][0], vi_sum_pairs(pairs[i][0]));
            sums[i][1] = vi_add(sums[i][1], vi_sum_pairs(pairs[i][1]));
        }
    }
}

/* Adds `fours` fours of k to the sums; mr is a constant where this is inlined, as everywhere below. */
KN_INLINE void dots(const size_t mr, const size_t fours, const uint8_t *x, const uint8_t *w, vi sums[MR][2])
{
    if (PAIRS)
        dots_of_pairs(mr, fours, x, w, sums);
    else
        dots_of_fours(mr, fours, x, w, sums);
}

/* Where the sums begin: at the record's sum number `h`, which has the offset and FLOAT_ONE in it. */
KN_INLINE void dots_begin(const size_t mr, const size_t h, const uint8_t *x, vi sums[MR][2])
{
    UNROLL
    for (size_t i = 0; i < mr; i++)
        sums[i][0] = sums[i][1] = MINS ? vi_lanes(FLOAT_ONE) : vi_spread(x + mr * (XBLOCK + 4) + 8 * i + 4 * h);
}

KN_INLINE vf record_float(const uint8_t *p)
{
    return vf_of_bits(vi_spread(p));
}

/* Rows of w that have one scale: a chunk's sums are integers to the end. */
KN_INLINE void multiply_rows(const size_t mr, const struct tile *t, vf y[MR][2])
{
    const uint8_t *x = t->x, *w = t->w;
    const int32_t *ahead = t->ahead;
    vi sums[MR][2];
    dots_begin(mr, 0, x, sums);
    for (size_t b = 0; b < t->blocks; b++, x += mr * XROW, w += 8 * FOURS) {
        ahead = call_ahead(t, ahead);
        dots(mr, 8, x, w, sums);
    }
    vf s0 = vf_load(t->scale), s1 = vf_load(t->scale + LANES);
    UNROLL
    for (size_t i = 0; i < mr; i++) {
        vf scale = record_float(t->x + mr * XBLOCK + 4 * i);
        y[i][0] = vf_mul(vf_mul(vi_float(sums[i][0]), scale), s0);
        y[i][1] = vf_mul(vf_mul(vi_float(sums[i][1]), scale), s1);
    }
}

KN_INLINE void multiply_blocks(const size_t mr, const struct tile *t, vf y[MR][2])
{
    const uint8_t *x = t->x, *w = t->w;
    const int32_t *ahead = t->ahead;
    const float *scale = t->scale, *min = t->min;
    UNROLL
    for (size_t i = 0; i < mr; i++)
        y[i][0] = y[i][1] = vf_set(0);
    for (size_t b = 0; b < t->blocks; b++, x += mr * XROW, w += 8 * FOURS) {
        ahead = call_ahead(t, ahead);
        UNROLL
        for (size_t h = 0; h < SUBS; h++, scale += 2 * NR) {
            vi sums[MR][2];
            dots_begin(mr, h, x, sums);
            dots(mr, 8 / SUBS, x + h * SUB, w + h * SUB / 4 * FOURS, sums);
            vf s0 = vf_load(scale), s1 = vf_load(scale + LANES);
            vf less0 = vf_load(scale + NR), less1 = vf_load(scale + NR + LANES);
            UNROLL
            for (size_t i = 0; i < mr; i++) {
                vf si = record_float(x + mr * XBLOCK + 4 * i);
                y[i][0] = vf_fma(vf_fma(vf_of_bits(sums[i][0]), s0, less0), si, y[i][0]);
                y[i][1] = vf_fma(vf_fma(vf_of_bits(sums[i][1]), s1, less1), si, y[i][1]);
            }
        }
        UNROLL
        for (size_t h = 0; MINS && h < SUBS; h++, min += NR) {
            vf m0 = vf_load(min), m1 = vf_load(min + LANES);
            UNROLL
            for (size_t i = 0; i < mr; i++) {
                vf sum = record_float(x + mr * (XBLOCK + 4) + 8 * i + 4 * h);
                y[i][0] = vf_fma(m0, sum, y[i][0]);
                y[i][1] = vf_fma(m1, sum, y[i][1]);
            }
        }
    }
}

KN_INLINE void tile_multiply(const size_t mr, const struct tile *t)
{
    vf y[MR][2];
    UNROLL
    for (size_t i = 0; i < mr; i++) { /* rows of y lie a page and more apart: nothing foretells them */
        __builtin_prefetch(t->y + i * t->ldy, 1);
        __builtin_prefetch(t->y + i * t->ldy + NR / 2, 1);
        __builtin_prefetch(t->y + i * t->ldy + NR - 1, 1);
    }
    if (SUB)
        multiply_blocks(mr, t, y);
    else
        multiply_rows(mr, t, y);
    UNROLL
    for (size_t i = 0; i < mr; i++)
        tile_store(t, i, y[i][0], y[i][1]);
}

#endif
