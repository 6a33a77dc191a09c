/* A model in memory: the weights of a file by their part in the network, or random ones of a given shape. Read-only
 * once it is there: any number of sessions may share it. */
#ifndef LM_MODEL_H
#define LM_MODEL_H

#include <lm/config.h>

#include <kn/ops.h>

#include <stdint.h>

struct lm_file;
struct lm_model;
struct tare_pool;

/* How weights come into memory. { 0 } takes them as they lie in the file. */
struct lm_load {
    const char *expected;   /* --model-type, or NULL */
    const char *quantize;   /* what matrices are turned into ("int8", "nf4", "float16", a type's name), or NULL */
    bool unmapped;          /* matrices are copied to huge pages: a longer load and more memory, then faster passes */
    bool check_weights;     /* look for NaN and infinities in all weights, not in norms and biases alone */
    struct tare_pool *pool; /* threads that do it, or NULL */
};

/* The type that a word of --quantize or --type stands for. TARE_EUSAGE with the nearest for an unknown one. */
int lm_type_find(enum kn_type *type, const char *word);

/* `type`, or where rows of k elements are no whole number of its blocks, the nearest that can hold them. */
enum kn_type lm_type_fitting(enum kn_type type, size_t k);

/* The weights of an open file, which must stay open as long as the model. Errors name file and tensor: one that is
 * missing, has another shape, or holds NaN. Norms and biases become f32; matrices stay where they are unless they are
 * quantised, not aligned (those of a model of up to 16 MiB: to lines of the cache), or to be unmapped. TARE_ENOMEM,
 * before any is copied, where they do not fit. */
int lm_model_open(struct lm_model **out, const struct lm_file *f, const struct lm_load *how);

/* Random weights, the same for the same seed: uniform with variance 1 / columns, so that values keep their size from
 * layer to layer. Matrices are of `type` (lm_type_fitting), all else f32. */
int lm_model_random(struct lm_model **out, const struct lm_config *c, enum kn_type type, uint64_t seed,
                    struct tare_pool *pool);

void lm_model_free(struct lm_model *m);

const struct lm_config *lm_model_config(const struct lm_model *m);

/* Bytes of all weights, in the file or copied; and those that the pass of one token reads: all but the rows of the
 * token embedding that are not looked up. */
size_t lm_model_bytes(const struct lm_model *m);
size_t lm_model_token_bytes(const struct lm_model *m);

/* Do matrices lie in the file, not in memory of the model's own? */
bool lm_model_is_mapped(const struct lm_model *m);

/* What most of the matrices are stored as. */
enum kn_type lm_model_type(const struct lm_model *m);

#endif
