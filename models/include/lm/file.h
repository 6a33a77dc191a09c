/* A model file as one view: metadata by key and named tensors, mapped read-only, whatever its format.
 *
 * Names are those of GGUF in every format ("token_embd.weight", "blk.0.attn_q.weight", "llama.block_count"): the
 * readers of other formats translate. Errors carry the file, the field and the offset in bytes; memory is bounded by
 * the file's size. */
#ifndef LM_FILE_H
#define LM_FILE_H

#include <kn/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lm_file;

enum { LM_MAX_DIMS = 4, LM_MAX_NAME = 64 };

/* A tensor, row by row: dims[n_dims - 1] varies fastest (the reverse of GGUF's ne). `data` belongs to the file. */
struct lm_tensor {
    const char *name;
    enum kn_type type;
    size_t n_dims; /* 1 to LM_MAX_DIMS; none of dims is 0 */
    size_t dims[LM_MAX_DIMS];
    const void *data; /* aligned to its element where the format aligns it; safetensors need not */
    size_t bytes;     /* as the type has it: kn_row_bytes(type, columns) for each row */
    bool transposed;  /* dims are [n][k] as elsewhere, but data lies as [k][n] (GPT-2's Conv1D in safetensors) */
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

/* Opens a model: a file (GGUF v2 and v3, safetensors, the .json index of a sharded one, llama2.c .bin v0 to v2), or a
 * directory that holds one. TARE_ENOENT, TARE_EPARSE, TARE_EVERSION, TARE_EUNSUP, TARE_EUSAGE (a directory with
 * several, or none). */
int lm_file_open(struct lm_file **out, const char *path);
void lm_file_close(struct lm_file *f);

const char *lm_file_path(const struct lm_file *f);   /* of the file that was opened, inside a directory too */
const char *lm_file_format(const struct lm_file *f); /* "gguf", "safetensors", "llama2.c" */

/* Bytes of all parts on disk, and of what had to be copied to memory (int8 groups of llama2.c, made factors). */
size_t lm_file_bytes(const struct lm_file *f);
size_t lm_file_copied_bytes(const struct lm_file *f);

const struct lm_tensor *lm_file_tensors(const struct lm_file *f, size_t *n);       /* in the file's order */
const struct lm_tensor *lm_file_tensor(const struct lm_file *f, const char *name); /* NULL when there is none */

/* The tensor of a name and shape. TARE_EPARSE with file, tensor and offset where it is missing or has other
 * dimensions. */
int lm_file_want(const struct lm_tensor **out, const struct lm_file *f, const char *name, size_t n_dims,
                 const size_t *dims);

/* Row r of [rows][dims[n_dims - 1]] as floats, whatever the type, transposed or not. */
void lm_tensor_row(const struct lm_tensor *t, size_t r, float *x);
size_t lm_tensor_rows(const struct lm_tensor *t);

/* TARE_EPARSE with the tensor, the element and its offset if a weight is NaN or infinite. Reads all of it: meant for
 * small tensors at load, and for finding the culprit when a result is NaN. */
int lm_tensor_check(const struct lm_file *f, const struct lm_tensor *t);

/* A value by its key; an array's element by its index. LM_VALUE_NONE where there is none. */
struct lm_value lm_file_value(const struct lm_file *f, const char *key);
size_t lm_file_array_length(const struct lm_file *f, const char *key); /* 0 where it is none */
struct lm_value lm_file_array_at(const struct lm_file *f, const char *key, size_t index);

/* An array that is looked up once, for those who read many of its elements. It belongs to the file; n = 0 where there
 * is none. */
struct lm_array {
    const void *entry;
    size_t n;
};
struct lm_array lm_file_array(const struct lm_file *f, const char *key);
struct lm_value lm_array_at(struct lm_array a, size_t index); /* LM_VALUE_NONE beyond the end */

/* Keys in the file's order; NULL beyond the last. */
const char *lm_file_key(const struct lm_file *f, size_t index);

/* Where a field lies, for errors of those who read further: offset in bytes of a key's value or a tensor's data in the
 * file, (size_t)-1 where it is not known. */
size_t lm_file_offset(const struct lm_file *f, const char *key_or_tensor);

/* Copies n of a tensor's bytes, those from `first` on, and gives their pages back: what lies elsewhere need not stay
 * here too. TARE_EIO where the file cannot be read (any more). */
int lm_file_copy(const struct lm_file *f, const struct lm_tensor *t, size_t first, size_t n, void *to);

/* Gives back the pages of a tensor that has been copied elsewhere (madvise); it may be read again. */
void lm_file_forget(const struct lm_file *f, const struct lm_tensor *t);

#endif
