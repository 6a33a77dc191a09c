/* Cases whose figures are known beforehand: the scale weighs itself. */
#include <stdio.h>
#include <tare/bench.h>
#include <time.h>
#include <unistd.h>

#ifndef SELFCHECK_PLANT_PERCENT
#define SELFCHECK_PLANT_PERCENT 0 /* makes planted/slow=0 slower by so much, so that two builds differ in one case */
#endif

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- nothing at all: the cost of the loop that the others are measured in ---- */

static void run_empty(void *fixture, const struct tare_loop *loop)
{
    (void)fixture;
    for (uint64_t i = 0; i < loop->iters; i++)
        tare_use(i);
}

/* ---- one reading of the system's clock ---- */

static void run_clock(void *fixture, const struct tare_loop *loop)
{
    (void)fixture;
    for (uint64_t i = 0; i < loop->iters; i++) {
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        tare_use(&t);
    }
}

/* ---- a chain of integer operations, each waiting for the one before: time is steps x latency ---- */

static const int64_t busy_steps[] = { 100, 1000, 10000 };

static int setup_busy(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    int64_t *steps = host->alloc(host, sizeof *steps);
    if (!steps)
        return -1;
    *steps = *(const int64_t *)c->arg;
    *fixture = steps;
    return 0;
}

static void run_busy(void *fixture, const struct tare_loop *loop)
{
    int64_t steps = *(const int64_t *)fixture;
    uint64_t x = 1;
    for (uint64_t i = 0; i < loop->iters; i++) {
        for (int64_t k = 0; k < steps; k++) {
            x = x * 0x9e3779b97f4a7c15u;
            x = (x << 13 | x >> 51) + 1;
            tare_hide(x); /* keeps the steps one by one */
        }
    }
    tare_use(x);
}

/* ---- a planted slowdown: x = x/2 + a[k], a chain over an array in L1, longer by exactly the wanted part ---- */

enum {
    PLANTED_STEPS = 2000,             /* about 3 us: divisible, so that half a percent is a whole number of steps */
    PLANTED_MOST = 2 * PLANTED_STEPS, /* the same in every build: two builds share the array */
};
_Static_assert(SELFCHECK_PLANT_PERCENT >= 0 && SELFCHECK_PLANT_PERCENT <= 100, "the array holds twice the steps");

struct planted {
    const char *slow; /* as in the id */
    size_t steps;
};

static const struct planted planted[] = {
    { "0", PLANTED_STEPS + PLANTED_STEPS *SELFCHECK_PLANT_PERCENT / 100 },
    { "0.5", PLANTED_STEPS + PLANTED_STEPS * 5 / 1000 },
    { "1", PLANTED_STEPS + PLANTED_STEPS / 100 },
    { "2", PLANTED_STEPS + PLANTED_STEPS * 2 / 100 },
    { "5", PLANTED_STEPS + PLANTED_STEPS * 5 / 100 },
};

struct planted_fixture {
    const double *a; /* [steps] read-only */
    size_t steps;
};

static void fill_planted(void *dst, size_t bytes, const void *ctx)
{
    (void)ctx;
    double *a = dst;
    for (size_t k = 0; k < bytes / sizeof *a; k++)
        a[k] = 1.0 + (double)(k % 7);
}

static int setup_planted(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    struct planted_fixture *f = host->alloc(host, sizeof *f);
    if (!f)
        return -1;
    f->steps = ((const struct planted *)c->arg)->steps;
    f->a = host->input(host, "selfcheck.planted/4000", PLANTED_MOST * sizeof *f->a, fill_planted, NULL);
    if (!f->a)
        return -1;
    *fixture = f;
    return 0;
}

static void run_planted(void *fixture, const struct tare_loop *loop)
{
    const struct planted_fixture *f = fixture;
    const double *a = f->a;
    size_t steps = f->steps;
    double x = 0;
    for (uint64_t i = 0; i < loop->iters; i++) {
        for (size_t k = 0; k < steps; k++) {
            x = x * 0.5 + a[k];
            tare_hide(x); /* no unrolling: every step costs the same */
        }
    }
    tare_use(x);
}

/* ---- the same from memory: a sum of one word a cache line over a stretch of a buffer far larger than the caches,
 * planted by reading on ---- */

enum {
    PAGE_BYTES = 4096,
    PAGE_WORDS = PAGE_BYTES / sizeof(uint64_t),
    LINE_WORDS = 64 / sizeof(uint64_t),
    AHEAD_WORDS = 2048 / sizeof(uint64_t),
    LEAD_PAGES = 8,      /* read before the clock starts: beginning anew would cost as much as six pages, whatever
                            their number */
    STREAM_PAGES = 400,  /* of slow=0: about 100 us; half a percent is two pages */
    STRIDE_PAGES = 512,  /* from one stretch to the next: each lies within a huge page */
    PLACES = 79,         /* where it begins there, in turn: what a page costs depends on its address, and the pages
                            read beyond slow=0 would always be the same ones */
    LEAST_STRETCHES = 64 /* 128 MiB: what is read again was last read 100 MB ago */
};
_Static_assert(PLACES + LEAD_PAGES + STREAM_PAGES + STREAM_PAGES * 5 / 100 <= STRIDE_PAGES,
               "a stretch holds the longest");

struct stream {
    const char *slow; /* as in the id */
    size_t pages;
};

static const struct stream streams[] = {
    { "0", STREAM_PAGES },
    { "0.5", STREAM_PAGES + STREAM_PAGES * 5 / 1000 },
    { "1", STREAM_PAGES + STREAM_PAGES / 100 },
    { "2", STREAM_PAGES + STREAM_PAGES * 2 / 100 },
    { "5", STREAM_PAGES + STREAM_PAGES * 5 / 100 },
};

struct stream_fixture {
    const uint64_t *words; /* [stretches][STRIDE_PAGES][PAGE_WORDS] read-only */
    size_t stretches;
    uint64_t *turn; /* the stretch to read next; any value will do. Scratch, hence common to builds measured in
                       turns: none reads what another has just fetched */
    size_t pages;
};

/* Every page gets memory of its own; what stands in it is all the same to a sum's time. */
static void fill_stream(void *dst, size_t bytes, const void *ctx)
{
    (void)ctx;
    uint64_t *words = dst;
    for (size_t k = 0; k < bytes / sizeof *words; k += PAGE_WORDS)
        words[k] = k;
}

/* Twice the last cache, so that nothing read is still there when its turn comes again; at most an eighth of memory. */
static size_t count_stretches(void)
{
    const size_t stretch_bytes = (size_t)STRIDE_PAGES * PAGE_BYTES;
    long cache = sysconf(_SC_LEVEL3_CACHE_SIZE), pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    size_t wanted = cache > 0 ? 2 * (size_t)cache / stretch_bytes : 0;
    size_t most = pages > 0 && page > 0 ? (size_t)pages * (size_t)page / 8 / stretch_bytes : 0;
    wanted = wanted < most ? wanted : most;
    return wanted > LEAST_STRETCHES ? wanted : LEAST_STRETCHES;
}

static int setup_stream(void **fixture, const struct tare_case *c, const struct tare_host *host)
{
    struct stream_fixture *f = host->alloc(host, sizeof *f);
    if (!f)
        return -1;
    f->pages = ((const struct stream *)c->arg)->pages;
    f->turn = host->scratch(host, sizeof *f->turn);
    f->stretches = count_stretches();
    size_t bytes = f->stretches * STRIDE_PAGES * PAGE_BYTES;
    char key[64];
    snprintf(key, sizeof key, "selfcheck.stream/%zu", bytes);
    f->words = host->input(host, key, bytes, fill_stream, NULL);
    if (!f->turn || !f->words)
        return -1;
    *fixture = f;
    return 0;
}

/* A word of a line brings the whole of it, so that memory is what the time goes to, not additions; asking ahead evens
 * out what the prefetcher does at the ends of pages. It asks for a little of what lies behind the last page too, as
 * much for every number of pages. */
static uint64_t sum_pages(const uint64_t *words, size_t pages)
{
    uint64_t sum[4] = { 0 };
    for (size_t k = 0; k < pages * PAGE_WORDS; k += 4 * LINE_WORDS)
        for (size_t j = 0; j < 4; j++) {
            const uint64_t *line = words + k + j * LINE_WORDS;
            __builtin_prefetch(line + AHEAD_WORDS);
            sum[j] += *line;
        }
    return sum[0] + sum[1] + sum[2] + sum[3];
}

static const uint64_t *stretch(const struct stream_fixture *f, uint64_t turn)
{
    return f->words + (turn % f->stretches * STRIDE_PAGES + turn % PLACES) * PAGE_WORDS;
}

static void reset_stream(void *fixture)
{
    const struct stream_fixture *f = fixture;
    tare_use(sum_pages(stretch(f, *f->turn), LEAD_PAGES));
}

static void run_stream(void *fixture, const struct tare_loop *loop)
{
    const struct stream_fixture *f = fixture;
    uint64_t turn = *f->turn;
    for (uint64_t i = 0; i < loop->iters; i++)
        tare_use(sum_pages(stretch(f, turn++) + LEAD_PAGES * PAGE_WORDS, f->pages));
    *f->turn = turn;
}

/* ---- the list ---- */

static int emit_fixed(const struct tare_host *host)
{
    static const struct tare_case cases[] = {
        { .size = sizeof(struct tare_case), .flags = TARE_CASE_CORE, .group = "empty", .run = run_empty },
        { .size = sizeof(struct tare_case),
          .flags = TARE_CASE_CORE,
          .group = "clock",
          .variant = "monotonic",
          .work = { .items = 1 },
          .item_unit = "calls",
          .run = run_clock },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int rc = host->add(host, &cases[i]);
        if (rc)
            return rc;
    }
    return 0;
}

static int emit_busy(const struct tare_host *host)
{
    for (size_t i = 0; i < COUNT(busy_steps); i++) {
        const struct tare_param steps = { .name = "steps", .num = busy_steps[i] };
        const struct tare_case c = {
            .size = sizeof c,
            .flags = busy_steps[i] == 1000 ? TARE_CASE_CORE : 0,
            .group = "busy",
            .variant = "chain",
            .params = &steps,
            .n_params = 1,
            .work = { .items = (double)busy_steps[i] },
            .item_unit = "steps",
            .arg = &busy_steps[i],
            .setup = setup_busy,
            .run = run_busy,
        };
        int rc = host->add(host, &c);
        if (rc)
            return rc;
    }
    return 0;
}

static int emit_planted(const struct tare_host *host)
{
    for (size_t i = 0; i < COUNT(planted); i++) {
        const struct tare_param slow = { .name = "slow", .text = planted[i].slow };
        const struct tare_case c = {
            .size = sizeof c,
            .flags = i == 0 ? TARE_CASE_CORE : 0,
            .group = "planted",
            .params = &slow,
            .n_params = 1,
            .work = { .items = (double)planted[i].steps },
            .item_unit = "steps",
            .arg = &planted[i],
            .setup = setup_planted,
            .run = run_planted,
        };
        int rc = host->add(host, &c);
        if (rc)
            return rc;
    }
    return 0;
}

static int emit_stream(const struct tare_host *host)
{
    for (size_t i = 0; i < COUNT(streams); i++) {
        const struct tare_param slow = { .name = "slow", .text = streams[i].slow };
        const struct tare_case c = {
            .size = sizeof c,
            .flags = i == 0 ? TARE_CASE_CORE : 0,
            .group = "stream",
            .params = &slow,
            .n_params = 1,
            .work = { .bytes_read = (double)(streams[i].pages * PAGE_BYTES) },
            .arg = &streams[i],
            .setup = setup_stream,
            .reset = reset_stream,
            .run = run_stream,
        };
        int rc = host->add(host, &c);
        if (rc)
            return rc;
    }
    return 0;
}

static int emit(const struct tare_host *host)
{
    int rc = emit_fixed(host);
    if (!rc)
        rc = emit_busy(host);
    if (!rc)
        rc = emit_planted(host);
    if (!rc)
        rc = emit_stream(host);
    return rc;
}

TARE_EXPORT const struct tare_suite tare_suite = {
    TARE_SUITE_HEAD,
    .name = "selfcheck",
    .description = "cases whose figures are known beforehand",
    .emit = emit,
};
