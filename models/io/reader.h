/* What the readers of model files fill: metadata in GGUF's encoding and tensors, over mapped parts. */
#ifndef LM_IO_READER_H
#define LM_IO_READER_H

#include <lm/config.h>
#include <lm/file.h>

#include "framework/base/file.h"
#include "framework/base/mem.h"

/* Types of metadata values, as GGUF numbers them. */
enum gguf_value {
    GGUF_U8,
    GGUF_I8,
    GGUF_U16,
    GGUF_I16,
    GGUF_U32,
    GGUF_I32,
    GGUF_F32,
    GGUF_BOOL,
    GGUF_STRING,
    GGUF_ARRAY,
    GGUF_U64,
    GGUF_I64,
    GGUF_F64,
    GGUF_N_VALUES
};

enum { LM_MAX_LAYERS = 4096 };

struct lm_part {
    char *path;
    struct tare_map map;
    bool borrowed; /* memory of the caller's, not mapped here */
};

struct lm_entry {
    const char *key;
    enum gguf_value type; /* of the elements, where it is an array */
    bool array;
    uint64_t count;                /* elements; 1 where it is no array */
    const uint8_t *data;           /* the value or the first element, little endian, a string behind its u64 length */
    const uint8_t *const *strings; /* [count] each element of an array of strings, else NULL */
    size_t offset;
};

/* Where a tensor's data lies: part and offset; NO_PART where it was made in memory. */
struct lm_place {
    size_t part, offset;
};

#define NO_PART ((size_t)-1)

struct lm_file {
    char *path;
    const char *format;
    struct tare_arena arena; /* names, values, the index */
    struct lm_part *parts;
    size_t n_parts, parts_capacity;
    struct lm_tensor *tensors;
    struct lm_place *places; /* [n_tensors] */
    size_t n_tensors, tensors_capacity, places_capacity;
    struct lm_entry *entries;
    size_t n_entries, entries_capacity;
    uint32_t *tensor_order, *entry_order; /* by name: lookups are by halves, and no choice of names makes them slow */
    size_t copied_bytes;
};

/* A place in a part, moving forward. Whatever lies beyond the end is an error that names the field. */
struct lm_cursor {
    const char *path;
    const uint8_t *data;
    size_t size, pos;
};

/* The next n bytes in *p; `field` and `name` ("" = none) are for the message. */
int lm_take(struct lm_cursor *c, size_t n, const char *field, const char *name, const uint8_t **p);

/* "path: field 'name' at byte N: <text>"; records and returns code. */
int lm_fail_at(int code, const char *path, const char *field, const char *name, size_t offset, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

uint32_t lm_u32(const uint8_t *p); /* little endian, unaligned */
uint64_t lm_u64(const uint8_t *p);
float lm_f32(const uint8_t *p);

/* Bytes of a value of fixed size, 0 for a string or an array. */
size_t lm_value_bytes(enum gguf_value type);

/* Bytes of a tensor; false where a product overflows or the columns are no multiple of the type's block. */
bool lm_tensor_bytes(enum kn_type type, size_t n_dims, const size_t *dims, size_t *bytes);

/* Maps a file as the next part. */
int lm_add_part(struct lm_file *f, const char *path);

/* Adds a tensor (its name is copied) and where its data lies. */
int lm_add_tensor(struct lm_file *f, const struct lm_tensor *t, struct lm_place place);

/* A tensor of the reader's own making: memory that ends with the file, aligned to 64; t->data points there. */
int lm_make_tensor(struct lm_file *f, struct lm_tensor *t, void **data);

/* Metadata: as it lies in a file, or made from a value. */
int lm_add_entry(struct lm_file *f, const struct lm_entry *e);
int lm_add_u32(struct lm_file *f, const char *key, uint32_t value);
int lm_add_f32(struct lm_file *f, const char *key, float value);
int lm_add_text(struct lm_file *f, const char *key, const char *text);

/* Sorts the names; two of one name are an error. */
int lm_index(struct lm_file *f);

/* As lm_file_open, for a file that lies in memory and stays there. `path` is for messages, and its ending chooses a
 * reader where the contents do not. */
int lm_file_open_memory(struct lm_file **out, const char *path, const void *data, size_t size);

/* TARE_EUSAGE with "Model type mismatch: ..." where the user's word means another architecture, or none. */
int lm_arch_expect(enum lm_arch detected, const char *expected);

/* The readers: the first part of f is mapped. `looks` says from its contents whether it is one's own. */
bool lm_gguf_looks(const struct lm_part *p);
int lm_gguf_read(struct lm_file *f);
bool lm_llama2c_looks(const struct lm_part *p);
int lm_llama2c_read(struct lm_file *f);
bool lm_safetensors_looks(const struct lm_part *p);
int lm_safetensors_read(struct lm_file *f);
int lm_safetensors_read_index(struct lm_file *f); /* of several files; known by its name alone */

#endif
