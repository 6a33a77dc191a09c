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

struct tare_chunk {
    struct tare_chunk *next;
    void *map; /* as mapped */
    size_t map_bytes;
    char *base; /* aligned to CHUNK */
    size_t size, used;
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
    struct tare_chunk *input_chunks;
    size_t n_inputs, input_bytes;
    struct scratch *scratch; /* the i-th request of every fixture gets the i-th block */
    size_t n_scratch, scratch_capacity;
    struct tare_chunk *scratch_chunks;
    size_t live; /* fixtures set up */
};

/* Inputs are kept for the next case up to this much. */
static const size_t input_limit = (size_t)1 << 30;

static struct tare_chunk *chunk_map(size_t bytes)
{
    size_t size = (bytes + CHUNK - 1) / CHUNK * CHUNK;
    struct tare_chunk *c = bytes <= SIZE_MAX - 2 * (size_t)CHUNK ? calloc(1, sizeof *c) : NULL;
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

static void chunks_free(struct tare_chunk **list)
{
    while (*list) {
        struct tare_chunk *c = *list;
        *list = c->next;
        munmap(c->map, c->map_bytes);
        free(c);
    }
}

/* `nth` numbers the block within its list. Every page is touched, so that no first touch falls into a sample. */
static void *chunk_take(struct tare_chunk **list, size_t bytes, size_t nth)
{
    size_t offset = nth * STAGGER % PAGE;
    struct tare_chunk *c = *list;
    size_t at = c ? (c->used + PAGE - 1) / PAGE * PAGE + offset : 0;
    if (!c || at > c->size || bytes > c->size - at) {
        if (bytes > SIZE_MAX / 2 || !(c = chunk_map(bytes + offset)))
            return NULL;
        c->next = *list;
        *list = c;
        at = offset;
    }
    c->used = at + bytes;
    for (size_t i = 0; i < bytes; i += PAGE)
        ((volatile char *)c->base)[at + i] = 0;
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
    void *p = chunk_take(&f->chunks, bytes, f->n_alloc++);
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
        p = chunk_take(&lab->scratch_chunks, bytes, i + 3); /* not where the fixture's own blocks stand in a page */
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
    void *data = in && name ? chunk_take(&lab->input_chunks, bytes, lab->n_inputs + 5) : NULL;
    if (!data) {
        free(in);
        free(name);
        h->fail(h, "no memory for input '%s' of %zu bytes", key, bytes);
        return NULL;
    }
    *in = (struct input){ .next = lab->inputs, .key = name, .bytes = bytes, .data = data };
    lab->inputs = in;
    lab->n_inputs++;
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
    chunks_free(&lab->input_chunks);
    lab->n_inputs = lab->input_bytes = 0;
}

static void scratch_drop(struct tare_lab *lab)
{
    chunks_free(&lab->scratch_chunks);
    lab->n_scratch = 0;
}

int tare_lab_create(struct tare_lab **out, const struct tare_lab_options *o)
{
    struct tare_lab *lab = tare_calloc(1, sizeof *lab);
    if (!lab)
        return TARE_ENOMEM;
    lab->options = *o;
    *out = lab;
    return 0;
}

void tare_lab_free(struct tare_lab *lab)
{
    if (!lab)
        return;
    inputs_drop(lab);
    scratch_drop(lab);
    free(lab->scratch);
    free(lab);
}

/* The fixture holds memory of the lab from here to the release. */
static void release(struct tare_fixture *f)
{
    struct tare_lab *lab = f->lab;
    chunks_free(&f->chunks);
    if (--lab->live == 0) {
        scratch_drop(lab);
        if (lab->input_bytes > input_limit)
            inputs_drop(lab);
    }
    f->ready = false;
    f->lab = NULL;
}

int tare_fixture_setup(struct tare_fixture *f, struct tare_lab *lab, const struct tare_case *c)
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
        .c = c,
    };
    f->host.state = f;
    lab->live++;
    if (c->setup && c->setup(&f->data, c, &f->host) != 0) {
        char text[sizeof f->message];
        snprintf(text, sizeof text, "%s", f->message[0] ? f->message : "setup failed and gave no reason");
        release(f);
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
    release(f);
}
