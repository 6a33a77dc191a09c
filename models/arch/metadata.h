/* The keys of a GGUF that is written here. */
#ifndef LM_ARCH_METADATA_H
#define LM_ARCH_METADATA_H

#include "models/arch/mix.h"
#include "models/io/gguf_write.h"

/* Architecture and sizes, from a configuration. */
void write_config(struct gguf_writer *w, const struct lm_config *c, const struct mix *mix);

/* A vocabulary of n tokens that mean little, for random weights: SentencePiece-style, with bytes and words of a to z.
 */
void write_vocabulary(struct gguf_writer *w, size_t n);

#endif
