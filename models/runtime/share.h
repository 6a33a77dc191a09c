/* How the columns of a product are shared out among the threads of a pass. */
#ifndef MODELS_RUNTIME_SHARE_H
#define MODELS_RUNTIME_SHARE_H

#include "models/runtime/state.h"

/* Columns [begin, end) of n are the thread's next; it has done its work when begin is n. Every thread has a large part
 * that is its own, pass after pass. Where the weights come from memory, the rest are small parts for whoever is done
 * first: one thread then often waits for its weights longer than another. */
struct lm_share {
    size_t begin, end;
    size_t n, n_small, first_small; /* columns, of a small part, and where these begin */
    atomic_uint *taken;             /* small parts, by all threads; NULL: there are none */
};

/* The parts of a product of n columns (or heads), in multiples of `grain`, with so many bytes of weights in all. All
 * threads come here for the same products in the same order, and meet between two. */
struct lm_share lm_share(struct lm_worker *w, size_t n, size_t grain, size_t bytes);
void lm_share_next(struct lm_share *p);

#endif
