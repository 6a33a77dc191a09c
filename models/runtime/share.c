#include "models/runtime/share.h"

#include "framework/base/pool.h"

enum {
    FROM_MEMORY = 1 << 20, /* bytes of a thread's weights: smaller ones may have stayed in its cache */
    OWN = 7,
    OF = 8,    /* of n belong to the threads from the beginning, */
    SMALL = 2, /* and the rest is so many parts a thread */
};

struct lm_share lm_share(struct lm_worker *w, size_t n, size_t grain, size_t bytes)
{
    struct lm_session *s = w->s;
    size_t threads = (size_t)s->n_threads, thread = (size_t)w->thread, own = n * OWN / OF / threads / grain * grain;
    unsigned turn = w->n_shared++ % LM_TURNS;
    if (thread == 0) /* all are done with the product before the last */
        atomic_store_explicit(&s->turns_taken[(turn + 1) % LM_TURNS].small_parts, 0, memory_order_relaxed);
    struct lm_share p = { .n = n };
    if (threads == 1 || w->n_rows > 1 || own == 0 || bytes / threads < FROM_MEMORY) {
        tare_pool_split(n, grain, w->thread, s->n_threads, &p.begin, &p.end);
        if (p.begin == p.end)
            p.begin = p.end = n;
        return p;
    }
    size_t rest = n - threads * own, small = rest / (SMALL * threads) / grain * grain;
    p.begin = thread * own;
    p.end = p.begin + own;
    p.first_small = threads * own;
    p.n_small = small > 0 ? small : grain;
    p.taken = &s->turns_taken[turn].small_parts;
    return p;
}

void lm_share_next(struct lm_share *p)
{
    p->begin = p->end = p->n;
    if (!p->taken)
        return;
    size_t at = p->first_small + atomic_fetch_add_explicit(p->taken, 1, memory_order_relaxed) * p->n_small;
    if (at >= p->n)
        return;
    p->begin = at;
    p->end = p->n - at < p->n_small ? p->n : at + p->n_small;
}
