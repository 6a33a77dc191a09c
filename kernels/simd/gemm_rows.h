/* x in int8 for products of whole panels: rounded as kernels/quant/activations.h has it, and laid out as a tile of rows
 * reads it. A tile is `mr` rows high; each 32 of k are a record:
 *     int8 q[mr][32], float scale[mr], int32 or float sum[mr][2]
 *
 * The includer has an ints.h and a dot.h. */
#ifndef KN_SIMD_GEMM_ROWS_H
#define KN_SIMD_GEMM_ROWS_H

#include <string.h>

enum {
    XBLOCK = 32,
    XROW = XBLOCK + 12,    /* bytes of a row in a record */
    GROUP = XBLOCK * LANES /* of x, quantised at once */
};

/* What a group of a row becomes. */
struct group {
    int8_t q[GROUP];
    float scale[LANES];
    int32_t sums[2 * LANES]; /* of each 16 */
};

/* The largest magnitude of each 32, as bits: as integers they are in the order of the numbers, NaN above all. */
KN_INLINE vi group_largest(const float *x)
{
    vf most[LANES];
    vi magnitude = vi_lanes(INT32_MAX);
    for (size_t b = 0; b < LANES; b++) {
        vi bits = vi_and(vi_of_bits(vf_load(x + b * XBLOCK)), magnitude);
        for (size_t i = LANES; i < XBLOCK; i += LANES)
            bits = vi_max(bits, vi_and(vi_of_bits(vf_load(x + b * XBLOCK + i)), magnitude));
        most[b] = vf_of_bits(bits);
    }
    vf_transpose(most);
    vi bits = vi_of_bits(most[0]);
    for (size_t b = 1; b < LANES; b++)
        bits = vi_max(bits, vi_of_bits(most[b]));
    return bits;
}

/* The largest of a whole row, in every lane. */
KN_INLINE vi row_largest(const float *x, size_t k)
{
    vi most = vi_zero(), magnitude = vi_lanes(INT32_MAX);
    size_t i = 0;
    for (; i + LANES <= k; i += LANES)
        most = vi_max(most, vi_and(vi_of_bits(vf_load(x + i)), magnitude));
    most = vi_max(most, vi_and(vi_of_bits(vf_load_n(x + i, k - i)), magnitude));
    return vi_lanes(vi_largest(most));
}

/* A scale for each largest magnitude, and what x is multiplied by. */
KN_INLINE void scales_of(vf largest, float *scale, float *inverse)
{
    const float least = 0x1p-119f;
    vf_store(scale, vf_below(largest, least, vf_set(0), vf_div(largest, vf_set(127))));
    vf_store(inverse, vf_from(largest, least, vf_div(vf_set(127), largest), vf_set(0)));
}

/* q and sums of GROUP floats, each 32 multiplied by its inverse. */
KN_INLINE void group_round(const float *x, const float *inverse, struct group *g)
{
    enum { BYTES = 4 * LANES }; /* of a vector */
    vi ones = vi_bytes(1), fours[4];
    for (size_t v = 0; v < GROUP / BYTES; v++) {
        vi r[4];
        for (size_t i = 0; i < 4; i++) {
            size_t at = v * BYTES + i * LANES;
            r[i] = vi_nearest(vf_mul(vf_load(x + at), vf_set(inverse[at / XBLOCK])));
        }
        vi q = vi_pack(r);
        vi_store(g->q + v * BYTES, q);
        fours[v % 4] = dot_unsigned(vi_zero(), ones, q);
        if (v % 4 == 3)
            vi_store(g->sums + v / 4 * LANES, vi_sum_fours(fours));
    }
}

/* GROUP floats of a row from `at` on; the last ones by way of a buffer, with zeros behind them. */
static const float *group_at(const float *x, size_t k, size_t at, float *buffer)
{
    if (at + GROUP <= k)
        return x + at;
    memset(buffer, 0, GROUP * sizeof *buffer);
    memcpy(buffer, x + at, (k - at) * sizeof *buffer);
    return buffer;
}

#endif
