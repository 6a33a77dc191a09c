/*
 * Scores of sixteen positions for four heads of 64, from keys in f16. The halves of four rows are mixed before they
 * become floats, so that a vector holds four floats of each row, and multiply-adds leave only four floats a score to be
 * summed: folding four vectors into one takes 9 steps for sixteen scores, where folding sixteen takes 45. Mixing takes
 * 2 for 32 halves, and serves all heads. attention_few.h includes this where QUADS names it.
 */
#ifndef KN_AVX512_ATTENTION_QUADS_H
#define KN_AVX512_ATTENTION_QUADS_H

enum {
    QUAD_PARTS = 16, /* vectors of floats that come of four rows */
    QUAD_BYTES = 32, /* of halves that make one */
};

/* 32 elements of each of four rows to four vectors of 64 bytes. Each half of one is four elements of every row; those
 * of the first two are neighbours of those of the others, see quad_queries. */
KN_INLINE void quad_mix(const char *row, size_t stride, __m512i *to)
{
    const __m512i others = _mm512_setr_epi64(2, 3, 8, 9, 6, 7, 12, 13);
    __m512i a = _mm512_loadu_si512(row), b = _mm512_loadu_si512(row + stride);
    __m512i c = _mm512_loadu_si512(row + 2 * stride), d = _mm512_loadu_si512(row + 3 * stride);
    __m512i ac = _mm512_mask_blend_epi64(0xcc, a, c), bd = _mm512_mask_blend_epi64(0xcc, b, d);
    _mm512_store_si512(to, _mm512_unpacklo_epi64(ac, bd));
    _mm512_store_si512(to + 1, _mm512_unpackhi_epi64(ac, bd));
    ac = _mm512_permutex2var_epi64(a, others, c);
    bd = _mm512_permutex2var_epi64(b, others, d);
    _mm512_store_si512(to + 2, _mm512_unpacklo_epi64(ac, bd));
    _mm512_store_si512(to + 3, _mm512_unpackhi_epi64(ac, bd));
}

/* Four heads of q, `ld` floats apart, in the order of the mixed rows: [parts][heads] vectors. */
static void quad_queries(const float *q, size_t ld, float *mixed)
{
    const size_t next = 2 * HEADS * LANES;
    for (size_t d = 0; d < MIXED_DIMS; d += 2 * LANES, mixed += 4 * next)
        for (size_t i = 0; i < 2 * HEADS; i++) {
            vf v = vf_load(q + i % HEADS * ld + d + i / HEADS * LANES);
            vf_store(mixed + i * LANES, _mm512_shuffle_f32x4(v, v, 0xa0));
            vf_store(mixed + i * LANES + next, _mm512_shuffle_f32x4(v, v, 0xf5));
            vf_store(mixed + i * LANES + 2 * next, _mm512_shuffle_f32x4(v, v, 0x0a));
            vf_store(mixed + i * LANES + 3 * next, _mm512_shuffle_f32x4(v, v, 0x5f));
        }
}

/* In each four lanes the sums of those of a, b, c and d. */
KN_INLINE vf quad_fold(vf a, vf b, vf c, vf d)
{
    __m512d a2 = _mm512_castps_pd(a), b2 = _mm512_castps_pd(b), c2 = _mm512_castps_pd(c), d2 = _mm512_castps_pd(d);
    vf ab =
        vf_add(_mm512_castpd_ps(_mm512_mask_blend_pd(0xaa, a2, b2)), _mm512_castpd_ps(_mm512_shuffle_pd(a2, b2, 0x55)));
    vf cd =
        vf_add(_mm512_castpd_ps(_mm512_mask_blend_pd(0xaa, c2, d2)), _mm512_castpd_ps(_mm512_shuffle_pd(c2, d2, 0x55)));
    return vf_add(_mm512_shuffle_ps(ab, cd, 0x88), _mm512_shuffle_ps(ab, cd, 0xdd));
}

/* Scores [16 positions][4 heads] of rows; returns the largest of each lane. q is as quad_queries has it. A turn's rows
 * are fetched on the way. */
KN_INLINE vf quad_scores(const char *rows, size_t stride, const float *q, const struct ahead *ahead, vf top, float *s)
{
    __m512i mixed[4][QUAD_PARTS / 2];
    vf sums[4][HEADS];
    UNROLL
    for (size_t g = 0; g < 4; g++) {
        quad_mix(rows + 4 * g * stride, stride, mixed[g]);
        quad_mix(rows + 4 * g * stride + 64, stride, mixed[g] + 4);
    }
    __asm__ volatile("" : : "r"(mixed) : "memory"); /* halves come from memory: out of registers they take a shuffle */
    UNROLL
    for (size_t g = 0; g < 4; g++)
        UNROLL
    for (size_t h = 0; h < HEADS; h++)
        sums[g][h] = vf_set(0);
    UNROLL
    for (size_t i = 0; i < QUAD_PARTS; i++) {
        if (i % 2 == 0)
            fetch_bytes(ahead, i / 2, 2 * MIXED_DIMS);
        UNROLL
        for (size_t g = 0; g < 4; g++) {
            vf four = vf_load_f16((const char *)mixed[g] + i * QUAD_BYTES);
            UNROLL
            for (size_t h = 0; h < HEADS; h++)
                sums[g][h] = vf_fma(vf_load(q + (i * HEADS + h) * LANES), four, sums[g][h]);
        }
    }
    UNROLL
    for (size_t g = 0; g < 4; g++) {
        vf v = quad_fold(sums[g][0], sums[g][1], sums[g][2], sums[g][3]);
        vf_store(s + g * LANES, v);
        top = vf_max(top, v);
    }
    return top;
}

#endif
