/* Sequences of tokens on their way through a model: each has its place in the KV cache, and grows as tokens are fed.
 * All memory is allocated when the session is made. One thread at a time. */
#ifndef LM_SESSION_H
#define LM_SESSION_H

#include <kn/types.h>

#include <stddef.h>
#include <stdint.h>

struct lm_config;
struct lm_model;
struct lm_session;
struct tare_pool;

enum { LM_MAX_SEQUENCES = 16 };

/* { 0 } is one sequence of the model's full context, a cache in f32, on the calling thread, with plain C kernels. */
struct lm_session_plan {
    size_t n_ctx;           /* tokens a sequence may hold; 0 = what the model was trained for, never more than that */
    size_t n_sequences;     /* 1 to LM_MAX_SEQUENCES; 0 = 1 */
    size_t chunk;           /* tokens computed at once; 0 = 128 */
    enum kn_type kv;        /* f32, f16 or i8 */
    unsigned levels;        /* tare_cpu_levels(), tare_cpu_mask(): which kernels may be used */
    struct tare_pool *pool; /* or NULL; the caller's, who keeps it alive */
};

/* TARE_EUSAGE for a plan that makes no sense, TARE_ENOMEM with what was asked and what there is. The model must stay
 * alive as long as the session. */
int lm_session_create(struct lm_session **out, const struct lm_model *m, const struct lm_session_plan *plan);
void lm_session_free(struct lm_session *s);

const struct lm_model *lm_session_model(const struct lm_session *s);
size_t lm_session_context(const struct lm_session *s);
size_t lm_session_sequences(const struct lm_session *s);

/* Tokens that a sequence holds, and forgetting all behind the first n of them. */
size_t lm_session_length(const struct lm_session *s, size_t sequence);
void lm_session_cut(struct lm_session *s, size_t sequence, size_t n);

/* Appends n tokens to a sequence, in chunks. lm_session_logits then holds what follows the last. TARE_EUSAGE for a
 * token that is not in the vocabulary, or more than the context holds. */
int lm_session_feed(struct lm_session *s, size_t sequence, const int32_t *ids, size_t n);

/* Appends one token each to the sequences 0 ... n - 1, in one pass. */
int lm_session_step(struct lm_session *s, const int32_t *ids, size_t n);

/* [n_vocab] logits behind the last token of a sequence; overwritten by its next. */
const float *lm_session_logits(const struct lm_session *s, size_t sequence);

/* Appends n tokens to a sequence and adds up -log p of every one of them but the first of a sequence, each given those
 * before it, in nats. logits, where it is not NULL, is called with those behind every token. */
typedef void lm_logits_fn(void *ctx, size_t position, const float *logits);
int lm_session_score(struct lm_session *s, size_t sequence, const int32_t *ids, size_t n, double *nats,
                     lm_logits_fn *logits, void *ctx);

/* Makes a sequence n tokens long with random keys and values: depth for measuring, without computing it. */
int lm_session_fill(struct lm_session *s, size_t sequence, size_t n, uint64_t seed);

struct lm_session_memory {
    size_t kv_formula;   /* layers x 2 x sequences x KV heads x context x head_dim x bytes an element */
    size_t kv_allocated; /* with what int8 needs for its scales, and alignment */
    size_t buffers;      /* activations, logits, work areas of kernels */
};
struct lm_session_memory lm_session_memory(const struct lm_session *s);

/* The same, before there is a session. */
size_t lm_kv_formula(const struct lm_config *c, size_t n_sequences, size_t n_ctx, enum kn_type kv);

#endif
