/* A model file as one view: metadata by key and named tensors, mapped read-only, whatever its format.
 *
 * Names are those of GGUF in every format ("token_embd.weight", "blk.0.attn_q.weight", "llama.block_count"): the
 * readers of other formats translate. Errors carry the file, the field and the offset in bytes; memory is bounded by
 * the file's size. */
#ifndef LM_FILE_H
#define LM_FILE_H

#include <kn/ops.h>

#include <stddef.h>
#include <stdint.h>

struct lm_file;

enum { LM_MAX_DIMS = 4 };

/* A tensor, row by row: dims[n_dims - 1] varies fastest (the reverse of GGUF's ne). `data` belongs to the file. */
struct lm_tensor {
    const char *name;
    enum kn_type type;
    size_t n_dims;
    size_t dims[LM_MAX_DIMS];
    const void *data; /* aligned to its element where the format aligns it; safetensors need not */
    size_t bytes;     /* as the type has it: kn_row_bytes(type, columns) for each row */
};

enum lm_value_kind { LM_VALUE_NONE, LM_VALUE_INT, LM_VALUE_UINT, LM_VALUE_REAL, LM_VALUE_BOOL, LM_VALUE_TEXT };

/* A metadata value, or one element of an array. Text is not NUL-terminated in the file, and may hold any byte. */
struct lm_value {
    enum lm_value_kind kind;
    union {
        int64_t i;
        uint64_t u; /* LM_VALUE_UINT and LM_VALUE_BOOL */
        double real;
        struct {
            const char *text;
            size_t len;
        };
    };
};

/* Opens a model: a file (GGUF v3, safetensors, the .json index of a sharded one, llama2.c .bin v0 to v2), or a
 * directory that holds one. TARE_ENOENT, TARE_EPARSE, TARE_EVERSION, TARE_EUSAGE (a directory with several, or none).
 */
int lm_file_open(struct lm_file **out, const char *path);
void lm_file_close(struct lm_file *f);

const char *lm_file_path(const struct lm_file *f);
const char *lm_file_format(const struct lm_file *f); /* "gguf", "safetensors", "llama2.c" */

const struct lm_tensor *lm_file_tensors(const struct lm_file *f, size_t *n);       /* in the file's order */
const struct lm_tensor *lm_file_tensor(const struct lm_file *f, const char *name); /* NULL when there is none */

/* A value by its key; an array's element by its index. LM_VALUE_NONE where there is none. */
struct lm_value lm_file_value(const struct lm_file *f, const char *key);
size_t lm_file_array_length(const struct lm_file *f, const char *key); /* 0 where it is none */
struct lm_value lm_file_array_at(const struct lm_file *f, const char *key, size_t index);

/* Keys in the file's order; NULL beyond the last. */
const char *lm_file_key(const struct lm_file *f, size_t index);

/* Where a field lies, for errors of those who read further: offset in bytes of a key's value or a tensor's data in the
 * file, (size_t)-1 where it is not known. */
size_t lm_file_offset(const struct lm_file *f, const char *key_or_tensor);

/* Gives back the pages of a tensor that has been copied elsewhere (madvise); it may be read again. */
void lm_file_forget(const struct lm_file *f, const struct lm_tensor *t);

#endif
