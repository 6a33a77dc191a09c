/* Work on whole matrices, a row at a time, over the threads of a pool. */
#ifndef MODELS_ARCH_CONVERT_H
#define MODELS_ARCH_CONVERT_H

#include "models/arch/weights.h"

struct lm_file;
struct lm_tensor;

struct kn_kernel;

/* What lm_encode_row encodes rows of a type with on this machine. */
const struct kn_kernel *lm_encoder(enum kn_type type);

/* One row, as kn_encode_row writes it. */
void lm_encode_row(const struct kn_kernel *encoder, const float *x, void *row, size_t n);

/* Whether n floats are all finite numbers. */
bool lm_all_finite(const float *x, size_t n);

/* Copies a tensor's rows to `data` in another type (NULL: reads them only). *damaged: a value was no finite number. */
int lm_convert(const struct lm_tensor *from, enum kn_type type, void *data, struct tare_pool *pool, bool *damaged);

/* Copies a tensor's bytes as they are, and gives back their pages in the file as it goes: no more than a few MiB lie in
 * memory twice. TARE_EIO where the file cannot be read. */
int lm_copy(const struct lm_file *f, const struct lm_tensor *from, void *data, struct tare_pool *pool);

/* Fills a matrix's rows with random numbers in [-range, range) around `middle`; the same on any number of threads. */
int lm_fill(const struct lm_matrix *w, void *data, float middle, float range, uint64_t seed, struct tare_pool *pool);

/* Fills a matrix with rows of another of its type and columns, drawn at random: much faster where encoding is slow. */
int lm_fill_from(const struct lm_matrix *w, void *data, const struct lm_matrix *rows, uint64_t seed,
                 struct tare_pool *pool);

#endif
