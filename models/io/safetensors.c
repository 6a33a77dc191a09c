/* Safetensors. Source: huggingface/safetensors, README.md and safetensors/src/tensor.rs:
 *
 *     u64 n, then n bytes of JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
 *     data, row by row, offsets from the end of the header; neither holes nor overlaps, nothing behind it
 *
 * Several files make one model under an index: {"weight_map": {"name": "file", ...}}. */
#include "models/io/hf.h"
#include "models/io/reader.h"

#include "framework/base/error.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_MAX = 100 * 1000 * 1000, MAX_SHARDS = 4096 };

static const struct {
    const char *name;
    size_t bytes;
    bool known;
    enum kn_type type;
} dtypes[] = {
    { "F32", 4, true, KN_TYPE_f32 }, { "F16", 2, true, KN_TYPE_f16 }, { "BF16", 2, true, KN_TYPE_bf16 },
    { "F64", 8, false, 0 },          { "I64", 8, false, 0 },          { "U64", 8, false, 0 },
    { "I32", 4, false, 0 },          { "U32", 4, false, 0 },          { "I16", 2, false, 0 },
    { "U16", 2, false, 0 },          { "I8", 1, false, 0 },           { "U8", 1, false, 0 },
    { "BOOL", 1, false, 0 },         { "F8_E4M3", 1, false, 0 },      { "F8_E5M2", 1, false, 0 },
};
enum { N_DTYPES = sizeof dtypes / sizeof *dtypes };

/* One line of the header. */
struct item {
    const char *name; /* the JSON's */
    size_t dtype, begin, end;
    struct lm_tensor t;
};

struct header {
    const struct lm_part *part;
    size_t part_index, data_begin;
    struct item *items;
    size_t n;
};

bool lm_safetensors_looks(const struct lm_part *p)
{
    const uint8_t *data = p->map.data;
    return p->map.size > 9 && lm_u64(data) <= HEADER_MAX && lm_u64(data) <= p->map.size - 8 && data[8] == '{';
}

/* Where a name stands in the header: for messages. */
static size_t place_of(const struct header *h, const char *name)
{
    const char *head = (const char *)h->part->map.data;
    const char *at = memmem(head + 8, h->data_begin - 8, name, strlen(name));
    return at ? (size_t)(at - head) : 8;
}

static int fail_item(const struct header *h, const char *field, const char *name, const char *why)
{
    return lm_fail_at(TARE_EPARSE, h->part->path, field, name, place_of(h, name), "%s", why);
}

static bool whole(const json_t *v, size_t *out)
{
    *out = json_is_integer(v) && json_integer_value(v) >= 0 ? (size_t)json_integer_value(v) : 0;
    return json_is_integer(v) && json_integer_value(v) >= 0;
}

static int read_dtype(const struct header *h, struct item *item, const json_t *v)
{
    const char *name = json_string_value(v);
    for (item->dtype = 0; name && item->dtype < N_DTYPES; item->dtype++)
        if (strcmp(dtypes[item->dtype].name, name) == 0)
            return 0;
    return fail_item(h, "dtype of tensor", item->name, "is missing, or not known");
}

/* The shape; *bytes is what it takes. */
static int read_shape(const struct header *h, struct item *item, const json_t *v, size_t *bytes)
{
    size_t n = json_array_size(v);
    if (!json_is_array(v) || n > LM_MAX_DIMS)
        return fail_item(h, "shape of tensor", item->name, "is no list of at most 4 numbers");
    *bytes = dtypes[item->dtype].bytes;
    item->t.n_dims = n;
    for (size_t i = 0; i < n; i++) {
        if (!whole(json_array_get(v, i), &item->t.dims[i]) || item->t.dims[i] == 0)
            return fail_item(h, "shape of tensor", item->name, "holds what is no whole number above 0");
        if (!tare_mul(*bytes, item->t.dims[i], bytes))
            return fail_item(h, "shape of tensor", item->name, "is too large");
    }
    return 0;
}

static int read_item(const struct header *h, struct item *item, const char *name, const json_t *v)
{
    size_t bytes;
    item->name = name;
    if (!json_is_object(v))
        return fail_item(h, "tensor", name, "is no object");
    int rc = read_dtype(h, item, json_object_get(v, "dtype"));
    if (!rc)
        rc = read_shape(h, item, json_object_get(v, "shape"), &bytes);
    if (rc)
        return rc;
    const json_t *offsets = json_object_get(v, "data_offsets");
    if (json_array_size(offsets) != 2 || !whole(json_array_get(offsets, 0), &item->begin) ||
        !whole(json_array_get(offsets, 1), &item->end))
        return fail_item(h, "data_offsets of tensor", name, "are no two whole numbers");
    if (item->end < item->begin || item->end > h->part->map.size - h->data_begin)
        return fail_item(h, "data_offsets of tensor", name, "lie past the end of the file, or backwards");
    if (item->end - item->begin != bytes)
        return lm_fail_at(TARE_EPARSE, h->part->path, "data_offsets of tensor", name, place_of(h, name),
                          "are %zu bytes apart, but shape and dtype take %zu", item->end - item->begin, bytes);
    return 0;
}

/* GGUF's name, and what is no weight. Unknown names stay as they are, if they can. */
static int name_item(const struct header *h, struct item *item, struct hf_name *name)
{
    for (const char *p = item->name; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return lm_fail_at(TARE_EPARSE, h->part->path, "header", "", 8, "a name holds a control character");
    if (!hf_translate(name, item->name) &&
        (size_t)snprintf(name->gguf, sizeof name->gguf, "%s", item->name) >= sizeof name->gguf)
        return fail_item(h, "tensor", item->name, "is of a name that is not known and too long");
    if (name->ignored)
        return 0;
    if (!dtypes[item->dtype].known)
        return lm_fail_at(TARE_EUNSUP, h->part->path, "dtype of tensor", item->name, place_of(h, item->name),
                          "is %s, only F32, F16 and BF16 are read", dtypes[item->dtype].name);
    return item->t.n_dims ? 0 : fail_item(h, "shape of tensor", item->name, "is empty");
}

static int by_begin(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    return x->begin != y->begin ? (x->begin > y->begin) - (x->begin < y->begin) : (x->end > y->end) - (x->end < y->end);
}

/* Sorted by their places: each begins where the last one ends. */
static int check_places(const struct header *h)
{
    size_t at = 0, size = h->part->map.size - h->data_begin;
    for (size_t i = 0; i < h->n; i++) {
        if (h->items[i].begin != at)
            return fail_item(h, "data_offsets of tensor", h->items[i].name,
                             h->items[i].begin > at ? "leave a hole before them" : "overlap those of another tensor");
        at = h->items[i].end;
    }
    if (at != size)
        return lm_fail_at(TARE_EPARSE, h->part->path, "end of the tensors", "", h->data_begin + at,
                          "%zu more bytes follow", size - at);
    return 0;
}

static int add_items(struct lm_file *f, const struct header *h)
{
    struct hf_name name;
    for (size_t i = 0; i < h->n; i++) {
        struct item *item = &h->items[i];
        int rc = name_item(h, item, &name);
        if (rc)
            return rc;
        if (name.ignored)
            continue;
        struct lm_tensor *t = &item->t;
        t->name = name.gguf;
        t->type = dtypes[item->dtype].type;
        t->bytes = item->end - item->begin;
        t->data = (const uint8_t *)h->part->map.data + h->data_begin + item->begin;
        t->transposed = name.transposed && t->n_dims == 2;
        if (t->transposed) {
            size_t rows = t->dims[1];
            t->dims[1] = t->dims[0];
            t->dims[0] = rows;
        }
        rc = lm_add_tensor(f, t, (struct lm_place){ h->part_index, h->data_begin + item->begin });
        if (rc)
            return rc;
    }
    return 0;
}

static int read_root(struct lm_file *f, struct header *h, json_t *root)
{
    const char *name;
    json_t *v;
    h->items = tare_calloc(json_object_size(root), sizeof *h->items);
    if (!h->items)
        return TARE_ENOMEM;
    int rc = 0;
    json_object_foreach(root, name, v)
    {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        rc = read_item(h, &h->items[h->n], name, v);
        if (rc)
            return rc;
        h->n++;
    }
    if (h->n)
        qsort(h->items, h->n, sizeof *h->items, by_begin);
    rc = check_places(h);
    return rc ? rc : add_items(f, h);
}

/* A JSON object from a part of a file. */
static int load_json(json_t **root, const char *path, const char *text, size_t len, size_t offset)
{
    json_error_t e;
    *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
    if (!*root)
        return lm_fail_at(TARE_EPARSE, path, "header", "", offset + (e.position > 0 ? (size_t)e.position : 0), "%s",
                          e.text);
    if (json_is_object(*root))
        return 0;
    json_decref(*root);
    *root = NULL;
    return lm_fail_at(TARE_EPARSE, path, "header", "", offset, "is no JSON object");
}

static int read_part(struct lm_file *f, size_t index)
{
    struct header h = { .part = &f->parts[index], .part_index = index };
    struct lm_cursor c = { h.part->path, h.part->map.data, h.part->map.size, 0 };
    const uint8_t *p;
    json_t *root = NULL;
    int rc = lm_take(&c, 8, "header length", "", &p);
    if (rc)
        return rc;
    uint64_t len = lm_u64(p);
    if (len > HEADER_MAX)
        return lm_fail_at(TARE_EPARSE, c.path, "header length", "", 0, "is %llu, at most %d is possible",
                          (unsigned long long)len, HEADER_MAX);
    if ((rc = lm_take(&c, (size_t)len, "header", "", &p)) != 0)
        return rc;
    h.data_begin = c.pos;
    rc = load_json(&root, c.path, (const char *)p, (size_t)len, 8);
    if (!rc)
        rc = read_root(f, &h, root);
    free(h.items);
    json_decref(root);
    return rc;
}

int lm_safetensors_read(struct lm_file *f)
{
    int rc = read_part(f, 0);
    if (!rc)
        rc = hf_read_config(f);
    return rc ? rc : lm_index(f);
}

/* Maps and reads each file of the index once, in the order in which they are named. */
static int read_shards(struct lm_file *f, const json_t *map)
{
    const char *name;
    json_t *v;
    char *folder = lm_folder_of(f->path);
    int rc = folder ? 0 : TARE_ENOMEM;
    json_object_foreach((json_t *)(uintptr_t)map, name, v)
    {
        const char *file = json_string_value(v);
        bool known = false;
        if (!rc && (!file || !*file || strchr(file, '/')))
            rc = lm_fail_at(TARE_EPARSE, f->path, "weight_map", name, SIZE_MAX, "is no name of a file beside it");
        for (size_t i = 1; !rc && i < f->n_parts; i++)
            known |= strcmp(strrchr(f->parts[i].path, '/') + 1, file) == 0;
        if (rc || known)
            continue;
        if (f->n_parts > MAX_SHARDS)
            rc = lm_fail_at(TARE_EPARSE, f->path, "weight_map", name, SIZE_MAX, "names more than %d files", MAX_SHARDS);
        char *path = rc ? NULL : tare_path_join(folder, file);
        if (!rc)
            rc = path ? lm_add_part(f, path) : TARE_ENOMEM;
        if (!rc)
            rc = read_part(f, f->n_parts - 1);
        free(path);
    }
    free(folder);
    return rc;
}

/* Every tensor of the index is there, in the file that it says. */
static int check_index(const struct lm_file *f, const json_t *map)
{
    const char *name;
    json_t *v;
    struct hf_name translated;
    json_object_foreach((json_t *)(uintptr_t)map, name, v)
    {
        bool known = hf_translate(&translated, name);
        if (translated.ignored)
            continue;
        const struct lm_tensor *t = lm_file_tensor(f, known ? translated.gguf : name);
        size_t part = t ? f->places[t - f->tensors].part : NO_PART;
        const char *path = part == NO_PART ? "/" : f->parts[part].path;
        if (strcmp(strrchr(path, '/') + 1, json_string_value(v)) != 0)
            return lm_fail_at(TARE_EPARSE, f->path, "weight_map", name, SIZE_MAX, "the file '%s' has no such tensor",
                              json_string_value(v));
    }
    return 0;
}

int lm_safetensors_read_index(struct lm_file *f)
{
    json_t *root = NULL;
    int rc = f->parts[0].map.size > HEADER_MAX
                 ? lm_fail_at(TARE_EPARSE, f->path, "size", "", 0, "is more than %d bytes", HEADER_MAX)
                 : load_json(&root, f->path, f->parts[0].map.data, f->parts[0].map.size, 0);
    const json_t *map = json_object_get(root, "weight_map");
    if (!rc && !json_is_object(map))
        rc = lm_fail_at(TARE_EPARSE, f->path, "field", "weight_map", SIZE_MAX, "is missing");
    if (!rc)
        rc = read_shards(f, map);
    if (!rc)
        rc = hf_read_config(f);
    if (!rc)
        rc = lm_index(f);
    if (!rc)
        rc = check_index(f, map);
    json_decref(root);
    return rc;
}
