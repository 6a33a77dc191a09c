/* The view: tensors and values by name, and what the readers build it with. */
#include "models/io/reader.h"

#include "framework/base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HUGE_PAGE = 2 << 20 };

int lm_fail_at(int code, const char *path, const char *field, const char *name, size_t offset, const char *fmt, ...)
{
    char why[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(why, sizeof why, fmt, args);
    va_end(args);
    char quoted[100] = "";
    if (*name)
        snprintf(quoted, sizeof quoted, " '%.80s'", name);
    if (offset == SIZE_MAX)
        return tare_fail(code, "%s: %s%s: %s", path, field, quoted, why);
    return tare_fail(code, "%s: %s%s at byte %zu: %s", path, field, quoted, offset, why);
}

int lm_take(struct lm_cursor *c, size_t n, const char *field, const char *name, const uint8_t **p)
{
    if (n > c->size - c->pos)
        return lm_fail_at(TARE_EPARSE, c->path, field, name, c->pos, "takes %zu bytes, but the file ends at byte %zu",
                          n, c->size);
    *p = c->data + c->pos;
    c->pos += n;
    return 0;
}

uint32_t lm_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t lm_u64(const uint8_t *p)
{
    return lm_u32(p) | (uint64_t)lm_u32(p + 4) << 32;
}

float lm_f32(const uint8_t *p)
{
    uint32_t bits = lm_u32(p);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

size_t lm_value_bytes(enum gguf_value type)
{
    static const uint8_t bytes[GGUF_N_VALUES] = {
        [GGUF_U8] = 1,  [GGUF_I8] = 1,   [GGUF_U16] = 2, [GGUF_I16] = 2, [GGUF_U32] = 4, [GGUF_I32] = 4,
        [GGUF_F32] = 4, [GGUF_BOOL] = 1, [GGUF_U64] = 8, [GGUF_I64] = 8, [GGUF_F64] = 8
    };
    return bytes[type];
}

bool lm_tensor_bytes(enum kn_type type, size_t n_dims, const size_t *dims, size_t *bytes)
{
    size_t columns = dims[n_dims - 1], rows = 1;
    if (columns > SIZE_MAX / 512 || columns % kn_type_block(type) != 0)
        return false;
    for (size_t i = 0; i + 1 < n_dims; i++)
        if (!tare_mul(rows, dims[i], &rows))
            return false;
    return tare_mul(rows, kn_row_bytes(type, columns), bytes);
}

int lm_add_part(struct lm_file *f, const char *path)
{
    int rc = tare_grow(&f->parts, &f->parts_capacity, f->n_parts + 1, sizeof *f->parts);
    if (rc)
        return rc;
    struct lm_part *p = &f->parts[f->n_parts];
    *p = (struct lm_part){ .path = tare_arena_strdup(&f->arena, path) };
    if (!p->path)
        return TARE_ENOMEM;
    rc = tare_map_open(&p->map, path);
    f->n_parts += rc == 0;
#ifdef MADV_HUGEPAGE
    if (!rc && p->map.size >= HUGE_PAGE) /* what is not cached yet is read in huge pages, where the file system can */
        madvise((void *)(uintptr_t)p->map.data, p->map.size, MADV_HUGEPAGE);
#endif
    return rc;
}

int lm_add_tensor(struct lm_file *f, const struct lm_tensor *t, struct lm_place place)
{
    int rc = tare_grow(&f->tensors, &f->tensors_capacity, f->n_tensors + 1, sizeof *f->tensors);
    if (!rc)
        rc = tare_grow(&f->places, &f->places_capacity, f->n_tensors + 1, sizeof *f->places);
    if (rc)
        return rc;
    struct lm_tensor *copy = &f->tensors[f->n_tensors];
    *copy = *t;
    copy->name = tare_arena_strdup(&f->arena, t->name);
    if (!copy->name)
        return TARE_ENOMEM;
    f->places[f->n_tensors++] = place;
    return 0;
}

int lm_make_tensor(struct lm_file *f, struct lm_tensor *t, void **data)
{
    if (!lm_tensor_bytes(t->type, t->n_dims, t->dims, &t->bytes) || t->bytes > SIZE_MAX / 2)
        return tare_fail(TARE_ENOMEM, "%s: tensor '%s': out of memory", f->path, t->name);
    uint8_t *raw = tare_arena_alloc(&f->arena, t->bytes + 64);
    if (!raw)
        return TARE_ENOMEM;
    *data = raw + (64 - (uintptr_t)raw % 64);
    t->data = *data;
    f->copied_bytes += t->bytes;
    return lm_add_tensor(f, t, (struct lm_place){ NO_PART, SIZE_MAX });
}

int lm_add_entry(struct lm_file *f, const struct lm_entry *e)
{
    int rc = tare_grow(&f->entries, &f->entries_capacity, f->n_entries + 1, sizeof *f->entries);
    if (rc)
        return rc;
    struct lm_entry *copy = &f->entries[f->n_entries];
    *copy = *e;
    copy->key = tare_arena_strdup(&f->arena, e->key);
    if (!copy->key)
        return TARE_ENOMEM;
    f->n_entries++;
    return 0;
}

static int add_made(struct lm_file *f, const char *key, enum gguf_value type, const void *data, size_t len)
{
    void *copy = tare_arena_alloc(&f->arena, len);
    if (!copy)
        return TARE_ENOMEM;
    memcpy(copy, data, len);
    return lm_add_entry(f, &(struct lm_entry){ key, type, false, 1, copy, NULL, SIZE_MAX });
}

int lm_add_u32(struct lm_file *f, const char *key, uint32_t value)
{
    uint8_t bytes[] = { (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24) };
    return add_made(f, key, GGUF_U32, bytes, sizeof bytes);
}

int lm_add_f32(struct lm_file *f, const char *key, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    int rc = lm_add_u32(f, key, bits);
    if (!rc)
        f->entries[f->n_entries - 1].type = GGUF_F32;
    return rc;
}

int lm_add_text(struct lm_file *f, const char *key, const char *text)
{
    struct tare_buf b = { 0 };
    uint64_t len = strlen(text);
    for (int i = 0; i < 8; i++)
        tare_buf_add(&b, &(uint8_t){ (uint8_t)(len >> 8 * i) }, 1);
    tare_buf_str(&b, text);
    int rc = b.failed ? TARE_ENOMEM : add_made(f, key, GGUF_STRING, b.data, b.len);
    tare_buf_free(&b);
    return rc;
}

static const char *tensor_name(const struct lm_file *f, uint32_t i)
{
    return f->tensors[i].name;
}

static const char *entry_name(const struct lm_file *f, uint32_t i)
{
    return f->entries[i].key;
}

/* Both kinds of names through one pair of functions. */
struct names {
    const struct lm_file *f;
    const char *(*name)(const struct lm_file *f, uint32_t i);
};

static int by_name(const void *a, const void *b, void *ctx)
{
    const struct names *n = ctx;
    const uint32_t *i = a, *k = b;
    int order = strcmp(n->name(n->f, *i), n->name(n->f, *k));
    return order ? order : (*i > *k) - (*i < *k);
}

static int sort_names(struct lm_file *f, struct names n, size_t count, uint32_t **out, size_t *twice)
{
    *twice = SIZE_MAX;
    if (count > UINT32_MAX)
        return tare_fail(TARE_EPARSE, "%s: %zu names are too many", f->path, count);
    uint32_t *order = tare_arena_alloc(&f->arena, count * sizeof *order);
    if (!order)
        return TARE_ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    qsort_r(order, count, sizeof *order, by_name, &n);
    for (size_t i = 1; i < count && *twice == SIZE_MAX; i++)
        if (strcmp(n.name(f, order[i - 1]), n.name(f, order[i])) == 0)
            *twice = order[i];
    *out = order;
    return 0;
}

int lm_index(struct lm_file *f)
{
    size_t twice;
    int rc = sort_names(f, (struct names){ f, entry_name }, f->n_entries, &f->entry_order, &twice);
    if (!rc && twice != SIZE_MAX)
        return lm_fail_at(TARE_EPARSE, f->path, "key", f->entries[twice].key, f->entries[twice].offset,
                          "there is another of that name");
    if (!rc)
        rc = sort_names(f, (struct names){ f, tensor_name }, f->n_tensors, &f->tensor_order, &twice);
    if (!rc && twice != SIZE_MAX)
        return lm_fail_at(TARE_EPARSE, f->path, "tensor", f->tensors[twice].name, f->places[twice].offset,
                          "there is another of that name");
    return rc;
}

static size_t find(struct names n, const uint32_t *order, size_t count, const char *name)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = strcmp(n.name(n.f, order[middle]), name);
        if (c == 0)
            return order[middle];
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

const char *lm_file_path(const struct lm_file *f)
{
    return f->path;
}

const char *lm_file_format(const struct lm_file *f)
{
    return f->format;
}

size_t lm_file_bytes(const struct lm_file *f)
{
    size_t bytes = 0;
    for (size_t i = 0; i < f->n_parts; i++)
        bytes += f->parts[i].map.size;
    return bytes;
}

size_t lm_file_copied_bytes(const struct lm_file *f)
{
    return f->copied_bytes;
}

const struct lm_tensor *lm_file_tensors(const struct lm_file *f, size_t *n)
{
    *n = f->n_tensors;
    return f->tensors;
}

const struct lm_tensor *lm_file_tensor(const struct lm_file *f, const char *name)
{
    size_t i = find((struct names){ f, tensor_name }, f->tensor_order, f->n_tensors, name);
    return i == SIZE_MAX ? NULL : &f->tensors[i];
}

static const struct lm_entry *find_entry(const struct lm_file *f, const char *key)
{
    size_t i = find((struct names){ f, entry_name }, f->entry_order, f->n_entries, key);
    return i == SIZE_MAX ? NULL : &f->entries[i];
}

static uint64_t bits_of(const uint8_t *p, size_t bytes)
{
    switch (bytes) {
    case 4:
        return lm_u32(p);
    case 8:
        return lm_u64(p);
    case 2:
        return (uint64_t)p[0] | (uint64_t)p[1] << 8;
    default:
        return bytes ? p[0] : 0;
    }
}

static struct lm_value decode(enum gguf_value type, const uint8_t *p)
{
    if (type == GGUF_STRING)
        return (struct lm_value){ LM_VALUE_TEXT, .text = (const char *)p + 8, .len = lm_u64(p) };
    size_t bytes = lm_value_bytes(type);
    uint64_t bits = bits_of(p, bytes);
    double real;
    switch (type) {
    case GGUF_F32:
        return (struct lm_value){ LM_VALUE_REAL, .real = (double)lm_f32(p) };
    case GGUF_F64:
        memcpy(&real, &bits, sizeof real);
        return (struct lm_value){ LM_VALUE_REAL, .real = real };
    case GGUF_I8:
    case GGUF_I16:
    case GGUF_I32:
    case GGUF_I64: { /* the sign, from the top of its own width */
        unsigned shift = 64 - 8 * (unsigned)bytes;
        return (struct lm_value){ LM_VALUE_INT, .i = (int64_t)(bits << shift) >> shift };
    }
    case GGUF_BOOL:
        return (struct lm_value){ LM_VALUE_BOOL, .u = bits };
    default:
        return (struct lm_value){ LM_VALUE_UINT, .u = bits };
    }
}

struct lm_value lm_file_value(const struct lm_file *f, const char *key)
{
    const struct lm_entry *e = find_entry(f, key);
    return !e || e->array ? (struct lm_value){ .kind = LM_VALUE_NONE } : decode(e->type, e->data);
}

struct lm_array lm_file_array(const struct lm_file *f, const char *key)
{
    const struct lm_entry *e = find_entry(f, key);
    return e && e->array ? (struct lm_array){ e, e->count } : (struct lm_array){ 0 };
}

size_t lm_file_array_length(const struct lm_file *f, const char *key)
{
    return lm_file_array(f, key).n;
}

struct lm_value lm_file_array_at(const struct lm_file *f, const char *key, size_t index)
{
    return lm_array_at(lm_file_array(f, key), index);
}

struct lm_value lm_array_at(struct lm_array a, size_t index)
{
    const struct lm_entry *e = a.entry;
    if (index >= a.n)
        return (struct lm_value){ .kind = LM_VALUE_NONE };
    return decode(e->type, e->strings ? e->strings[index] : e->data + index * lm_value_bytes(e->type));
}

const char *lm_file_key(const struct lm_file *f, size_t index)
{
    return index < f->n_entries ? f->entries[index].key : NULL;
}

size_t lm_file_offset(const struct lm_file *f, const char *key_or_tensor)
{
    const struct lm_entry *e = find_entry(f, key_or_tensor);
    const struct lm_tensor *t = e ? NULL : lm_file_tensor(f, key_or_tensor);
    return e ? e->offset : t ? f->places[t - f->tensors].offset : SIZE_MAX;
}

static bool is_mapped(const struct lm_file *f, const struct lm_tensor *t)
{
    size_t part = f->places[t - f->tensors].part;
    return part != NO_PART && !f->parts[part].borrowed;
}

/* Gives back the pages that lie wholly in [begin, end). */
static void forget(uintptr_t begin, uintptr_t end)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    begin = (begin + page - 1) / page * page;
    end = end / page * page;
    if (begin < end)
        madvise((void *)begin, end - begin, MADV_DONTNEED); /* a hint: if refused, memory is held a little longer */
}

void lm_file_forget(const struct lm_file *f, const struct lm_tensor *t)
{
    if (is_mapped(f, t))
        forget((uintptr_t)t->data, (uintptr_t)t->data + t->bytes);
}

/* Reads pages in now, many at once: a disk that fails is an error here, and would be a signal at a later touch. */
static int fetch(const struct lm_file *f, const struct lm_tensor *t, uintptr_t begin, uintptr_t end)
{
#ifdef MADV_POPULATE_READ
    begin -= begin % (uintptr_t)sysconf(_SC_PAGESIZE);
    if (madvise((void *)begin, end - begin, MADV_POPULATE_READ) != 0 && errno != EINVAL) /* EINVAL: an older kernel */
        return tare_fail(TARE_EIO, "%s: tensor '%s': cannot read: %s", f->parts[f->places[t - f->tensors].part].path,
                         t->name, strerror(errno));
#else
    (void)f, (void)t, (void)begin, (void)end;
#endif
    return 0;
}

int lm_file_copy(const struct lm_file *f, const struct lm_tensor *t, size_t first, size_t n, void *to)
{
    const char *from = (const char *)t->data + first;
    uintptr_t begin = (uintptr_t)from, end = begin + n;
    bool mapped = is_mapped(f, t);
    int rc = mapped ? fetch(f, t, begin, end) : 0;
    if (rc)
        return rc;
    memcpy(to, from, n);
    if (mapped)
        forget(begin, end);
    return 0;
}
