/*
 * Causal attention where a head is half a vector: 8 floats, rows that lie one behind the other. A vector holds two
 * positions; the scores of sixteen are folded into one vector, and all that a row sees are kept until their largest is
 * known. Each step is taken for several heads before the next one, so that none waits for another. Every head's sums
 * are in an order of its own. For a file that has included a vec.h.
 */
#ifndef KN_AVX512_ATTENTION_NARROW_H
#define KN_AVX512_ATTENTION_NARROW_H

#include <kn/ops.h>

#include <stdbool.h>

#include "kernels/simd/unroll.h"

enum {
    NARROW_DIMS = LANES / 2,
    NARROW_SEEN = 512, /* positions that are kept; */
    NARROW_LONG = 256, /* and from which on many tokens are faster in tiles, */
    NARROW_FEW = 16,   /* rows of queries: a token's heads of a group */
    NARROW_HEADS = 8,  /* at once */
};

/* Scores of positions p to p + 16 lie in this order. */
#define NARROW_LANE(p) (((p)&8) + ((p)&1) * 4 + (((p)&7) >> 1))

#define TWO_OF(p)                                                                                                      \
    {                                                                                                                  \
        EIGHT_OF(p), EIGHT_OF((p) + 1)                                                                                 \
    }
#define EIGHT_OF(p)                                                                                                    \
    NARROW_LANE(p), NARROW_LANE(p), NARROW_LANE(p), NARROW_LANE(p), NARROW_LANE(p), NARROW_LANE(p), NARROW_LANE(p),    \
        NARROW_LANE(p)

/* The weights of positions p and p + 1, each for the 8 floats of its row. */
static const int32_t narrow_pairs[LANES][LANES] __attribute__((aligned(64))) = {
    TWO_OF(0), TWO_OF(1), TWO_OF(2),  TWO_OF(3),  TWO_OF(4),  TWO_OF(5),  TWO_OF(6),  TWO_OF(7),
    TWO_OF(8), TWO_OF(9), TWO_OF(10), TWO_OF(11), TWO_OF(12), TWO_OF(13), TWO_OF(14), TWO_OF(15),
};
#undef EIGHT_OF
#undef TWO_OF

struct narrow_head {
    const float *k, *v; /* [seen][8] */
    vf top, sum;        /* its scores' largest by lanes; of its weights, the sum in each lane */
    vf s[NARROW_SEEN / LANES];
};

struct narrow {
    size_t blocks, rest; /* whole ones of sixteen positions; those behind them */
    size_t from;         /* where the last sixteen begin: the block of the rest has some of the one before */
    __mmask16 live;      /* the lanes of the rest */
    struct narrow_head heads[NARROW_HEADS];
};

KN_INLINE vf narrow_fold(vf a, vf b)
{
    return _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
}

KN_INLINE vf narrow_fold_pairs(vf a, vf b)
{
    __m512d c = _mm512_castps_pd(a), d = _mm512_castps_pd(b);
    return _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(c, d)), _mm512_castpd_ps(_mm512_unpackhi_pd(c, d)));
}

/* From eight vectors of products, two positions each, to sixteen scores. */
KN_INLINE vf narrow_scores(const vf p[8])
{
    vf low = narrow_fold_pairs(narrow_fold(p[0], p[1]), narrow_fold(p[2], p[3]));
    vf high = narrow_fold_pairs(narrow_fold(p[4], p[5]), narrow_fold(p[6], p[7]));
    return _mm512_add_ps(_mm512_shuffle_f32x4(low, high, 0x88), _mm512_shuffle_f32x4(low, high, 0xdd));
}

KN_INLINE vf narrow_block(vf q, const float *k)
{
    vf p[8];
    UNROLL for (size_t i = 0; i < 8; i++) p[i] = vf_mul(q, vf_load(k + i * LANES));
    return narrow_scores(p);
}

/* The same of n < 16 positions; reads nothing else. */
KN_INLINE vf narrow_few(vf q, const float *k, size_t n)
{
    vf p[8];
    UNROLL for (size_t i = 0; i < 8; i++)
    {
        size_t left = n > 2 * i ? n - 2 * i : 0;
        p[i] = vf_mul(q, vf_load_n(k + i * LANES, left > 2 ? LANES : left * NARROW_DIMS));
    }
    return narrow_scores(p);
}

KN_INLINE void narrow_score(const struct narrow *w, struct narrow_head *h, const float *q, float scale)
{
    const vf none = vf_set(-INFINITY);
    vf two = vf_mul(_mm512_broadcast_f32x8(_mm256_loadu_ps(q)), vf_set(scale));
    h->top = none;
    for (size_t b = 0; b < w->blocks; b++) {
        h->s[b] = narrow_block(two, h->k + b * LANES * NARROW_DIMS);
        h->top = vf_max(h->top, h->s[b]);
    }
    if (w->rest > 0) {
        vf s = w->blocks ? narrow_block(two, h->k + w->from * NARROW_DIMS) : narrow_few(two, h->k, w->rest);
        h->s[w->blocks] = _mm512_mask_mov_ps(none, w->live, s);
        h->top = vf_max(h->top, h->s[w->blocks]);
    }
}

/* In every lane what `f` makes of all of them. */
#define NARROW_ALL(f, v)                                                                                               \
    do {                                                                                                               \
        v = f(v, _mm512_shuffle_f32x4(v, v, 0x4e));                                                                    \
        v = f(v, _mm512_shuffle_f32x4(v, v, 0xb1));                                                                    \
        v = f(v, _mm512_permute_ps(v, 0x4e));                                                                          \
        v = f(v, _mm512_permute_ps(v, 0xb1));                                                                          \
    } while (0)

/* Scores, which are logarithms to base two, become weights. */
KN_INLINE void narrow_soften(const struct narrow *w, struct narrow_head *h)
{
    vf top = h->top, sum = vf_set(0);
    NARROW_ALL(vf_max, top);
    for (size_t b = 0; b < w->blocks; b++) {
        h->s[b] = vf_exp2(vf_sub(h->s[b], top));
        sum = vf_add(sum, h->s[b]);
    }
    if (w->rest > 0) {
        vf e = vf_exp2(vf_sub(h->s[w->blocks], top));
        h->s[w->blocks] = _mm512_maskz_mov_ps(w->live, e);
        sum = vf_add(sum, h->s[w->blocks]);
    }
    NARROW_ALL(vf_add, sum);
    h->sum = sum;
}

KN_INLINE vf narrow_weights(vf s, size_t position)
{
    return _mm512_permutexvar_ps(_mm512_load_si512(narrow_pairs[position]), s);
}

KN_INLINE void narrow_mix(const struct narrow *w, const struct narrow_head *h, float *y)
{
    vf even = vf_set(0), odd = even;
    const float *v = h->v;
    for (size_t b = 0; b < w->blocks; b++)
        UNROLL
    for (size_t i = 0; i < 8; i += 2, v += 2 * LANES) {
        even = vf_fma(narrow_weights(h->s[b], 2 * i), vf_load(v), even);
        odd = vf_fma(narrow_weights(h->s[b], 2 * i + 2), vf_load(v + LANES), odd);
    }
    if (w->rest > 0) {
        vf s = h->s[w->blocks];
        size_t at = w->blocks ? LANES - w->rest : 0, i = 0;
        for (; i + 2 <= w->rest; i += 2, v += LANES)
            even = vf_fma(narrow_weights(s, at + i), vf_load(v), even);
        if (i < w->rest)
            odd = vf_fma(narrow_weights(s, at + i), vf_load_n(v, NARROW_DIMS), odd);
    }
    even = vf_add(even, odd);
    __m256 sum = _mm256_add_ps(_mm512_castps512_ps256(even), _mm512_extractf32x8_ps(even, 1));
    _mm256_storeu_ps(y, _mm256_div_ps(sum, _mm512_castps512_ps256(h->sum)));
}

static bool is_narrow(const struct kn_attention *a)
{
    size_t seen = a->past + a->tokens, group = a->kv_heads ? a->heads / a->kv_heads : 1;
    return a->head_dim == NARROW_DIMS && a->position_stride == NARROW_DIMS * sizeof(float) &&
           seen <= (a->tokens * group <= NARROW_FEW ? NARROW_SEEN : NARROW_LONG) && !(a->window && seen > a->window);
}

/* Heads [head, head + n) of a token, n <= NARROW_HEADS. */
static void attend_heads(const struct kn_attention *a, struct narrow *w, size_t token, size_t head, size_t n)
{
    const float log2e = 0x1.715476p+0f;
    size_t group = a->heads / a->kv_heads, at = (token * a->heads + head) * NARROW_DIMS, kv = head / group;
    for (size_t h = 0, of = head % group; h < n; h++, of++) {
        kv += of == group;
        of = of == group ? 0 : of;
        w->heads[h].k = (const float *)(const void *)((const char *)a->k + kv * a->head_stride);
        w->heads[h].v = (const float *)(const void *)((const char *)a->v + kv * a->head_stride);
        narrow_score(w, &w->heads[h], a->q + at + h * NARROW_DIMS, a->scale * log2e);
    }
    for (size_t h = 0; h < n; h++)
        narrow_soften(w, &w->heads[h]);
    for (size_t h = 0; h < n; h++)
        narrow_mix(w, &w->heads[h], a->y + at + h * NARROW_DIMS);
}

static void attend_narrow(const struct kn_attention *a)
{
    const __m512i places = _mm512_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15);
    struct narrow w;
    for (size_t t = 0; t < a->tokens; t++) {
        size_t seen = a->past + t + 1;
        w.blocks = seen / LANES;
        w.rest = seen % LANES;
        w.from = w.blocks ? seen - LANES : 0;
        __m512i bound = _mm512_set1_epi32(w.blocks ? LANES - (int)w.rest : (int)w.rest);
        w.live = w.blocks ? _mm512_cmpge_epi32_mask(places, bound) : _mm512_cmplt_epi32_mask(places, bound);
        for (size_t h = 0; h < a->head_count; h += NARROW_HEADS) {
            size_t left = a->head_count - h;
            attend_heads(a, &w, t, a->head_begin + h, left < NARROW_HEADS ? left : NARROW_HEADS);
        }
    }
}

#endif
