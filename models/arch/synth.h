/* Random weights of a shape, as a GGUF that other engines load too. */
#ifndef LM_ARCH_SYNTH_H
#define LM_ARCH_SYNTH_H

#include "models/arch/mix.h"
#include "models/io/gguf_write.h"

struct tare_pool;

/* Writes all of it but the end (gguf_finish), the same for the same seed: keys, a vocabulary of as many tokens, and
 * weights by lm_model_random's rule. */
int write_random(struct gguf_writer *w, const struct lm_config *c, const struct mix *mix, uint64_t seed,
                 struct tare_pool *pool);

#endif
