/* A model file that is a table in memory: metadata a test writes down, in place of lm_io. */
#ifndef TARE_TESTS_TABLE_FILE_H
#define TARE_TESTS_TABLE_FILE_H

#include <lm/file.h>

#include <stdbool.h>
#include <stddef.h>

struct table_entry {
    const char *key;
    struct lm_value value;     /* NONE: an array */
    const struct lm_value *at; /* [n] */
    size_t n;
};

enum { TABLE_MAX_ENTRIES = 24 };

/* { 0 } is an empty GGUF file. Keys and texts are the caller's; arrays are freed by table_free. */
struct lm_file {
    const char *path, *format; /* NULL: "table.gguf", "gguf" */
    struct table_entry entries[TABLE_MAX_ENTRIES];
    size_t n;
    const struct lm_tensor *tensor; /* "token_embd.weight", or NULL */
};

/* Each sets a key anew, or replaces it. */
void table_text(struct lm_file *f, const char *key, const char *text);
void table_uint(struct lm_file *f, const char *key, uint64_t u);
void table_bool(struct lm_file *f, const char *key, bool b);
void table_texts(struct lm_file *f, const char *key, const char *const *texts, size_t n);
void table_ints(struct lm_file *f, const char *key, const int *values, size_t n);
void table_reals(struct lm_file *f, const char *key, const double *values, size_t n);
void table_remove(struct lm_file *f, const char *key);
void table_free(struct lm_file *f);

#endif
