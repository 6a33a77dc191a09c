/* What is asked of any model file that opened: every key and array, every tensor's ends, its configuration. */
#ifndef TARE_TESTS_FUZZ_MODEL_COMMON_H
#define TARE_TESTS_FUZZ_MODEL_COMMON_H

#include <lm/config.h>
#include <lm/file.h>

#include "framework/base/error.h"
#include "models/io/reader.h"

#include <stdlib.h>
#include <string.h>

/* A message is one line that begins with the file. */
static inline void check_message(void)
{
    if (strncmp(tare_error(), "input", 5) != 0 || strchr(tare_error(), '\n'))
        abort();
}

static inline void use_value(struct lm_value v)
{
    static volatile unsigned char sink;
    for (size_t i = 0; v.kind == LM_VALUE_TEXT && i < v.len; i++)
        sink = (unsigned char)v.text[i];
    (void)sink;
}

static inline void use_tensor(const struct lm_file *f, const struct lm_tensor *t)
{
    size_t columns = t->dims[t->n_dims - 1], rows = lm_tensor_rows(t);
    float *x = malloc(columns * sizeof *x);
    if (!x || lm_file_tensor(f, t->name) != t)
        abort();
    lm_tensor_row(t, 0, x);
    lm_tensor_row(t, rows - 1, x);
    free(x);
}

static inline void use_model(const struct lm_file *f)
{
    struct lm_config c;
    const char *key;
    size_t n;
    for (size_t i = 0; (key = lm_file_key(f, i)) != NULL; i++) {
        use_value(lm_file_value(f, key));
        size_t length = lm_file_array_length(f, key);
        for (size_t k = 0; k < length; k++)
            use_value(lm_file_array_at(f, key, k));
    }
    const struct lm_tensor *t = lm_file_tensors(f, &n);
    for (size_t i = 0; i < n; i++)
        use_tensor(f, &t[i]);
    if (lm_config_read(&c, f, NULL)) {
        check_message();
        return;
    }
    if (lm_config_parameters(&c) < lm_config_madds(&c) / 2)
        abort();
    if (lm_config_check_tensors(&c, f))
        check_message();
}

static inline void try_model(const char *name, const uint8_t *data, size_t size)
{
    struct lm_file *f;
    if (lm_file_open_memory(&f, name, data, size)) {
        check_message();
        return;
    }
    use_model(f);
    lm_file_close(f);
}

#endif
