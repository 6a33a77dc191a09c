/* The keys and values of every token of every sequence. For each layer, sequence and KV head the rows of its positions
 * lie one behind the other, so that a head reads one stretch of memory. */
#ifndef MODELS_RUNTIME_KV_CACHE_H
#define MODELS_RUNTIME_KV_CACHE_H

#include <lm/config.h>

#include <kn/registry.h>

struct lm_kv {
    enum kn_type type; /* f32, f16 or i8: int8 with a scale for each row of a head */
    size_t head_dim;
    size_t row_bytes;  /* of one head at one position */
    size_t head_bytes; /* from one KV head to the next; a multiple of 64 */
    size_t sequence_bytes, layer_bytes;
    size_t bytes; /* of k and v together */
    const struct kn_kernel *encode;
    char *k, *v; /* [layer][sequence][kv_head][position] rows */
};

/* TARE_EUSAGE for a type that no cache has; TARE_ENOMEM. `levels`: instruction sets its kernel may be of. */
int lm_kv_create(struct lm_kv *kv, const struct lm_config *c, size_t n_sequences, size_t n_ctx, enum kn_type type,
                 unsigned levels);
void lm_kv_free(struct lm_kv *kv);

/* Where the rows of a KV head begin, in bytes from k or v. */
size_t lm_kv_offset(const struct lm_kv *kv, size_t layer, size_t sequence, size_t head, size_t position);

/* Writes heads [first, first + n) of one token; k and v are [n][head_dim]. */
void lm_kv_store(const struct lm_kv *kv, size_t offset, size_t n, const float *k, const float *v);

#endif
