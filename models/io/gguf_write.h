/* Writing GGUF v3, as a stream: keys and the list of tensors first, then their data in that order. Nothing bears the
 * path's name before all is there: it is written without a name, or beside where the file system has no such files, and
 * renamed. Errors are TARE_EIO with the path, TARE_ENOMEM,
 * TARE_EUNSUP for a type that GGUF has no number for. */
#ifndef LM_IO_GGUF_WRITE_H
#define LM_IO_GGUF_WRITE_H

#include <lm/file.h>

struct gguf_writer;

int gguf_create(struct gguf_writer **out, const char *path);

/* The same into an open, empty file that stays the caller's; gguf_finish then gives it no name. */
int gguf_create_in(struct gguf_writer **out, int fd);

/* Keys, before gguf_begin_data. Those that take no value begin an array of n, whose elements follow. A failure is kept
 * and comes back from gguf_begin_data. */
void gguf_text(struct gguf_writer *w, const char *key, const char *text);
void gguf_u32(struct gguf_writer *w, const char *key, uint32_t value);
void gguf_f32(struct gguf_writer *w, const char *key, float value);
void gguf_bool(struct gguf_writer *w, const char *key, bool value);
void gguf_texts(struct gguf_writer *w, const char *key, size_t n);
void gguf_f32s(struct gguf_writer *w, const char *key, size_t n);
void gguf_i32s(struct gguf_writer *w, const char *key, size_t n);
void gguf_add_text(struct gguf_writer *w, const char *text, size_t len);
void gguf_add_f32(struct gguf_writer *w, float value);
void gguf_add_i32(struct gguf_writer *w, int32_t value);
void gguf_copy(struct gguf_writer *w, const struct lm_file *f, const char *key); /* of any format and kind */

/* Whether GGUF has a number for a type. */
bool gguf_has_type(enum kn_type type);

/* Declares a tensor: name, type and dims of t. */
int gguf_declare(struct gguf_writer *w, const struct lm_tensor *t);

/* Writes what was declared; from here on only data, in order, in pieces of any size. Padding is the writer's. */
int gguf_begin_data(struct gguf_writer *w);
int gguf_data(struct gguf_writer *w, const void *data, size_t bytes);

/* All data is there: the file gets its name. Frees the writer either way. */
int gguf_finish(struct gguf_writer *w);
void gguf_abandon(struct gguf_writer *w); /* removes what was written; NULL is fine */

/* Bytes of the whole file, once the data has begun. */
size_t gguf_file_bytes(const struct gguf_writer *w);

#endif
