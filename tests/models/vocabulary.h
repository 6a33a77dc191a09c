/* Small byte-level BPE vocabularies, as a GGUF file has them. */
#ifndef TARE_TESTS_VOCABULARY_H
#define TARE_TESTS_VOCABULARY_H

#include "tests/models/table_file.h"

#include <lm/tokenizer.h>

enum { VOCABULARY_MAX = 512 };

/* The 256 bytes (id = byte), then a token for each merge, then special ones. Points into itself: do not copy. */
struct vocabulary {
    char letters[256][4]; /* how each byte is written */
    char joined[VOCABULARY_MAX][128];
    const char *tokens[VOCABULARY_MAX], *merges[VOCABULARY_MAX];
    int kinds[VOCABULARY_MAX];
    size_t n, n_merges;
    struct lm_file file;
};

/* merges: "a b" each, written as GGUF does, ended by NULL (or none at all: NULL); controls: special tokens, likewise.
 */
void vocabulary_make(struct vocabulary *v, const char *pre, const char *const *merges, const char *const *controls);
struct lm_tokenizer *vocabulary_open(struct vocabulary *v); /* fails the test where it does not open */

/* Encodes a text and holds the ids against those expected. */
void assert_ids(const struct lm_tokenizer *t, const char *text, unsigned flags, const int32_t *expected, size_t n);

#endif
