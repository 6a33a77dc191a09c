/*
 * y[M,N] = x[M,K] w[N,K]^T. The includer has a vec.h and defines NAME and NAME_WORK, TILES(X) as X(1) ... X(MR), and
 * the shape of the two inner kernels:
 *   MR            rows of x in a tile, against 2 LANES rows of w
 *   DOT_N1..4     rows of w at once against 1..4 rows of x, where M is small
 *
 * Small M (decoding) reads w once, as it lies: each vector along K meets the same vector of a few rows of x, and the
 * sums are folded at the end. For larger M, blocks of both are packed (after Goto and van de Geijn, "Anatomy of
 * high-performance matrix multiplication", 2008): x in panels of up to MR rows, [kc][mr], that stay in L1; w in panels
 * of NR rows, [kc][NR], a block of them in L2; the tile multiplies one by one and keeps its MR x NR sums in registers.
 */
#include <kn/ops.h>

#include <stdbool.h>

#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

enum {
    NR = 2 * LANES,
    KC = 384,  /* MR * KC floats of x fill two thirds of L1 */
    NC = 256,  /* KC * NC floats of w: 384 KiB of L2 */
    MC = 1024, /* rows of x packed at once */
    SMALL_M = 8,
    LINE = 16, /* floats */
};

static size_t at_most(size_t n, size_t limit)
{
    return n < limit ? n : limit;
}

/* Splits n into equal parts of at most `limit` and returns their size, a multiple of `grain` but for the last part. */
static size_t even_part(size_t n, size_t limit, size_t grain)
{
    size_t parts = (n + limit - 1) / limit;
    size_t part = parts ? (n + parts - 1) / parts : 0;
    return at_most((part + grain - 1) / grain * grain, limit);
}

/* mr rows of x against nr rows of w, both constants where it is inlined. */
KN_INLINE void dots(const size_t mr, const size_t nr, const struct kn_matmul *a, size_t m, size_t n)
{
    const float *x = a->x + m * a->k, *w = (const float *)a->w + n * a->k;
    size_t ld = a->k, k = 0;
    size_t ahead = n + 2 * nr <= a->n ? nr * ld : 0; /* the rows that come next */
    vf sums[4][8];
    UNROLL
    for (size_t i = 0; i < mr; i++)
        UNROLL
    for (size_t j = 0; j < nr; j++)
        sums[i][j] = vf_set(0);
    for (; k + LANES <= ld; k += LANES) {
        if (k % LINE == 0) {
            UNROLL
            for (size_t j = 0; j < nr; j++)
                __builtin_prefetch(w + j * ld + k + ahead, 0, 2); /* into L2: it is used a whole row from now */
        }
        UNROLL
        for (size_t j = 0; j < nr; j++) {
            vf wj = vf_load(w + j * ld + k);
            UNROLL
            for (size_t i = 0; i < mr; i++)
                sums[i][j] = vf_fma(vf_load(x + i * ld + k), wj, sums[i][j]);
        }
    }
    if (k < ld) {
        UNROLL
        for (size_t j = 0; j < nr; j++) {
            vf wj = vf_load_n(w + j * ld + k, ld - k);
            UNROLL
            for (size_t i = 0; i < mr; i++)
                sums[i][j] = vf_fma(vf_load_n(x + i * ld + k, ld - k), wj, sums[i][j]);
        }
    }
    UNROLL
    for (size_t i = 0; i < mr; i++)
        UNROLL
    for (size_t j = 0; j < nr; j++)
        a->y[(m + i) * a->ldy + n + j] = vf_sum(sums[i][j]);
}

/* All rows of w against mr rows of x, nr at a time. */
KN_INLINE void dots_rows(const size_t mr, const size_t nr, const struct kn_matmul *a, size_t m)
{
    size_t n = 0;
    for (; n + nr <= a->n; n += nr)
        dots(mr, nr, a, m, n);
    for (; n < a->n; n++)
        dots(mr, 1, a, m, n);
}

static void matmul_small(const struct kn_matmul *a)
{
    size_t m = 0;
    for (; m + 4 <= a->m; m += 4)
        dots_rows(4, DOT_N4, a, m);
    switch (a->m - m) {
    case 3:
        dots_rows(3, DOT_N3, a, m);
        break;
    case 2:
        dots_rows(2, DOT_N2, a, m);
        break;
    case 1:
        dots_rows(1, DOT_N1, a, m);
        break;
    }
}

/* One tile: what it multiplies and where the sums go. */
struct tile {
    const float *x; /* [kc][mr] */
    const float *w; /* [kc][NR] */
    size_t kc;
    float *y; /* [mr][ldy], n <= NR columns of it */
    size_t ldy, n;
    bool add; /* to what y holds */
};

/* Row i of the tile goes to y; masked stores are slow on some machines and serve the last columns only. */
KN_INLINE void tile_store(const struct tile *t, size_t i, vf left, vf right)
{
    float *y = t->y + i * t->ldy;
    if (t->n == NR) {
        vf_store(y, t->add ? vf_add(left, vf_load(y)) : left);
        vf_store(y + LANES, t->add ? vf_add(right, vf_load(y + LANES)) : right);
        return;
    }
    size_t n0 = at_most(t->n, LANES), n1 = t->n - n0;
    vf_store_n(y, t->add ? vf_add(left, vf_load_n(y, n0)) : left, n0);
    vf_store_n(y + n0, t->add ? vf_add(right, vf_load_n(y + n0, n1)) : right, n1);
}

/* mr is a constant where this is inlined: 2 mr sums in registers. */
KN_INLINE void tile_multiply(const size_t mr, const struct tile *t)
{
    vf sums[MR][2];
    UNROLL
    for (size_t i = 0; i < mr; i++)
        sums[i][0] = sums[i][1] = vf_set(0);
    const float *x = t->x, *w = t->w;
    for (size_t k = 0; k < t->kc; k++, x += mr, w += NR) {
        vf w0 = vf_load(w), w1 = vf_load(w + LANES);
        UNROLL
        for (size_t i = 0; i < mr; i++) {
            vf xi = vf_set(x[i]);
            sums[i][0] = vf_fma(xi, w0, sums[i][0]);
            sums[i][1] = vf_fma(xi, w1, sums[i][1]);
        }
    }
    UNROLL
    for (size_t i = 0; i < mr; i++)
        tile_store(t, i, sums[i][0], sums[i][1]);
}

#define TILE(mr)                                                                                                       \
    static void tile_##mr(const struct tile *t)                                                                        \
    {                                                                                                                  \
        tile_multiply(mr, t);                                                                                          \
    }
TILES(TILE)
#undef TILE

static void (*const tiles[MR])(const struct tile *t) = {
#define TILE(mr) tile_##mr,
    TILES(TILE)
#undef TILE
};

/* Transposes `rows` <= LANES rows of `src` from column k on, kc of them, to [kc][ld]; zeros for the rows that lack.
 * Writes whole vectors in rising order: what runs over the end of a row is overwritten by the next, and LANES floats of
 * slack follow the last. */
static void pack_rows(const float *src, size_t ld_src, size_t rows, size_t kc, float *dst, size_t ld)
{
    for (size_t k = 0; k < kc; k += LANES) {
        size_t n = at_most(kc - k, LANES);
        vf r[LANES];
        UNROLL
        for (size_t i = 0; i < LANES; i++)
            r[i] = i < rows ? vf_load_n(src + i * ld_src + k, n) : vf_set(0);
        vf_transpose(r);
        UNROLL
        for (size_t i = 0; i < LANES; i++)
            if (i < n)
                vf_store(dst + (k + i) * ld, r[i]);
    }
}

/* A block of w: n rows from `src` on, in panels of NR. */
static void pack_w(const float *src, size_t ld_src, size_t n, size_t kc, float *dst)
{
    size_t padded = (n + NR - 1) / NR * NR;
    for (size_t j = 0; j < padded; j += LANES) {
        size_t rows = j < n ? at_most(n - j, LANES) : 0;
        pack_rows(rows ? src + j * ld_src : src, ld_src, rows, kc, dst + j / NR * NR * kc + j % NR, NR);
    }
}

/* Rows of x in panels of nearly equal height: panel p of `panels` begins at this row. */
static size_t panel_begin(size_t m, size_t panels, size_t p)
{
    return m / panels * p + at_most(p, m % panels);
}

static void pack_x(const float *src, size_t ld_src, size_t m, size_t panels, size_t kc, float *dst)
{
    for (size_t p = 0; p < panels; p++) {
        size_t begin = panel_begin(m, panels, p), mr = panel_begin(m, panels, p + 1) - begin;
        pack_rows(src + begin * ld_src, ld_src, mr, kc, dst + begin * kc, mr);
    }
}

/* The packed blocks of one step, and the block of y that they make. */
struct block {
    const float *x, *w;
    size_t m, panels, n, kc;
    float *y;
    size_t ldy;
    bool add;
};

static void block_multiply(const struct block *b)
{
    for (size_t p = 0; p < b->panels; p++) {
        size_t begin = panel_begin(b->m, b->panels, p), mr = panel_begin(b->m, b->panels, p + 1) - begin;
        struct tile t = { .x = b->x + begin * b->kc, .kc = b->kc, .ldy = b->ldy, .add = b->add };
        for (size_t j = 0; j < b->n; j += NR) {
            t.w = b->w + j * b->kc;
            t.y = b->y + begin * b->ldy + j;
            t.n = at_most(b->n - j, NR);
            tiles[mr - 1](&t);
        }
    }
}

/* Floats of packed x and w, LANES of slack behind x included. They never grow when a problem is split. */
static size_t packed_x(size_t m, size_t k)
{
    return at_most(m, MC) * at_most((k + NR - 1) / NR * NR, KC) + NR;
}

static size_t packed_w(size_t n, size_t k)
{
    return at_most((n + NR - 1) / NR * NR, NC) * at_most((k + NR - 1) / NR * NR, KC);
}

size_t NAME_WORK(const struct kn_dims *d)
{
    return d->m <= SMALL_M ? 0 : (packed_x(d->m, d->k) + packed_w(d->n, d->k)) * sizeof(float);
}

static void matmul_packed(const struct kn_matmul *a)
{
    size_t mc = even_part(a->m, MC, 1), kc = even_part(a->k, KC, LANES);
    float *xp = a->work, *wp = xp + packed_x(a->m, a->k);
    for (size_t m = 0; m < a->m; m += mc)
        for (size_t k = 0; k < a->k; k += kc) {
            struct block b = { .x = xp, .w = wp, .ldy = a->ldy, .add = k > 0 };
            b.m = at_most(a->m - m, mc);
            b.kc = at_most(a->k - k, kc);
            b.panels = (b.m + MR - 1) / MR;
            pack_x(a->x + m * a->k + k, a->k, b.m, b.panels, b.kc, xp);
            for (size_t n = 0; n < a->n; n += NC) {
                b.n = at_most(a->n - n, NC);
                pack_w((const float *)a->w + n * a->k + k, a->k, b.n, b.kc, wp);
                b.y = a->y + m * a->ldy + n;
                block_multiply(&b);
            }
        }
}

void NAME(const struct kn_matmul *a)
{
    if (a->m <= SMALL_M || a->k == 0)
        matmul_small(a);
    else
        matmul_packed(a);
}
