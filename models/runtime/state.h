/* What a session holds, and one pass of it through the model. */
#ifndef MODELS_RUNTIME_STATE_H
#define MODELS_RUNTIME_STATE_H

#include <lm/session.h>

#include <kn/registry.h>

#include <stdatomic.h>

#include "models/arch/weights.h"
#include "models/runtime/kv_cache.h"

/* Consecutive tokens of one sequence. */
struct lm_run {
    size_t sequence;
    size_t past; /* tokens before the first */
    size_t row;  /* of the first, in the activations */
    size_t n;
};

/* What one pass computes. */
struct lm_pass {
    size_t n_rows;
    int32_t *ids;        /* [chunk] */
    struct lm_run *runs; /* [chunk] */
    size_t n_runs;
    struct lm_run *last_runs; /* [chunk] a run a row of `wanted` */
    size_t *wanted;           /* [chunk] rows that are asked for what follows them, rising */
    size_t n_wanted;
    float *logits; /* [n_wanted][n_vocab], or NULL: the pass ends with the wanted rows in s->normed */
};

enum { LM_TURNS = 3 }; /* products whose parts are counted: the one at work, the one before, the one to come */

struct lm_session {
    const struct lm_model *model;
    struct tare_pool *pool;
    int n_threads;
    size_t n_ctx, n_sequences, chunk;
    size_t *lengths; /* [n_sequences] */
    struct lm_kv kv;
    struct lm_pass pass;

    const struct kn_kernel *matmul[KN_N_TYPES]; /* NULL for types the model has not */
    const struct kn_kernel *norm, *activation, *add, *rope, *attention;

    double *turns;     /* [rope_dims / 2] radians a position */
    float *cos, *sin;  /* [chunk][rope_dims / 2] */
    float *x;          /* [chunk][n_embd] the residual stream */
    float *normed;     /* [chunk][n_embd] */
    float *q, *k, *v;  /* [chunk][heads][head_dim] */
    float *mixed;      /* [chunk][n_heads][head_dim] what attention gives */
    float *gate, *up;  /* [chunk][n_ff] */
    float *sum;        /* [chunk][n_embd] what is added to the stream */
    float *logits;     /* [n_sequences][n_vocab] */
    float *scored;     /* [LM_SCORE_ROWS][n_vocab], when lm_session_score is first called */
    char *work;        /* [n_threads][work_bytes] */
    size_t work_bytes; /* of kernels, a thread */
    float *own;        /* [n_threads][own_floats]: a row */
    size_t own_floats;
    char *memory; /* all of these but `scored` */
    size_t bytes;
    struct {
        atomic_uint small_parts;
        char others[64 - sizeof(atomic_uint)]; /* each has a line of the cache */
    } turns_taken[LM_TURNS];                   /* see share.h */
};

enum { LM_SCORE_ROWS = 16 };

/* One thread of a pass. */
struct lm_worker {
    struct lm_session *s;
    int thread;
    size_t n_rows;     /* of activations: in the last layer, those that are wanted */
    unsigned n_shared; /* products shared out so far */
};

/* The parts of a pass, in their order; called on all threads at once, which meet between them. */
void lm_embed(struct lm_worker *w);
void lm_attention_block(struct lm_worker *w, size_t layer);
void lm_ffn_block(struct lm_worker *w, size_t layer);
void lm_head(struct lm_worker *w, const float *x, size_t n_rows, float *logits);

/* A pass is begun, gets runs of tokens (those behind the last n_wanted of them will be asked for), and is run on the
 * session's pool. lm_check_growth() says whether a sequence may grow by these tokens. */
int lm_check_growth(const struct lm_session *s, size_t sequence, const int32_t *ids, size_t n);
void lm_pass_begin(struct lm_session *s);
void lm_pass_add(struct lm_session *s, size_t sequence, const int32_t *ids, size_t n, size_t n_wanted);
void lm_pass_run(struct lm_session *s);

/* Calls task(ctx, thread, n_threads) on all of the session's threads. */
void lm_on_all(struct lm_session *s, void (*task)(void *ctx, int thread, int n_threads), void *ctx);

/* Waits for the other threads. */
void lm_meet(const struct lm_worker *w);

/* The thread's share of the attention of all runs: s->q to s->mixed. */
void lm_attend(const struct lm_worker *w, size_t layer, const struct lm_run *runs, size_t n_runs);

#endif
