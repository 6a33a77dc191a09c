#include "models/arch/convert.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/pool.h"
#include "framework/base/rng.h"

struct job {
    const struct lm_matrix *from; /* NULL: random */
    const struct lm_matrix *to;   /* NULL: nothing is written */
    char *data;
    bool transposed;
    float middle, range;
    uint64_t seed;
    atomic_size_t bad;
    atomic_bool failed;
};

static void note_damage(struct job *j, size_t row, const float *x, size_t n)
{
    float sum = 0; /* of what is 0 for a number, and NaN for all else */
    for (size_t i = 0; i < n; i++)
        sum += x[i] - x[i];
    if (sum == 0)
        return;
    size_t known = atomic_load(&j->bad);
    while (row < known && !atomic_compare_exchange_weak(&j->bad, &known, row))
        ;
}

/* Row `row` of a matrix that lies transposed: a column of elements. */
static void gather_column(const struct lm_matrix *w, size_t row, float *x)
{
    size_t step = kn_row_bytes(w->type, w->rows), element = kn_row_bytes(w->type, 1);
    for (size_t i = 0; i < w->cols; i++)
        kn_decode_row(w->type, (const char *)w->data + i * step + row * element, &x[i], 1);
}

static void convert_rows(void *ctx, int thread, int n_threads)
{
    struct job *j = ctx;
    const struct lm_matrix *shape = j->from;
    size_t begin, end;
    tare_pool_split(shape->rows, 16, thread, n_threads, &begin, &end);
    float *x = begin < end ? tare_alloc(shape->cols * sizeof *x) : NULL;
    if (begin < end && !x) {
        atomic_store(&j->failed, true);
        return;
    }
    for (size_t r = begin; r < end; r++) {
        if (j->transposed)
            gather_column(j->from, r, x);
        else
            kn_decode_row(shape->type, (const char *)shape->data + r * kn_row_bytes(shape->type, shape->cols), x,
                          shape->cols);
        note_damage(j, r, x, shape->cols);
        if (j->to)
            kn_encode_row(j->to->type, x, j->data + r * kn_row_bytes(j->to->type, j->to->cols), j->to->cols);
    }
    free(x);
}

static int run(struct job *j, void (*task)(void *ctx, int thread, int n_threads), struct tare_pool *pool)
{
    if (pool)
        tare_pool_run(pool, task, j);
    else
        task(j, 0, 1);
    return atomic_load(&j->failed) ? tare_fail(TARE_ENOMEM, "out of memory: a row of weights") : TARE_OK;
}

int lm_convert(const struct lm_matrix *from, const struct lm_matrix *to, void *data, bool transposed,
               struct tare_pool *pool, size_t *bad)
{
    struct job j = { .from = from, .to = to, .data = data, .transposed = transposed, .bad = from->rows };
    int rc = run(&j, convert_rows, pool);
    *bad = atomic_load(&j.bad);
    return rc;
}

int lm_find_damage(const struct lm_matrix *w, struct tare_pool *pool, size_t *bad)
{
    return lm_convert(w, NULL, NULL, false, pool, bad);
}

/* Quantising takes long: this many rows are made, and then repeated in a random order. */
enum { PATTERNS = 64 };

static void random_row(struct tare_rng *rng, const struct job *j, float *x)
{
    for (size_t i = 0; i < j->to->cols; i += 2) {
        uint64_t bits = tare_rng_u64(rng);
        x[i] = j->middle + j->range * ((float)(bits >> 40) * 0x1p-23f - 1);
        if (i + 1 < j->to->cols)
            x[i + 1] = j->middle + j->range * ((float)(bits & 0xffffff) * 0x1p-23f - 1);
    }
}

/* Rows have seeds of their own, so that threads do not change them. */
static void fill_rows(void *ctx, int thread, int n_threads)
{
    struct job *j = ctx;
    size_t bytes = kn_row_bytes(j->to->type, j->to->cols), begin, end;
    bool repeat = kn_type_block(j->to->type) > 1;
    tare_pool_split(j->to->rows, 16, thread, n_threads, &begin, &end);
    if (begin == end)
        return;
    float *x = tare_alloc(j->to->cols * sizeof *x);
    char *patterns = tare_alloc(repeat ? PATTERNS * bytes : 0);
    struct tare_rng rng;
    if (!x || !patterns) {
        atomic_store(&j->failed, true);
        goto done;
    }
    for (size_t p = 0; repeat && p < PATTERNS && p < j->to->rows; p++) {
        tare_rng_seed(&rng, j->seed + p);
        random_row(&rng, j, x);
        kn_encode_row(j->to->type, x, patterns + p * bytes, j->to->cols);
    }
    for (size_t r = begin; r < end; r++) {
        tare_rng_seed(&rng, j->seed + r);
        if (repeat) {
            size_t p = r < PATTERNS ? r : tare_rng_below(&rng, PATTERNS);
            memcpy(j->data + r * bytes, patterns + p * bytes, bytes);
        } else {
            random_row(&rng, j, x);
            kn_encode_row(j->to->type, x, j->data + r * bytes, j->to->cols);
        }
    }
done:
    free(patterns);
    free(x);
}

int lm_fill(const struct lm_matrix *w, void *data, float middle, float range, uint64_t seed, struct tare_pool *pool)
{
    struct job j = { .to = w, .data = data, .middle = middle, .range = range, .seed = seed };
    return run(&j, fill_rows, pool);
}
