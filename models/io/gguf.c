/* GGUF v2 and v3. Source: ggml, docs/gguf.md. Everything is little endian:
 *
 *     "GGUF" u32 version, u64 tensors, u64 keys
 *     keys:    string key, u32 type, value        string = u64 length, bytes; array = u32 type, u64 count, elements
 *     tensors: string name, u32 dimensions, u64 ne[], u32 type, u64 offset from the start of the data
 *     data, from the next multiple of general.alignment on; each tensor padded to it
 */
#include "models/io/reader.h"

#include "framework/base/error.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 24, KEY_MIN_BYTES = 8 + 1 + 4 + 1, TENSOR_MIN_BYTES = 8 + 1 + 4 + 8 + 4 + 8, KEY_MAX = 65535 };
#define ALIGNMENT_MAX ((size_t)1 << 20)

static const struct {
    uint32_t number;
    const char *name;
    bool known;
    enum kn_type type;
} tensor_types[] = {
#define GGUF_TYPE(number, name)  { number, #name, true, KN_TYPE_##name },
#define GGUF_OTHER(number, name) { number, #name, false, KN_N_TYPES },
#include "models/io/gguf_types.def"
#undef GGUF_TYPE
#undef GGUF_OTHER
};
enum { N_TENSOR_TYPES = sizeof tensor_types / sizeof *tensor_types };

bool lm_gguf_looks(const struct lm_part *p)
{
    return p->map.size >= 4 && memcmp(p->map.data, "GGUF", 4) == 0;
}

static int take_u32(struct lm_cursor *c, const char *field, const char *name, uint32_t *value)
{
    const uint8_t *p;
    int rc = lm_take(c, 4, field, name, &p);
    if (!rc)
        *value = lm_u32(p);
    return rc;
}

static int take_u64(struct lm_cursor *c, const char *field, const char *name, uint64_t *value)
{
    const uint8_t *p;
    int rc = lm_take(c, 8, field, name, &p);
    if (!rc)
        *value = lm_u64(p);
    return rc;
}

/* The header; *n_tensors and *n_keys fit into the file. */
static int read_head(struct lm_cursor *c, uint64_t *n_tensors, uint64_t *n_keys)
{
    const uint8_t *p;
    int rc = lm_take(c, HEAD_BYTES, "header", "", &p);
    if (rc)
        return rc;
    if (memcmp(p, "GGUF", 4) != 0)
        return lm_fail_at(TARE_EPARSE, c->path, "magic", "", 0, "is not 'GGUF'");
    uint32_t version = lm_u32(p + 4);
    if ((version & 0xffff) == 0 && version)
        return lm_fail_at(TARE_EVERSION, c->path, "version", "", 4,
                          "is byte-swapped (a big-endian file): convert it to little endian");
    if (version != 2 && version != 3)
        return lm_fail_at(TARE_EVERSION, c->path, "version", "", 4, "is %u, only 2 and 3 are read", version);
    *n_tensors = lm_u64(p + 8);
    *n_keys = lm_u64(p + 16);
    size_t left = c->size - c->pos;
    if (*n_tensors > left / TENSOR_MIN_BYTES)
        return lm_fail_at(TARE_EPARSE, c->path, "tensor count", "", 8, "%llu tensors do not fit into %zu bytes",
                          (unsigned long long)*n_tensors, c->size);
    if (*n_keys > left / KEY_MIN_BYTES)
        return lm_fail_at(TARE_EPARSE, c->path, "key count", "", 16, "%llu keys do not fit into %zu bytes",
                          (unsigned long long)*n_keys, c->size);
    return 0;
}

/* A key or a tensor's name as a C string into name[max + 1]: not empty, no control characters. */
static int take_name(struct lm_cursor *c, const char *field, char *name, size_t max)
{
    size_t at = c->pos;
    uint64_t len;
    const uint8_t *p;
    int rc = take_u64(c, field, "", &len);
    if (rc)
        return rc;
    if (len == 0 || len > max)
        return lm_fail_at(TARE_EPARSE, c->path, field, "", at, "has %llu bytes, 1 to %zu are possible",
                          (unsigned long long)len, max);
    if ((rc = lm_take(c, (size_t)len, field, "", &p)) != 0)
        return rc;
    for (size_t i = 0; i < len; i++)
        if (p[i] < 0x20 || p[i] == 0x7f)
            return lm_fail_at(TARE_EPARSE, c->path, field, "", at, "holds the control character %u", p[i]);
    memcpy(name, p, (size_t)len);
    name[len] = '\0';
    return 0;
}

static int take_string(struct lm_cursor *c, const char *key, const uint8_t **p)
{
    uint64_t len;
    const uint8_t *bytes;
    size_t at = c->pos;
    int rc = take_u64(c, "string length of key", key, &len);
    if (rc)
        return rc;
    if (len > c->size - c->pos)
        return lm_fail_at(TARE_EPARSE, c->path, "string length of key", key, at,
                          "is %llu, but the file ends at byte %zu", (unsigned long long)len, c->size);
    *p = c->data + at;
    return lm_take(c, (size_t)len, "string of key", key, &bytes);
}

static int check_bools(const struct lm_cursor *c, const char *key, const uint8_t *p, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (p[i] > 1)
            return lm_fail_at(TARE_EPARSE, c->path, "key", key, (size_t)(p + i - c->data), "a bool is %u, not 0 or 1",
                              p[i]);
    return 0;
}

/* The elements of e: count and type are set and the type is no array. */
static int take_elements(struct lm_file *f, struct lm_cursor *c, struct lm_entry *e)
{
    size_t width = lm_value_bytes(e->type), left = c->size - c->pos;
    if (e->count > left / (width ? width : 8))
        return lm_fail_at(TARE_EPARSE, c->path, e->array ? "array length of key" : "key", e->key, e->offset,
                          "%llu values do not fit into a file of %zu bytes", (unsigned long long)e->count, c->size);
    if (width) {
        int rc = lm_take(c, width * (size_t)e->count, "value of key", e->key, &e->data);
        return rc || e->type != GGUF_BOOL ? rc : check_bools(c, e->key, e->data, (size_t)e->count);
    }
    if (!e->array)
        return take_string(c, e->key, &e->data);
    const uint8_t **strings = tare_arena_alloc(&f->arena, (size_t)e->count * sizeof *strings);
    if (!strings)
        return TARE_ENOMEM;
    e->strings = strings;
    e->data = c->data + c->pos;
    int rc = 0;
    for (size_t i = 0; i < e->count && !rc; i++)
        rc = take_string(c, e->key, &strings[i]);
    return rc;
}

static int take_type(struct lm_cursor *c, const char *field, const char *key, enum gguf_value *type)
{
    uint32_t number;
    int rc = take_u32(c, field, key, &number);
    if (rc)
        return rc;
    if (number >= GGUF_N_VALUES)
        return lm_fail_at(TARE_EPARSE, c->path, field, key, c->pos - 4, "is %u, which is no type", number);
    *type = (enum gguf_value)number;
    return 0;
}

static int read_key(struct lm_file *f, struct lm_cursor *c)
{
    char *key = tare_alloc(KEY_MAX + 1);
    if (!key)
        return TARE_ENOMEM;
    int rc = take_name(c, "key", key, KEY_MAX);
    struct lm_entry e = { .key = key, .count = 1 };
    if (!rc)
        rc = take_type(c, "type of key", key, &e.type);
    if (!rc && e.type == GGUF_ARRAY) {
        e.array = true;
        rc = take_type(c, "element type of key", key, &e.type);
        if (!rc && e.type == GGUF_ARRAY)
            rc = lm_fail_at(TARE_EPARSE, c->path, "element type of key", key, c->pos - 4,
                            "arrays of arrays are not read");
        if (!rc)
            rc = take_u64(c, "array length of key", key, &e.count);
    }
    e.offset = c->pos;
    if (!rc)
        rc = take_elements(f, c, &e);
    if (!rc)
        rc = lm_add_entry(f, &e);
    free(key);
    return rc;
}

static int type_of(const struct lm_cursor *c, const char *name, uint32_t number, enum kn_type *type)
{
    for (size_t i = 0; i < N_TENSOR_TYPES; i++) {
        if (tensor_types[i].number != number)
            continue;
        *type = tensor_types[i].type;
        return tensor_types[i].known ? 0
                                     : lm_fail_at(TARE_EUNSUP, c->path, "type of tensor", name, c->pos - 4,
                                                  "is %s, which is not read", tensor_types[i].name);
    }
    return lm_fail_at(TARE_EPARSE, c->path, "type of tensor", name, c->pos - 4, "is %u, which is no type", number);
}

/* Dimensions, reversed into row order. */
static int take_dims(struct lm_cursor *c, struct lm_tensor *t)
{
    uint32_t n;
    int rc = take_u32(c, "dimension count of tensor", t->name, &n);
    if (rc)
        return rc;
    if (n == 0 || n > LM_MAX_DIMS)
        return lm_fail_at(TARE_EPARSE, c->path, "dimension count of tensor", t->name, c->pos - 4,
                          "is %u, 1 to %d are possible", n, LM_MAX_DIMS);
    t->n_dims = n;
    for (size_t i = 0; i < n && !rc; i++) {
        uint64_t ne;
        rc = take_u64(c, "dimension of tensor", t->name, &ne);
        if (!rc && (ne == 0 || ne > INT64_MAX))
            rc = lm_fail_at(TARE_EPARSE, c->path, "dimension of tensor", t->name, c->pos - 8, "is %llu",
                            (unsigned long long)ne);
        if (!rc)
            t->dims[n - 1 - i] = (size_t)ne;
    }
    return rc;
}

/* One tensor's description; its offset from the start of the data goes into place.offset for now. */
static int read_tensor(struct lm_file *f, struct lm_cursor *c)
{
    char name[LM_MAX_NAME];
    struct lm_tensor t = { .name = name };
    uint32_t number;
    uint64_t offset;
    int rc = take_name(c, "tensor name", name, sizeof name - 1);
    if (!rc)
        rc = take_dims(c, &t);
    if (!rc)
        rc = take_u32(c, "type of tensor", name, &number);
    if (!rc)
        rc = type_of(c, name, number, &t.type);
    if (rc)
        return rc;
    if (t.dims[t.n_dims - 1] % kn_type_block(t.type))
        return lm_fail_at(TARE_EPARSE, c->path, "dimension of tensor", name, c->pos - 4 - 8 * t.n_dims,
                          "rows of %zu are no whole blocks of %zu (%s)", t.dims[t.n_dims - 1], kn_type_block(t.type),
                          kn_type_name(t.type));
    if (!lm_tensor_bytes(t.type, t.n_dims, t.dims, &t.bytes) || t.bytes > c->size)
        return lm_fail_at(TARE_EPARSE, c->path, "size of tensor", name, c->pos - 4 - 8 * t.n_dims,
                          "is more than the file's %zu bytes", c->size);
    rc = take_u64(c, "offset of tensor", name, &offset);
    if (!rc && offset > c->size)
        rc = lm_fail_at(TARE_EPARSE, c->path, "offset of tensor", name, c->pos - 8, "%llu is past the end of the file",
                        (unsigned long long)offset);
    return rc ? rc : lm_add_tensor(f, &t, (struct lm_place){ 0, (size_t)offset });
}

static int read_alignment(const struct lm_file *f, size_t *alignment)
{
    *alignment = 32;
    for (size_t i = 0; i < f->n_entries; i++) {
        const struct lm_entry *e = &f->entries[i];
        if (strcmp(e->key, "general.alignment") != 0)
            continue;
        if (e->type != GGUF_U32 || e->array)
            return lm_fail_at(TARE_EPARSE, f->path, "key", e->key, e->offset, "is not of type u32");
        *alignment = lm_u32(e->data);
        if (*alignment == 0 || (*alignment & (*alignment - 1)) || *alignment > ALIGNMENT_MAX)
            return lm_fail_at(TARE_EPARSE, f->path, "key", e->key, e->offset,
                              "is %zu, not a power of two from 1 to %zu", *alignment, ALIGNMENT_MAX);
    }
    return 0;
}

/* From offsets in the data to data: aligned, one behind the other, inside the file. */
static int place_tensors(struct lm_file *f, const struct lm_cursor *c, size_t alignment)
{
    size_t begin = (c->pos + alignment - 1) / alignment * alignment, at = 0;
    for (size_t i = 0; i < f->n_tensors; i++) {
        struct lm_tensor *t = &f->tensors[i];
        struct lm_place *place = &f->places[i];
        if (place->offset % alignment || place->offset != at)
            return lm_fail_at(TARE_EPARSE, f->path, "offset of tensor", t->name, begin,
                              "is %zu from there, not %zu, where the one before it ends (aligned to %zu)",
                              place->offset, at, alignment);
        if (begin > c->size || at > c->size - begin || t->bytes > c->size - begin - at)
            return lm_fail_at(TARE_EPARSE, f->path, "data of tensor", t->name, begin + at,
                              "takes %zu bytes, but the file ends at byte %zu", t->bytes, c->size);
        place->offset += begin;
        t->data = c->data + place->offset;
        at += (t->bytes + alignment - 1) / alignment * alignment; /* both are below the file's size */
    }
    return 0;
}

int lm_gguf_read(struct lm_file *f)
{
    const struct lm_part *p = &f->parts[0];
    struct lm_cursor c = { p->path, p->map.data, p->map.size, 0 };
    uint64_t n_tensors = 0, n_keys = 0;
    size_t alignment;
    int rc = read_head(&c, &n_tensors, &n_keys);
    for (uint64_t i = 0; i < n_keys && !rc; i++)
        rc = read_key(f, &c);
    for (uint64_t i = 0; i < n_tensors && !rc; i++)
        rc = read_tensor(f, &c);
    if (!rc)
        rc = read_alignment(f, &alignment);
    if (!rc)
        rc = place_tensors(f, &c, alignment);
    if (rc)
        return rc;
    rc = lm_index(f);
    uint64_t parts = lm_file_value(f, "split.count").u;
    if (!rc && lm_file_value(f, "split.count").kind == LM_VALUE_UINT && parts > 1)
        rc = lm_fail_at(TARE_EUNSUP, f->path, "key", "split.count", lm_file_offset(f, "split.count"),
                        "is one of %llu parts: merge them into one file", (unsigned long long)parts);
    return rc;
}
