/* A model file that is no file: tensors and a configuration made in memory. It defines the functions of lm/file.h and
 * lm_config_read(), so that a test of what reads models needs no readers. */
#ifndef TESTS_MODELS_FAKE_FILE_H
#define TESTS_MODELS_FAKE_FILE_H

#include <lm/config.h>
#include <lm/file.h>

enum { FAKE_TENSORS = 128 };

struct lm_file {
    struct lm_config config;
    const char *format;
    size_t n_tensors;
    struct lm_tensor tensors[FAKE_TENSORS];
    char names[FAKE_TENSORS][64];
    const struct lm_tensor *unreadable; /* lm_file_copy() fails */
};

/* An empty file of a configuration. */
void fake_make(struct lm_file *f, const struct lm_config *c);
void fake_free(struct lm_file *f);

/* Adds a tensor in f32, filled with seeded numbers around `middle`; cols = 0 makes a vector. Returns its data. */
float *fake_add(struct lm_file *f, const char *name, size_t rows, size_t cols, float middle, float range);

/* All tensors of the configuration's architecture, by their names in GGUF. */
void fake_add_all(struct lm_file *f);

struct lm_tensor *fake_tensor(struct lm_file *f, const char *name); /* fails the test when there is none */

/* Small models, each of another architecture and with other oddities. */
extern const struct lm_config fake_configs[];
extern const size_t n_fake_configs;

#endif
