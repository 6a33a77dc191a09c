#include "models/tokenizer/merge.h"

#include "framework/base/error.h"
#include "framework/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { SHORT = 32 };
#define NONE UINT32_MAX

struct lm_merge_entry {
    uint64_t order; /* key, then the left symbol's place */
    uint32_t right;
    uint32_t len; /* bytes of both: another length now means that one of them has changed */
    int32_t id;
};

int lm_merger_add(struct lm_merger *m, uint32_t at, uint32_t len, int32_t id)
{
    if (m->n == m->capacity && tare_grow(&m->symbols, &m->capacity, m->n + 1, sizeof *m->symbols))
        return TARE_ENOMEM;
    m->symbols[m->n++] = (struct lm_symbol){ .at = at, .len = len, .id = id };
    return TARE_OK;
}

void lm_merger_free(struct lm_merger *m)
{
    free(m->symbols);
    free(m->heap);
    *m = (struct lm_merger){ 0 };
}

/* A word: the keys of all pairs side by side, the least found by looking at each. */
static void merge_short(struct lm_merger *m, const char *text, lm_merge_find *find, const void *ctx)
{
    struct lm_symbol *s = m->symbols;
    uint64_t keys[SHORT]; /* of the pair that begins here; UINT64_MAX: does not merge */
    int32_t ids[SHORT];
    for (size_t i = 0; i + 1 < m->n; i++) {
        uint32_t key;
        keys[i] = find(ctx, text, &s[i], &s[i + 1], &key, &ids[i]) ? key : UINT64_MAX;
    }
    while (m->n > 1) {
        size_t best = 0;
        for (size_t i = 1; i + 1 < m->n; i++)
            if (keys[i] < keys[best])
                best = i;
        if (keys[best] == UINT64_MAX)
            break;
        s[best].len += s[best + 1].len;
        s[best].id = ids[best];
        m->n--;
        size_t after = m->n - best - 1; /* symbols behind the pair */
        memmove(&s[best + 1], &s[best + 2], after * sizeof *s);
        memmove(&keys[best], &keys[best + 1], after * sizeof *keys);
        memmove(&ids[best], &ids[best + 1], after * sizeof *ids);
        for (size_t i = best ? best - 1 : 0; i <= best && i + 1 < m->n; i++) {
            uint32_t key;
            keys[i] = find(ctx, text, &s[i], &s[i + 1], &key, &ids[i]) ? key : UINT64_MAX;
        }
    }
}

static int push(struct lm_merger *m, struct lm_merge_entry e)
{
    if (m->n_heap == m->heap_capacity && tare_grow(&m->heap, &m->heap_capacity, m->n_heap + 1, sizeof *m->heap))
        return TARE_ENOMEM;
    size_t i = m->n_heap++;
    for (; i && m->heap[(i - 1) / 2].order > e.order; i = (i - 1) / 2)
        m->heap[i] = m->heap[(i - 1) / 2];
    m->heap[i] = e;
    return TARE_OK;
}

static struct lm_merge_entry pop(struct lm_merger *m)
{
    struct lm_merge_entry top = m->heap[0], last = m->heap[--m->n_heap];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < m->n_heap; i = child) {
        if (child + 1 < m->n_heap && m->heap[child + 1].order < m->heap[child].order)
            child++;
        if (last.order <= m->heap[child].order)
            break;
        m->heap[i] = m->heap[child];
    }
    m->heap[i] = last;
    return top;
}

/* Puts the pair of a symbol and the next one on the heap, if it merges. */
static int offer(struct lm_merger *m, uint32_t left, const char *text, lm_merge_find *find, const void *ctx)
{
    const struct lm_symbol *a = &m->symbols[left];
    if (a->next == NONE)
        return TARE_OK;
    uint32_t key;
    int32_t id;
    if (!find(ctx, text, a, &m->symbols[a->next], &key, &id))
        return TARE_OK;
    return push(m, (struct lm_merge_entry){ .order = (uint64_t)key << 32 | left,
                                            .right = a->next,
                                            .len = a->len + m->symbols[a->next].len,
                                            .id = id });
}

static int merge_long(struct lm_merger *m, const char *text, lm_merge_find *find, const void *ctx)
{
    struct lm_symbol *s = m->symbols;
    int rc = TARE_OK;
    for (size_t i = 0; i < m->n; i++) {
        s[i].prev = i ? (uint32_t)i - 1 : NONE;
        s[i].next = i + 1 < m->n ? (uint32_t)i + 1 : NONE;
    }
    m->n_heap = 0;
    for (size_t i = 0; i < m->n && !rc; i++)
        rc = offer(m, (uint32_t)i, text, find, ctx);
    while (m->n_heap && !rc) {
        struct lm_merge_entry e = pop(m);
        uint32_t left = (uint32_t)e.order, next;
        if (!s[left].len || !s[e.right].len || s[left].len + s[e.right].len != e.len)
            continue; /* one of the two has merged elsewhere since */
        s[left].len = e.len;
        s[left].id = e.id;
        s[left].next = next = s[e.right].next;
        s[e.right].len = 0;
        if (next != NONE)
            s[next].prev = left;
        rc = offer(m, left, text, find, ctx);
        if (!rc && s[left].prev != NONE)
            rc = offer(m, s[left].prev, text, find, ctx);
    }
    size_t kept = 0;
    for (size_t i = 0; i < m->n; i++)
        if (s[i].len)
            s[kept++] = s[i];
    m->n = kept;
    return rc;
}

int lm_merger_run(struct lm_merger *m, const char *text, lm_merge_find *find, const void *ctx)
{
    if (m->n > SHORT)
        return merge_long(m, text, find, ctx);
    merge_short(m, text, find, ctx);
    return TARE_OK;
}
