#include "models/arch/convert.h"

#include <lm/file.h>

#include <kn/registry.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/pool.h"
#include "framework/base/rng.h"

enum {
    ROWS = 16, /* a thread's part is a multiple of it */
    PIECE = 4 << 20
};

struct job {
    const struct lm_tensor *from;
    struct lm_matrix to;
    const struct kn_kernel *encoder;
    const struct lm_matrix *rows; /* to be drawn from, or NULL */
    char *data;
    float middle, range;
    uint64_t seed;
    atomic_bool damaged, failed;
};

struct copying {
    const struct lm_file *file;
    const struct lm_tensor *from;
    char *data;
    atomic_size_t next;
    atomic_bool failed;
};

const struct kn_kernel *lm_encoder(enum kn_type type)
{
    return kn_best(KN_OP_quantise, type, tare_cpu_levels());
}

void lm_encode_row(const struct kn_kernel *encoder, const float *x, void *row, size_t n)
{
    kn_call(encoder, &(union kn_args){ .rows = { .x = x, .y = row, .rows = 1, .cols = n } });
}

/* A block at a time, which compilers turn into vectors: the exponent of what is no number, or infinite, is all ones. */
bool lm_all_finite(const float *x, size_t n)
{
    enum { BLOCK = 16, SIGN = 0x7fffffff, LARGEST = 0x7f7fffff };
    int32_t bits[BLOCK] = { 0 }, bad[BLOCK] = { 0 }, any = 0;
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t have = n - i < BLOCK ? n - i : BLOCK;
        if (have == BLOCK)
            memcpy(bits, x + i, sizeof bits);
        else
            memcpy(bits, x + i, have * sizeof *bits); /* the rest was looked at before */
        for (size_t j = 0; j < BLOCK; j++)
            bad[j] |= (bits[j] & SIGN) > LARGEST ? -1 : 0;
    }
    for (size_t j = 0; j < BLOCK; j++)
        any |= bad[j];
    return any == 0;
}

static void convert_rows(void *ctx, int thread, int n_threads)
{
    struct job *j = ctx;
    size_t begin, end, bytes = kn_row_bytes(j->to.type, j->to.cols);
    tare_pool_split(j->to.rows, ROWS, thread, n_threads, &begin, &end);
    float *x = tare_alloc(j->to.cols * sizeof *x);
    if (!x) {
        atomic_store(&j->failed, true);
        return;
    }
    for (size_t r = begin; r < end; r++) {
        lm_tensor_row(j->from, r, x);
        if (!lm_all_finite(x, j->to.cols))
            atomic_store(&j->damaged, true);
        if (j->data)
            lm_encode_row(j->encoder, x, j->data + r * bytes, j->to.cols);
    }
    free(x);
}

static int run(struct job *j, void (*task)(void *ctx, int thread, int n_threads), struct tare_pool *pool)
{
    j->encoder = lm_encoder(j->to.type);
    if (pool)
        tare_pool_run(pool, task, j);
    else
        task(j, 0, 1);
    return atomic_load(&j->failed) ? tare_fail(TARE_ENOMEM, "out of memory: a row of weights") : TARE_OK;
}

int lm_convert(const struct lm_tensor *from, enum kn_type type, void *data, struct tare_pool *pool, bool *damaged)
{
    struct job j = { .from = from, .data = data };
    j.to = (struct lm_matrix){ .type = type, .rows = lm_tensor_rows(from), .cols = from->dims[from->n_dims - 1] };
    int rc = run(&j, convert_rows, pool);
    *damaged = atomic_load(&j.damaged);
    return rc;
}

/* Threads take pieces in turns, whole huge pages each, so that the file is read nearly in order. */
static void copy_pieces(void *ctx, int thread, int n_threads)
{
    (void)thread;
    (void)n_threads;
    struct copying *c = ctx;
    for (size_t at; (at = atomic_fetch_add(&c->next, PIECE)) < c->from->bytes && !atomic_load(&c->failed);) {
        size_t n = c->from->bytes - at < PIECE ? c->from->bytes - at : PIECE;
        if (lm_file_copy(c->file, c->from, at, n, c->data + at))
            atomic_store(&c->failed, true);
    }
}

int lm_copy(const struct lm_file *f, const struct lm_tensor *from, void *data, struct tare_pool *pool)
{
    struct copying c = { .file = f, .from = from, .data = data };
    if (pool)
        tare_pool_run(pool, copy_pieces, &c);
    else
        copy_pieces(&c, 0, 1);
    if (atomic_load(&c.failed)) /* what the thread said is its own */
        return tare_fail(TARE_EIO, "%s: tensor '%s': cannot be read", lm_file_path(f), from->name);
    return TARE_OK;
}

static void random_row(struct tare_rng *rng, const struct job *j, float *x)
{
    for (size_t i = 0; i < j->to.cols; i += 2) {
        uint64_t bits = tare_rng_u64(rng);
        x[i] = j->middle + j->range * ((float)(bits >> 40) * 0x1p-23f - 1);
        if (i + 1 < j->to.cols)
            x[i + 1] = j->middle + j->range * ((float)(bits & 0xffffff) * 0x1p-23f - 1);
    }
}

/* Rows have seeds of their own, so that threads do not change them. */
static void fill_rows(void *ctx, int thread, int n_threads)
{
    struct job *j = ctx;
    size_t bytes = kn_row_bytes(j->to.type, j->to.cols), begin, end;
    tare_pool_split(j->to.rows, ROWS, thread, n_threads, &begin, &end);
    float *x = tare_alloc(j->to.cols * sizeof *x);
    struct tare_rng rng;
    if (!x) {
        atomic_store(&j->failed, true);
        return;
    }
    for (size_t r = begin; r < end; r++) {
        tare_rng_seed(&rng, j->seed + r);
        if (j->rows) {
            size_t from = tare_rng_below(&rng, j->rows->rows);
            memcpy(j->data + r * bytes, (const char *)j->rows->data + from * bytes, bytes);
        } else {
            random_row(&rng, j, x);
            lm_encode_row(j->encoder, x, j->data + r * bytes, j->to.cols);
        }
    }
    free(x);
}

int lm_fill(const struct lm_matrix *w, void *data, float middle, float range, uint64_t seed, struct tare_pool *pool)
{
    struct job j = { .to = *w, .data = data, .middle = middle, .range = range, .seed = seed };
    return run(&j, fill_rows, pool);
}

int lm_fill_from(const struct lm_matrix *w, void *data, const struct lm_matrix *rows, uint64_t seed,
                 struct tare_pool *pool)
{
    struct job j = { .to = *w, .data = data, .rows = rows, .seed = seed };
    return run(&j, fill_rows, pool);
}
