/* Work on whole matrices, a row at a time, over the threads of a pool. */
#ifndef MODELS_ARCH_CONVERT_H
#define MODELS_ARCH_CONVERT_H

#include "models/arch/weights.h"

/* Turns the rows of one matrix into those of another of the same shape, or with `transposed` a [cols][rows] one in f32,
 * f16 or bf16 into a [rows][cols] one. *bad is the first row that held a NaN or an infinity, or from->rows. */
int lm_convert(const struct lm_matrix *from, const struct lm_matrix *to, void *data, bool transposed,
               struct tare_pool *pool, size_t *bad);

/* The first row with a NaN or an infinity, or w->rows. */
int lm_find_damage(const struct lm_matrix *w, struct tare_pool *pool, size_t *bad);

/* Fills a matrix's rows with random numbers in [-range, range) around `middle`. */
int lm_fill(const struct lm_matrix *w, void *data, float middle, float range, uint64_t seed, struct tare_pool *pool);

#endif
