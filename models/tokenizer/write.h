/* A tokenizer as the keys of a GGUF, as other engines read them too. */
#ifndef LM_TOKENIZER_WRITE_H
#define LM_TOKENIZER_WRITE_H

#include <stddef.h>

struct gguf_writer;
struct lm_file;
struct lm_tokenizer;

/* Writes tokenizer.ggml.*: model, pre, tokens, token_type, scores or merges, and the ids that have names. There will be
 * n_vocab tokens: those that the tokenizer lacks are unused ones named [PADn]. TARE_EUNSUP for a tokenizer without
 * text, or one whose rules GGUF has no words for. */
int lm_tokenizer_write(const struct lm_tokenizer *t, struct gguf_writer *w, size_t n_vocab);

/* Writes tokenizer.chat_template where a model has one, in it or beside it. TARE_EPARSE. */
int lm_chat_write(const struct lm_file *f, struct gguf_writer *w);

#endif
