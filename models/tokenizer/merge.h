/* Merging neighbours until no pair is left: what SentencePiece's BPE and byte-level BPE share. Among all pairs the one
 * of the lowest key goes first, among equals the leftmost. O(n log n). */
#ifndef LM_TOKENIZER_MERGE_H
#define LM_TOKENIZER_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of the text; in a list that `next` strings together once there has been merging. */
struct lm_symbol {
    uint32_t at, len; /* bytes; len 0: merged into its left neighbour */
    int32_t id;       /* LM_NO_TOKEN: none has this text */
    uint32_t prev, next;
};

/* Does a pair merge? Then *key (lower goes first) and *id, the token it makes. b follows a in the text. */
typedef bool lm_merge_find(const void *ctx, const char *text, const struct lm_symbol *a, const struct lm_symbol *b,
                           uint32_t *key, int32_t *id);

struct lm_merger {
    struct lm_symbol *symbols;
    size_t n, capacity;
    struct lm_merge_entry *heap;
    size_t n_heap, heap_capacity;
};

/* Appends a symbol; its neighbours follow from the order. */
int lm_merger_add(struct lm_merger *m, uint32_t at, uint32_t len, int32_t id);

/* Merges symbols[0, n), and leaves those that remain as symbols[0, n). */
int lm_merger_run(struct lm_merger *m, const char *text, lm_merge_find *find, const void *ctx);
void lm_merger_free(struct lm_merger *m);

#endif
