/* Memory: checked allocation, a growing byte string, an arena. Every function that returns NULL or an error has
 * recorded TARE_ENOMEM. */
#ifndef TARE_BASE_MEM_H
#define TARE_BASE_MEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* count * size, or false when the product overflows. */
bool tare_mul(size_t count, size_t size, size_t *product);

void *tare_alloc(size_t bytes);                     /* uninitialised; free() it; 0 bytes gives a valid pointer */
void *tare_calloc(size_t count, size_t size);       /* zeroed; the product is checked */
void *tare_aligned(size_t alignment, size_t bytes); /* uninitialised; free() it; alignment a power of two */
/* Uninitialised, aligned to 64 at least, in huge pages where the system has them and there are many bytes: reading all
 * of it takes fewer translations of addresses. free() it. */
void *tare_huge(size_t bytes);
char *tare_strdup(const char *s);
char *tare_strndup(const char *s, size_t n);
char *tare_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Grows *array (elements of `size` bytes, `*capacity` of them) to hold at least `need`; doubles. */
int tare_grow(void *array, size_t *capacity, size_t need, size_t size);

/* A growing byte string; always NUL-terminated once anything was added. { 0 } is an empty one. A failed append leaves
 * `failed` set and later appends do nothing, so a run of appends needs one check. */
struct tare_buf {
    char *data;
    size_t len, capacity;
    bool failed;
};

void tare_buf_add(struct tare_buf *b, const void *data, size_t n);
void tare_buf_str(struct tare_buf *b, const char *s);
void tare_buf_fmt(struct tare_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void tare_buf_vfmt(struct tare_buf *b, const char *fmt, va_list args);
void tare_buf_free(struct tare_buf *b);

/* An arena: many small objects freed at once. { 0 } is an empty one. */
struct tare_arena {
    struct tare_arena_block *blocks;
};

void *tare_arena_alloc(struct tare_arena *a, size_t bytes); /* zeroed, aligned to 16 bytes */
char *tare_arena_strdup(struct tare_arena *a, const char *s);
void tare_arena_free(struct tare_arena *a);

#endif
