#include "framework/base/mem.h"

#include "framework/base/error.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { CACHE_LINE = 64, HUGE_PAGE = 2 << 20 };
enum { ARENA_BLOCK_BYTES = 64 * 1024, ARENA_ALIGNMENT = 16 };

static void *had(void *p, size_t bytes)
{
    if (!p)
        tare_fail(TARE_ENOMEM, "out of memory (%zu bytes wanted)", bytes);
    return p;
}

bool tare_mul(size_t count, size_t size, size_t *product)
{
    return !__builtin_mul_overflow(count, size, product);
}

void *tare_alloc(size_t bytes)
{
    return had(malloc(bytes ? bytes : 1), bytes);
}

void *tare_calloc(size_t count, size_t size)
{
    size_t bytes;
    if (!tare_mul(count, size, &bytes)) {
        tare_fail(TARE_ENOMEM, "out of memory (%zu elements of %zu bytes wanted)", count, size);
        return NULL;
    }
    return had(calloc(bytes ? bytes : 1, 1), bytes);
}

void *tare_aligned(size_t alignment, size_t bytes)
{
    assert(alignment && (alignment & (alignment - 1)) == 0);
    if (alignment < sizeof(void *))
        alignment = sizeof(void *);
    void *p = NULL;
    if (posix_memalign(&p, alignment, bytes ? bytes : 1))
        p = NULL;
    return had(p, bytes);
}

void *tare_huge(size_t bytes)
{
    if (bytes < HUGE_PAGE)
        return tare_aligned(CACHE_LINE, bytes);
    void *p = tare_aligned(HUGE_PAGE, bytes);
#ifdef MADV_HUGEPAGE
    if (p)
        madvise(p, bytes, MADV_HUGEPAGE); /* a hint: ordinary pages do too */
#endif
    return p;
}

char *tare_strdup(const char *s)
{
    return tare_strndup(s, SIZE_MAX);
}

char *tare_strndup(const char *s, size_t n)
{
    size_t len = strnlen(s, n);
    char *copy = tare_alloc(len + 1);
    if (copy) {
        memcpy(copy, s, len);
        copy[len] = '\0';
    }
    return copy;
}

char *tare_format(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = NULL;
    if (vasprintf(&text, fmt, args) < 0)
        text = had(NULL, strlen(fmt));
    va_end(args);
    return text;
}

int tare_grow(void *array, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity)
        return TARE_OK;
    size_t wanted = *capacity < 8 ? 8 : *capacity;
    while (wanted < need)
        wanted = wanted > SIZE_MAX / 2 ? need : wanted * 2;
    void *old, *grown;
    memcpy(&old, array, sizeof old); /* array points to a pointer of any type */
    size_t bytes;
    if (!tare_mul(wanted, size, &bytes) || !(grown = realloc(old, bytes)))
        return tare_fail(TARE_ENOMEM, "out of memory (%zu elements of %zu bytes wanted)", wanted, size);
    memcpy(array, &grown, sizeof grown);
    *capacity = wanted;
    return TARE_OK;
}

/* Room for n more bytes and the NUL. */
static bool buf_room(struct tare_buf *b, size_t n)
{
    size_t need;
    if (b->failed)
        return false;
    if (__builtin_add_overflow(b->len + 1, n, &need) || tare_grow(&b->data, &b->capacity, need, 1)) {
        b->failed = true;
        had(NULL, n);
    }
    return !b->failed;
}

void tare_buf_add(struct tare_buf *b, const void *data, size_t n)
{
    if (!buf_room(b, n))
        return;
    if (n)
        memcpy(b->data + b->len, data, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void tare_buf_str(struct tare_buf *b, const char *s)
{
    tare_buf_add(b, s, strlen(s));
}

void tare_buf_vfmt(struct tare_buf *b, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    if (n < 0)
        b->failed = true;
    else if (buf_room(b, (size_t)n)) {
        vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

void tare_buf_fmt(struct tare_buf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    tare_buf_vfmt(b, fmt, args);
    va_end(args);
}

void tare_buf_free(struct tare_buf *b)
{
    free(b->data);
    *b = (struct tare_buf){ 0 };
}

struct tare_arena_block {
    struct tare_arena_block *next;
    size_t used, size; /* bytes of data[] */
    _Alignas(ARENA_ALIGNMENT) unsigned char data[];
};

void *tare_arena_alloc(struct tare_arena *a, size_t bytes)
{
    if (bytes > SIZE_MAX - ARENA_BLOCK_BYTES)
        return had(NULL, bytes);
    bytes = (bytes + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
    struct tare_arena_block *b = a->blocks;
    if (!b || b->size - b->used < bytes) {
        size_t size = bytes > ARENA_BLOCK_BYTES ? bytes : ARENA_BLOCK_BYTES;
        b = tare_calloc(1, sizeof *b + size); /* zeroed here, so that no object has to be */
        if (!b)
            return NULL;
        b->size = size;
        if (a->blocks && bytes > ARENA_BLOCK_BYTES / 4) { /* keep filling the block that has room left */
            b->next = a->blocks->next;
            a->blocks->next = b;
        } else {
            b->next = a->blocks;
            a->blocks = b;
        }
    }
    void *p = b->data + b->used;
    b->used += bytes;
    return p;
}

char *tare_arena_strdup(struct tare_arena *a, const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = tare_arena_alloc(a, n);
    if (copy)
        memcpy(copy, s, n);
    return copy;
}

void tare_arena_free(struct tare_arena *a)
{
    for (struct tare_arena_block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    a->blocks = NULL;
}
