#include "framework/measure/lab.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"

enum {
    CHUNK = 2 << 20, /* size of a huge page */
    LINE = 64,
    PAGE = 4096,
    STAGGER = 9 * LINE, /* successive blocks start this much further into a page: no two streams alias in 4 KiB */
};

struct chunk {
    struct chunk *next;
    void *map; /* as mapped */
    size_t map_bytes;
    char *base; /* aligned to CHUNK */
    size_t size, used;
};

/* Chunks in the order they were needed. A pool that was rewound hands out the same places for the same requests. */
struct pool {
    struct chunk *first, *at; /* at: where the next block is looked for; NULL before the first */
    size_t n_blocks;
    size_t begin; /* counts as so many blocks before the first: kinds of memory begin at different places in a page */
};

struct input {
    struct input *next;
    char *key;
    size_t bytes;
    const void *data;
};

struct scratch {
    void *data;
    size_t bytes;
};

struct tare_lab {
    struct tare_lab_options options;
    struct input *inputs;
    struct pool input_pool;
    size_t input_bytes;
    struct scratch *scratch; /* the i-th request of every fixture gets the i-th block */
    size_t n_scratch, scratch_capacity;
    struct pool scratch_pool;
    struct pool slots[TARE_MAX_ARMS];
};

/* Inputs are kept for the next case up to this much. */
static const size_t input_limit = (size_t)1 << 30;

static struct chunk *chunk_map(size_t bytes)
{
    size_t size = (bytes + CHUNK - 1) / CHUNK * CHUNK;
    struct chunk *c = bytes <= SIZE_MAX - 2 * (size_t)CHUNK ? calloc(1, sizeof *c) : NULL;
    if (!c)
        return NULL;
    c->map_bytes = size + CHUNK;
    c->map = mmap(NULL, c->map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (c->map == MAP_FAILED) {
        free(c);
        return NULL;
    }
    c->base = (char *)(((uintptr_t)c->map + CHUNK - 1) / CHUNK * CHUNK);
    c->size = size;
    madvise(c->base, c->size, MADV_HUGEPAGE); /* where it is refused, ordinary pages serve */
    return c;
}

static void pool_free(struct pool *p)
{
    while (p->first) {
        struct chunk *c = p->first;
        p->first = c->next;
        munmap(c->map, c->map_bytes);
        free(c);
    }
    *p = (struct pool){ .begin = p->begin };
}

static void pool_rewind(struct pool *p)
{
    p->at = NULL;
    p->n_blocks = 0;
}

/* The next chunk that has room for a block, with *at where it would begin; a new one when none has. */
static struct chunk *find_room(struct pool *p, size_t bytes, size_t offset, size_t *at)
{
    struct chunk *last = p->at;
    if (last) {
        *at = (last->used + PAGE - 1) / PAGE * PAGE + offset;
        if (*at <= last->size && bytes <= last->size - *at)
            return last;
    }
    *at = offset;
    for (struct chunk *c = last ? last->next : p->first; c; last = c, c = c->next)
        if (bytes <= c->size - offset)
            return c;
    struct chunk *c = bytes <= SIZE_MAX / 2 ? chunk_map(bytes + offset) : NULL;
    if (c && last)
        last->next = c;
    else if (c)
        p->first = c;
    return c;
}

/* A zeroed block. Zeroing touches every page, so that no first touch falls into a sample. */
static void *pool_take(struct pool *p, size_t bytes)
{
    size_t at;
    struct chunk *c = find_room(p, bytes, (p->begin + p->n_blocks) * STAGGER % PAGE, &at);
    if (!c)
        return NULL;
    p->n_blocks++;
    p->at = c;
    c->used = at + bytes;
    memset(c->base + at, 0, bytes);
    return c->base + at;
}

static struct tare_fixture *fixture_of(const struct tare_host *h)
{
    return h->state;
}

static int host_add(const struct tare_host *h, const struct tare_case *c)
{
    (void)c;
    return h->fail(h, "host->add is for emit, not for setup");
}

static int host_fail(const struct tare_host *h, const char *fmt, ...)
{
    struct tare_fixture *f = fixture_of(h);
    va_list args;
    va_start(args, fmt);
    vsnprintf(f->message, sizeof f->message, fmt, args);
    va_end(args);
    return -1;
}

static void *host_alloc(const struct tare_host *h, size_t bytes)
{
    struct tare_fixture *f = fixture_of(h);
    void *p = pool_take(&f->lab->slots[f->slot], bytes);
    if (!p)
        h->fail(h, "no memory for %zu bytes", bytes);
    return p;
}

static void *host_scratch(const struct tare_host *h, size_t bytes)
{
    struct tare_fixture *f = fixture_of(h);
    struct tare_lab *lab = f->lab;
    size_t i = f->n_scratch++;
    if (i < lab->n_scratch && lab->scratch[i].bytes >= bytes)
        return lab->scratch[i].data;
    void *p = NULL;
    if (tare_grow(&lab->scratch, &lab->scratch_capacity, i + 1, sizeof *lab->scratch) == 0)
        p = pool_take(&lab->scratch_pool, bytes);
    if (!p) {
        h->fail(h, "no memory for %zu bytes", bytes);
        return NULL;
    }
    lab->scratch[i] = (struct scratch){ p, bytes };
    if (lab->n_scratch < i + 1)
        lab->n_scratch = i + 1;
    return p;
}

static const void *host_input(const struct tare_host *h, const char *key, size_t bytes,
                              void (*fill)(void *, size_t, const void *), const void *ctx)
{
    struct tare_lab *lab = fixture_of(h)->lab;
    for (struct input *in = lab->inputs; in; in = in->next)
        if (in->bytes == bytes && strcmp(in->key, key) == 0)
            return in->data;
    struct input *in = calloc(1, sizeof *in);
    char *name = strdup(key);
    void *data = in && name ? pool_take(&lab->input_pool, bytes) : NULL;
    if (!data) {
        free(in);
        free(name);
        h->fail(h, "no memory for input '%s' of %zu bytes", key, bytes);
        return NULL;
    }
    *in = (struct input){ .next = lab->inputs, .key = name, .bytes = bytes, .data = data };
    lab->inputs = in;
    lab->input_bytes += bytes;
    fill(data, bytes, ctx);
    return data;
}

static void inputs_drop(struct tare_lab *lab)
{
    while (lab->inputs) {
        struct input *in = lab->inputs;
        lab->inputs = in->next;
        free(in->key);
        free(in);
    }
    pool_free(&lab->input_pool);
    lab->input_bytes = 0;
}

void tare_lab_clear(struct tare_lab *lab)
{
    pool_free(&lab->scratch_pool);
    lab->n_scratch = 0;
    for (size_t i = 0; i < TARE_MAX_ARMS; i++)
        pool_free(&lab->slots[i]);
    if (lab->input_bytes > input_limit)
        inputs_drop(lab);
}

int tare_lab_create(struct tare_lab **out, const struct tare_lab_options *o)
{
    struct tare_lab *lab = tare_calloc(1, sizeof *lab);
    if (!lab)
        return TARE_ENOMEM;
    lab->options = *o;
    lab->scratch_pool.begin = 3;
    lab->input_pool.begin = 5;
    *out = lab;
    return 0;
}

void tare_lab_free(struct tare_lab *lab)
{
    if (!lab)
        return;
    inputs_drop(lab);
    tare_lab_clear(lab);
    free(lab->scratch);
    free(lab);
}

void tare_fixture_spoil(struct tare_fixture *f)
{
    for (size_t i = 0; i < f->n_scratch; i++)
        memset(f->lab->scratch[i].data, 0xff, f->lab->scratch[i].bytes);
}

static void vacate(struct tare_fixture *f)
{
    pool_rewind(&f->lab->slots[f->slot]);
    f->ready = false;
    f->lab = NULL;
}

int tare_fixture_setup(struct tare_fixture *f, struct tare_lab *lab, size_t slot, const struct tare_case *c)
{
    *f = (struct tare_fixture){
        .host = {
            .size = sizeof f->host,
            .abi = TARE_SUITE_ABI,
            .n_threads = lab->options.n_threads,
            .cpus = lab->options.cpus,
            .cpu_mask = lab->options.cpu_mask,
            .add = host_add,
            .fail = host_fail,
            .alloc = host_alloc,
            .scratch = host_scratch,
            .input = host_input,
        },
        .lab = lab,
        .slot = slot,
        .c = c,
    };
    f->host.state = f;
    if (c->setup && c->setup(&f->data, c, &f->host) != 0) {
        char text[sizeof f->message];
        snprintf(text, sizeof text, "%s", f->message[0] ? f->message : "setup failed and gave no reason");
        vacate(f);
        return tare_fail(TARE_EUSAGE, "%s", text);
    }
    f->ready = true;
    return 0;
}

void tare_fixture_teardown(struct tare_fixture *f)
{
    if (!f->ready)
        return;
    if (f->c->teardown)
        f->c->teardown(f->data);
    vacate(f);
}
