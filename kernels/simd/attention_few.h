/*
 * Attention of few tokens (decoding): reads the cache once for all heads of a group, as it lies. For a file that has
 * included a vec.h and the row_<type>.h of the cache, and has defined COLUMNS, vectors of a row of values taken at
 * once. Where QUADS names a file, four heads meet sixteen keys at a time as that has it.
 */
#ifndef KN_SIMD_ATTENTION_FEW_H
#define KN_SIMD_ATTENTION_FEW_H

#include <math.h>
#include <stdbool.h>

#include "kernels/simd/attention_rows.h"
#include "kernels/simd/unroll.h"

enum {
    HEADS = 4,       /* of a group that meet the cache at once */
    MAX_DIMS = 256,  /* of a head */
    FEW_KEYS = 128,  /* positions in a block */
    STREAMS = 4,     /* parts of the next block's keys, and of its values, that are fetched side by side */
    TURN = 16,       /* positions during which two rows of each are fetched */
    LINE = 64,       /* of the data cache, in bytes */
    SHORT = 8192,    /* bytes of keys that need no fetching */
    MIXED_DIMS = 64, /* of a head that QUADS knows */
};

/* Rows to be fetched into L2 while the block before them is worked on: of several streams side by side, each in a page
 * of its own, memory delivers more than of one. */
struct ahead {
    const char *k, *v;
    size_t at[2 * STREAMS]; /* where a turn's rows are, in bytes from k and v: one of each stream, then the next */
    size_t left;            /* rows of a stream */
    size_t bytes, stride;   /* of a row, in whole lines; and to the next */
};

/* One token's heads of one group, and the positions that they meet together. Scores lie as [position][head]. */
struct few {
    const struct kn_attention *a;
    size_t kv_head, end; /* the KV head, and the one before which the call ends */
    size_t first, n;     /* positions [first, first + n) */
    size_t seen;         /* positions in all */
    size_t ld;           /* floats from one head of q or y to the next: whole vectors */
    struct ahead ahead;
    vf top, sum;       /* lane i of head i mod heads: a largest score, a sum of weights */
    vf max;            /* a head's in each of its lanes, before this block */
    float keep[LANES]; /* what earlier sums are scaled by */
    float s[HEADS * FEW_KEYS], q[HEADS * MAX_DIMS], y[HEADS * MAX_DIMS];
#ifdef QUADS
    float mixed[4 * HEADS * MIXED_DIMS]; /* q as quad_scores takes it */
#endif
};

/* --- fetching --- */

/* The block that follows, of this KV head or of the next. */
static void look_ahead(struct few *f)
{
    const struct kn_attention *a = f->a;
    struct ahead *ahead = &f->ahead;
    size_t next = f->first + FEW_KEYS, kv_head = f->kv_head, row = ROW_BYTES(a->head_dim);
    if (next >= f->seen) {
        next = 0;
        kv_head++;
    }
    *ahead = (struct ahead){ .k = (const char *)f->q, .v = (const char *)f->q }; /* near anyway */
    if (kv_head >= f->end || f->seen * row <= SHORT)
        return;
    ahead->k = row_at(a, a->k, kv_head, next);
    ahead->v = row_at(a, a->v, kv_head, next);
    ahead->left = (at_most(f->seen - next, FEW_KEYS) + STREAMS - 1) / STREAMS;
    ahead->bytes = (row + LINE / 2) / LINE * LINE;
    ahead->stride = a->position_stride;
    for (size_t i = 0; i < 2 * STREAMS; i++)
        ahead->at[i] = (i % STREAMS * ahead->left + i / STREAMS) * a->position_stride;
}

/* The i-th of 2 STREAMS rows of keys, and of values, that go with a turn: `bytes` of each. */
KN_INLINE void fetch_bytes(const struct ahead *ahead, size_t i, size_t bytes)
{
    if (bytes == 0)
        return;
    const char *k = ahead->k + ahead->at[i], *v = ahead->v + ahead->at[i];
    __builtin_prefetch(k, 0, 2);
    __builtin_prefetch(v, 0, 2);
    for (size_t b = LINE; b < bytes; b += LINE) {
        __builtin_prefetch(k + b, 0, 2);
        __builtin_prefetch(v + b, 0, 2);
    }
}

KN_INLINE void fetch(const struct ahead *ahead, size_t i)
{
    fetch_bytes(ahead, i, ahead->bytes);
}

/* A turn's rows are: on to those of the next, or to the last ones again. */
KN_INLINE void fetched(struct ahead *ahead)
{
    if (ahead->left > 2) {
        ahead->k += 2 * ahead->stride;
        ahead->v += 2 * ahead->stride;
        ahead->left -= 2;
    }
}

#ifdef QUADS
#include QUADS
#endif

/* --- scores --- */

/* As many rows as make LANES scores, of which n are left: the last comes again where there are too few. `heads` is a
 * constant where this is inlined, as everywhere below. */
KN_INLINE void rows_of(const size_t heads, const char *block, size_t stride, size_t n, const char **rows)
{
    const size_t positions = LANES / heads;
    UNROLL
    for (size_t j = 0; j < positions; j++)
        rows[j] = block + at_most(j, n - 1) * stride;
}

/* What they are multiplied by, where the scores stand. */
KN_INLINE vf scales_of(const size_t heads, const char *const *rows)
{
    const size_t positions = LANES / heads;
    vf scales = vf_set(row_scale(rows[0]));
    UNROLL
    for (size_t j = 1; j < positions; j++)
        scales = vf_keep_n(scales, j * heads, vf_set(row_scale(rows[j])));
    return scales;
}

/* What elements d to d + n of the rows, n <= LANES, add to the scores. */
KN_INLINE void score_part(const size_t heads, const struct few *f, const char *const *rows, size_t d, size_t n,
                          vf *sums)
{
    const size_t positions = LANES / heads;
    vf q[HEADS];
    UNROLL
    for (size_t h = 0; h < heads; h++)
        q[h] = vf_load(f->q + h * f->ld + d);
    UNROLL
    for (size_t j = 0; j < positions; j++) {
        vf k = n == LANES ? row_load(rows[j], d) : row_load_n(rows[j], d, n);
        UNROLL
        for (size_t h = 0; h < heads; h++)
            sums[j * heads + h] = vf_fma(q[h], k, sums[j * heads + h]);
    }
}

/* LANES scores s, of which n positions count: the last comes again where there are too few. */
KN_INLINE void score_rows(const size_t heads, struct few *f, float *s, const char *block, size_t n)
{
    size_t d = 0, dims = f->a->head_dim;
    const char *rows[LANES];
    vf sums[LANES];
    rows_of(heads, block, f->a->position_stride, n, rows);
    UNROLL
    for (size_t i = 0; i < LANES; i++)
        sums[i] = vf_set(0);
    for (; d + LANES <= dims; d += LANES)
        score_part(heads, f, rows, d, LANES, sums);
    if (d < dims)
        score_part(heads, f, rows, d, dims - d, sums);
    vf v = vf_sums(sums);
    if (ROW_HAS_SCALE)
        v = vf_mul(v, scales_of(heads, rows));
    f->top = vf_max(f->top, v);
    vf_store(s, v);
}

#ifdef QUADS
KN_INLINE bool in_quads(const size_t heads, const struct few *f)
{
    return heads == HEADS && f->a->head_dim == MIXED_DIMS && f->seen >= TURN;
}

/* Scores of whole turns; returns how many positions they were. A function of its own: registers are scarce. */
static __attribute__((noinline)) size_t score_quads(struct few *f)
{
    const size_t stride = f->a->position_stride;
    const char *rows = row_at(f->a, f->a->k, f->kv_head, f->first);
    vf top = f->top;
    size_t p = 0;
    for (; p + TURN <= f->n; p += TURN, rows += TURN * stride) {
        top = quad_scores(rows, stride, f->mixed, &f->ahead, top, f->s + p * HEADS);
        fetched(&f->ahead);
    }
    f->top = top;
    return p;
}
#endif

/* Scores of all heads, LANES sums at once, which are folded together. */
KN_INLINE void score_block(const size_t heads, struct few *f)
{
    const size_t together = LANES / heads, stride = f->a->position_stride;
    size_t p = 0;
#ifdef QUADS
    if (in_quads(heads, f))
        p = score_quads(f);
#endif
    const char *rows = row_at(f->a, f->a->k, f->kv_head, f->first + p);
    for (; p < f->n; p += together, rows += together * stride) {
        if (together == 1 && p % 2 == 0)
            fetch(&f->ahead, p / 2 % (2 * STREAMS));
        UNROLL
        for (size_t i = 0; i < together / 2; i++)
            fetch(&f->ahead, p / 2 % (2 * STREAMS) + i);
        score_rows(heads, f, f->s + p * heads, rows, f->n - p);
        if (p % TURN + together == TURN)
            fetched(&f->ahead);
    }
}

/* --- weights --- */

/* A head's largest lane in each of its lanes, or the sum of them. */
KN_INLINE vf fold_heads(const size_t heads, vf v, const bool sum)
{
    float lanes[LANES];
    if (heads == 1)
        return vf_set(sum ? vf_sum(v) : vf_largest(v));
    vf_store(lanes, v);
    for (size_t n = LANES / 2; n >= heads; n /= 2)
        for (size_t i = 0; i < n; i++)
            lanes[i] = sum ? lanes[i] + lanes[i + n] : lanes[i] > lanes[i + n] ? lanes[i] : lanes[i + n];
    for (size_t i = heads; i < LANES; i++)
        lanes[i] = lanes[i % heads];
    return vf_load(lanes);
}

/* Scores become weights: powers of two, since q was scaled by log2(e). A head with nothing but -inf has no largest
 * value yet, and keeps its sums. */
KN_INLINE void soften_block(const size_t heads, struct few *f)
{
    size_t n = f->n * heads, i = 0;
    vf max = fold_heads(heads, f->top, false);
    vf shift = vf_where_more(max, vf_set(-INFINITY), max, vf_set(0));
    vf keep = vf_exp2(vf_sub(f->max, shift)), sum = vf_mul(f->sum, keep);
    vf_store(f->keep, keep);
    f->max = f->top = max;
    for (; i + LANES <= n; i += LANES) {
        vf e = vf_exp2(vf_sub(vf_load(f->s + i), shift));
        vf_store(f->s + i, e);
        sum = vf_add(sum, e);
    }
    if (i < n) {
        vf e = vf_keep_n(vf_exp2(vf_sub(vf_load(f->s + i), shift)), n - i, vf_set(0));
        vf_store(f->s + i, e);
        sum = vf_add(sum, e);
    }
    f->sum = sum;
}

/* --- values --- */

/* The scale of each row of v goes to its weight. */
KN_INLINE void scale_weights(const size_t heads, struct few *f)
{
    const size_t together = LANES / heads, stride = f->a->position_stride;
    const char *block = row_at(f->a, f->a->v, f->kv_head, f->first), *rows[LANES];
    for (size_t p = 0; p < f->n; p += together, block += together * stride) {
        rows_of(heads, block, stride, f->n - p, rows);
        vf_store(f->s + p * heads, vf_mul(vf_load(f->s + p * heads), scales_of(heads, rows)));
    }
}

/* What a row adds to the sums of n <= LANES elements from d on or, where n is LANES, of `columns` vectors; s are the
 * weights of the heads. */
KN_INLINE void mix_row(const size_t heads, const size_t columns, const float *s, const char *row, size_t d, size_t n,
                       vf (*sums)[COLUMNS])
{
    vf v[COLUMNS];
    UNROLL
    for (size_t c = 0; c < columns; c++)
        v[c] = n == LANES ? row_load(row, d + c * LANES) : row_load_n(row, d, n);
    UNROLL
    for (size_t h = 0; h < heads; h++) {
        vf w = vf_set(s[h]);
        UNROLL
        for (size_t c = 0; c < columns; c++)
            sums[h][c] = vf_fma(w, v[c], sums[h][c]);
    }
}

/* y = y keep + sum over positions of s v, for the same elements. Every other position has sums of its own where there
 * are registers for them, so that none waits for the one before. */
KN_INLINE void mix_columns(const size_t heads, const size_t columns, struct few *f, size_t d, size_t n)
{
    const size_t apart = columns == 1 ? 2 : 1, stride = f->a->position_stride;
    const char *row = row_at(f->a, f->a->v, f->kv_head, f->first);
    const float *s = f->s;
    vf sums[2][HEADS][COLUMNS];
    UNROLL
    for (size_t h = 0; h < heads; h++)
        UNROLL
    for (size_t c = 0; c < columns; c++) {
        sums[0][h][c] = vf_mul(vf_load(f->y + h * f->ld + d + c * LANES), vf_set(f->keep[h]));
        sums[1][h][c] = vf_set(0);
    }
    size_t left = f->n;
    while (left > 0) {
        size_t twos = at_most(left, TURN) / 2;
        for (size_t i = 0; i < twos; i++, row += 2 * stride, s += 2 * heads) {
            if (d == 0)
                fetch(&f->ahead, i);
            mix_row(heads, columns, s, row, d, n, sums[0]);
            mix_row(heads, columns, s + heads, row + stride, d, n, sums[apart - 1]);
        }
        if (d == 0)
            fetched(&f->ahead);
        left -= 2 * twos;
        if (left == 1) {
            mix_row(heads, columns, s, row, d, n, sums[0]);
            break;
        }
    }
    UNROLL
    for (size_t h = 0; h < heads; h++)
        UNROLL
    for (size_t c = 0; c < columns; c++)
        vf_store(f->y + h * f->ld + d + c * LANES, apart == 2 ? vf_add(sums[0][h][c], sums[1][h][c]) : sums[0][h][c]);
}

KN_INLINE void mix_block(const size_t heads, struct few *f)
{
    size_t d = 0, dims = f->a->head_dim;
    if (ROW_HAS_SCALE)
        scale_weights(heads, f);
    for (; d + COLUMNS * LANES <= dims; d += COLUMNS * LANES)
        mix_columns(heads, COLUMNS, f, d, LANES);
    for (; d + LANES <= dims; d += LANES)
        mix_columns(heads, 1, f, d, LANES);
    if (d < dims)
        mix_columns(heads, 1, f, d, dims - d);
}

/* q, scaled, and nothing summed yet. */
KN_INLINE void begin_few(const size_t heads, const size_t n_heads, struct few *f, const float *q)
{
    const float to_log2 = 0x1.715476p+0f * f->a->scale;
    size_t dims = f->a->head_dim;
    for (size_t h = 0; h < heads; h++)
        for (size_t d = 0; d < f->ld; d += LANES) {
            size_t n = h < n_heads ? at_most(dims - d, LANES) : 0;
            vf_store(f->q + h * f->ld + d, n ? vf_mul(vf_load_n(q + h * dims + d, n), vf_set(to_log2)) : vf_set(0));
            vf_store(f->y + h * f->ld + d, vf_set(0));
        }
    f->max = f->top = vf_set(-INFINITY);
    f->sum = vf_set(0);
}

/* One token, heads [head, head + n_heads) of one group in the place of `heads`; the order of a head's sums depends on
 * `heads` alone. */
KN_INLINE void attend_few(const size_t heads, const size_t n_heads, const struct kn_attention *a, size_t token,
                          size_t head)
{
    struct few f;
    size_t dims = a->head_dim, at = (token * a->heads + head) * dims, group = a->heads / a->kv_heads;
    float sums[LANES];
    f.a = a;
    f.kv_head = head / group;
    f.end = (a->head_begin + a->head_count + group - 1) / group;
    f.seen = a->past + token + 1;
    f.ld = round_up(dims, LANES);
    begin_few(heads, n_heads, &f, a->q + at);
#ifdef QUADS
    if (in_quads(heads, &f))
        quad_queries(f.q, f.ld, f.mixed);
#endif
    for (f.first = 0; f.first < f.seen; f.first += FEW_KEYS) {
        f.n = at_most(f.seen - f.first, FEW_KEYS);
        look_ahead(&f);
        score_block(heads, &f);
        soften_block(heads, &f);
        mix_block(heads, &f);
    }
    vf_store(sums, fold_heads(heads, f.sum, true));
    for (size_t h = 0; h < n_heads; h++) {
        vf whole = vf_set(1 / sums[h]);
        for (size_t d = 0; d < dims; d += LANES)
            vf_store_n(a->y + at + h * dims + d, vf_mul(vf_load(f.y + h * f.ld + d), whole), at_most(dims - d, LANES));
    }
}

#endif
