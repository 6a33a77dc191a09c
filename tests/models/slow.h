/* Forward passes in double precision, in plain loops, one function an architecture: written from the papers and sharing
 * nothing with the models, for what they compute to be held against. */
#ifndef TESTS_MODELS_SLOW_H
#define TESTS_MODELS_SLOW_H

#include "tests/models/fake_file.h"

/* The logits behind each of n tokens: [n][n_vocab], to be freed. */
double *slow_logits(struct lm_file *f, const int32_t *ids, size_t n);

#endif
