#include <string.h>
#include <time.h>

#include "benches/roofs/roofs.h"
#include "framework/base/error.h"
#include "framework/base/pool.h"

enum { TRIALS = 4, TRIAL_SHARE = 4 /* of an iteration */ };

/* What no thread writes while another reads it, but for `place`: each thread's own. */
struct fixture {
    struct roof roof;
    struct roof_walk whole; /* all arrays, over all threads; bytes of one array of one thread */
    roof_walk_fn *walk;
    size_t stretch; /* bytes of each array that the next iteration walks through, of a thread */
    size_t window;  /* at a time */
    size_t place;   /* where in a thread's part it begins: the same for all */
    struct tare_pool *pool;
    struct {
        float acc[ROOF_MOST_FLOATS];
        uint8_t a[64];
        int8_t b[64];
    } numbers;
};

/* Into how many arrays the bytes of a level are divided. */
static size_t arrays_of(const struct roof *r)
{
    static const size_t arrays[ROOF_OPS] = { [ROOF_READ] = 1, [ROOF_ADD] = 3, [ROOF_COPY] = 2, [ROOF_FILL] = 1 };
    bool written_too = r->op == ROOF_ADD || r->op == ROOF_COPY;
    return arrays[r->op] - (r->in_memory && written_too);
}

uint64_t roof_rounds(const struct roof *r)
{
    return (uint64_t)1 << (r->isa->level ? 16 : 15);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Bytes of each array that a thread walks through in an iteration: some 0.2 ms, so that a pool's start and end weigh
 * little, and most samples lie between two switches to another process on a machine that is not ours alone. */
static size_t stretch_wanted(const struct roof *r)
{
    enum { IN_L1 = 64 << 10, IN_L2 = 1 << 20 }; /* of all arrays of a thread */
    static const size_t arrays[ROOF_OPS] = { [ROOF_READ] = 1, [ROOF_ADD] = 3, [ROOF_COPY] = 2, [ROOF_FILL] = 1 };
    size_t held = r->bytes / r->n_threads;
    size_t moved = (size_t)(held <= IN_L1 ? 64 : held <= IN_L2 ? 24 : 8) << 20;
    return moved / arrays[r->op] / ROOF_GRAIN * ROOF_GRAIN;
}

static size_t share_of(const struct roof *r)
{
    size_t share = r->bytes / r->n_threads / arrays_of(r) / ROOF_GRAIN * ROOF_GRAIN;
    return share ? share : ROOF_GRAIN;
}

size_t roof_part(const struct roof *r)
{
    size_t share = share_of(r), stretch = stretch_wanted(r);
    return share <= stretch ? share : share / stretch * stretch;
}

size_t roof_stretch(const struct roof *r)
{
    size_t part = roof_part(r), stretch = stretch_wanted(r);
    return part <= stretch ? stretch / part * part : stretch;
}

static void walk_part(void *ctx, int thread, int n_threads)
{
    (void)n_threads;
    const struct fixture *f = ctx;
    size_t at = (size_t)thread * f->whole.bytes + f->place;
    struct roof_walk w = f->whole;
    w.y += at;
    w.a += at;
    w.b += at;
    w.bytes = f->window;
    w.passes = f->stretch / f->window;
    uint64_t sum = f->walk(&w);
    tare_use(sum);
}

static void compute_part(void *ctx, int thread, int n_threads)
{
    (void)thread, (void)n_threads;
    const struct fixture *f = ctx;
    const struct roof_isa *isa = f->roof.isa;
    union {
        float f[ROOF_MOST_FLOATS];
        int32_t i[ROOF_MOST_FLOATS];
    } acc;
    if (f->roof.op == ROOF_FMA_F32) {
        memcpy(acc.f, f->numbers.acc, sizeof acc.f);
        isa->fma(acc.f, 0.5f, 1, roof_rounds(&f->roof)); /* stays within [1, 2] */
    } else {
        memset(acc.i, 0, sizeof acc.i);
        isa->dot(acc.i, f->numbers.a, f->numbers.b, roof_rounds(&f->roof));
    }
    tare_use(&acc);
}

static void all(struct fixture *f, void (*part)(void *ctx, int thread, int n_threads))
{
    if (f->pool)
        tare_pool_run(f->pool, part, f);
    else
        part(f, 0, 1);
}

/* The next stretch of the parts. A part larger than it is gone through from end to end before a byte comes again. */
static void walk_on(struct fixture *f, size_t stretch)
{
    f->stretch = stretch;
    f->window = least(stretch, f->whole.bytes);
    if (f->place + f->window > f->whole.bytes)
        f->place = 0;
    all(f, walk_part);
    f->place += f->window;
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The fastest way of all that the instruction set has for the operation. */
static void choose(struct fixture *f, size_t stretch)
{
    int64_t best_ns = INT64_MAX;
    roof_walk_fn *best = NULL;
    for (size_t i = 0; i < f->roof.isa->n_patterns * TRIALS; i++) {
        const struct roof_pattern *p = &f->roof.isa->patterns[i / TRIALS];
        if (p->op != f->roof.op)
            continue;
        f->walk = p->walk;
        int64_t begin = now_ns();
        walk_on(f, stretch / TRIAL_SHARE / ROOF_GRAIN * ROOF_GRAIN);
        int64_t ns = now_ns() - begin;
        if (ns < best_ns) {
            best_ns = ns;
            best = p->walk;
        }
    }
    f->walk = best; /* the samples begin where this ended: what was tried is in the caches now */
}

/* Words of all values, so that what a walk returns tells whether each was read; as floats they are ordinary numbers. */
static void fill(void *dst, size_t bytes, const void *ctx)
{
    (void)ctx;
    uint32_t *p = dst;
    for (size_t i = 0; i < bytes / sizeof *p; i++)
        p[i] = 0x3f800000u | ((uint32_t)i * 2654435761u >> 9); /* from 1 to 2 */
}

static int bind_memory(struct fixture *f, const struct tare_host *host)
{
    const struct roof *r = &f->roof;
    size_t part = roof_part(r), array = part * r->n_threads, arrays = arrays_of(r);
    f->whole.bytes = part;
    f->whole.y = NULL;
    f->whole.a = f->whole.b = NULL;
    if (r->op != ROOF_FILL) {
        const char *in =
            host->input(host, "roofs/words", r->bytes > arrays * array ? r->bytes : arrays * array, fill, NULL);
        if (!in)
            return -1;
        f->whole.a = in;
        f->whole.b = in + (r->op == ROOF_ADD ? array : 0);
    }
    if (r->op != ROOF_READ && !(f->whole.y = host->scratch(host, array)))
        return -1;
    if (!f->whole.y)
        f->whole.y = (char *)f->whole.a; /* not written */
    if (!f->whole.a)
        f->whole.a = f->whole.b = f->whole.y; /* not read */
    return 0;
}

static void set_numbers(struct fixture *f)
{
    for (int i = 0; i < ROOF_MOST_FLOATS; i++)
        f->numbers.acc[i] = 1 + (float)i / ROOF_MOST_FLOATS;
    for (int i = 0; i < 64; i++) {
        f->numbers.a[i] = (uint8_t)(i % 7);
        f->numbers.b[i] = (int8_t)(i % 5 - 2);
    }
}

int roof_setup(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    struct fixture *f = host->alloc(host, sizeof *f);
    if (!f)
        return -1;
    roof_of_case(&f->roof, c, host);
    const struct roof *r = &f->roof;
    if (r->bytes > 0 && bind_memory(f, host) != 0)
        return -1;
    if (r->n_threads > 1 && tare_pool_create(&f->pool, (int)r->n_threads, host->cpus) != 0)
        return host->fail(host, "%s", tare_error());
    set_numbers(f);
    if (r->pattern)
        f->walk = r->pattern->walk;
    else if (r->bytes > 0)
        choose(f, roof_stretch(r));
    *fixture = f;
    return 0;
}

void roof_run(void *fixture, const struct tare_loop *loop)
{
    struct fixture *f = fixture;
    size_t stretch = f->roof.bytes ? roof_stretch(&f->roof) : 0;
    for (uint64_t i = 0; i < loop->iters; i++) {
        if (stretch)
            walk_on(f, stretch);
        else
            all(f, compute_part);
    }
}

void roof_teardown(void *fixture)
{
    struct fixture *f = fixture;
    tare_pool_free(f->pool);
}
