#include "tests/models/table_file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct table_entry *find(const struct lm_file *f, const char *key)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->entries[i].key, key) == 0)
            return (struct table_entry *)(uintptr_t)&f->entries[i];
    return NULL;
}

void table_remove(struct lm_file *f, const char *key)
{
    struct table_entry *e = find(f, key);
    if (!e)
        return;
    free((void *)(uintptr_t)e->at);
    *e = f->entries[--f->n];
}

static void set(struct lm_file *f, struct table_entry e)
{
    table_remove(f, e.key);
    assert(f->n < TABLE_MAX_ENTRIES);
    f->entries[f->n++] = e;
}

static struct lm_value text_value(const char *text)
{
    return (struct lm_value){ .kind = LM_VALUE_TEXT, .text = text, .len = strlen(text) };
}

void table_text(struct lm_file *f, const char *key, const char *text)
{
    set(f, (struct table_entry){ .key = key, .value = text_value(text) });
}

void table_uint(struct lm_file *f, const char *key, uint64_t u)
{
    set(f, (struct table_entry){ .key = key, .value = { .kind = LM_VALUE_UINT, .u = u } });
}

void table_bool(struct lm_file *f, const char *key, bool b)
{
    set(f, (struct table_entry){ .key = key, .value = { .kind = LM_VALUE_BOOL, .u = b } });
}

static struct lm_value *set_array(struct lm_file *f, const char *key, size_t n)
{
    struct lm_value *at = calloc(n, sizeof *at);
    assert(at);
    set(f, (struct table_entry){ .key = key, .at = at, .n = n });
    return at;
}

void table_texts(struct lm_file *f, const char *key, const char *const *texts, size_t n)
{
    struct lm_value *at = set_array(f, key, n);
    for (size_t i = 0; i < n; i++)
        at[i] = text_value(texts[i]);
}

void table_ints(struct lm_file *f, const char *key, const int *values, size_t n)
{
    struct lm_value *at = set_array(f, key, n);
    for (size_t i = 0; i < n; i++)
        at[i] = (struct lm_value){ .kind = LM_VALUE_INT, .i = values[i] };
}

void table_reals(struct lm_file *f, const char *key, const double *values, size_t n)
{
    struct lm_value *at = set_array(f, key, n);
    for (size_t i = 0; i < n; i++)
        at[i] = (struct lm_value){ .kind = LM_VALUE_REAL, .real = values[i] };
}

void table_free(struct lm_file *f)
{
    while (f->n)
        table_remove(f, f->entries[0].key);
}

const char *lm_file_path(const struct lm_file *f)
{
    return f->path ? f->path : "table.gguf";
}

const char *lm_file_format(const struct lm_file *f)
{
    return f->format ? f->format : "gguf";
}

const struct lm_tensor *lm_file_tensor(const struct lm_file *f, const char *name)
{
    return strcmp(name, "token_embd.weight") == 0 ? f->tensor : NULL;
}

struct lm_value lm_file_value(const struct lm_file *f, const char *key)
{
    const struct table_entry *e = find(f, key);
    return e ? e->value : (struct lm_value){ .kind = LM_VALUE_NONE };
}

size_t lm_file_array_length(const struct lm_file *f, const char *key)
{
    const struct table_entry *e = find(f, key);
    return e ? e->n : 0;
}

struct lm_array lm_file_array(const struct lm_file *f, const char *key)
{
    const struct table_entry *e = find(f, key);
    return e ? (struct lm_array){ e, e->n } : (struct lm_array){ 0 };
}

struct lm_value lm_array_at(struct lm_array a, size_t index)
{
    const struct table_entry *e = a.entry;
    return index < a.n ? e->at[index] : (struct lm_value){ .kind = LM_VALUE_NONE };
}

/* An offset that says which entry was meant. */
size_t lm_file_offset(const struct lm_file *f, const char *key)
{
    const struct table_entry *e = find(f, key);
    return e ? 1000 + (size_t)(e - f->entries) : (size_t)-1;
}
