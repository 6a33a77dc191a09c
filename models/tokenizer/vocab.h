/* The tokens of a vocabulary: their bytes, kinds and scores, found by text. Filled once, then only read. */
#ifndef LM_TOKENIZER_VOCAB_H
#define LM_TOKENIZER_VOCAB_H

#include "framework/base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds, numbered as tokenizer.ggml.token_type has them. */
enum lm_token_kind {
    LM_TOKEN_UNDEFINED, /* never found in text, decodes to its text */
    LM_TOKEN_NORMAL,
    LM_TOKEN_UNKNOWN,
    LM_TOKEN_CONTROL,
    LM_TOKEN_USER, /* stands for its text wherever that occurs */
    LM_TOKEN_UNUSED,
    LM_TOKEN_BYTE,
    LM_N_TOKEN_KINDS
};

enum { LM_TOKEN_MAX = 1024 /* bytes of one token */ };

struct lm_token {
    uint32_t at;  /* its bytes in `text` */
    uint16_t len; /* <= LM_TOKEN_MAX */
    uint8_t kind; /* enum lm_token_kind */
    bool ends;    /* ends a generation */
    float score;
};

struct lm_vocab {
    struct lm_token *tokens; /* [n] */
    size_t n;
    struct tare_buf text; /* the bytes of all tokens; normal ones as they stand in a text, a byte token's one byte */
    int32_t bytes[256];   /* the token of each byte, LM_NO_TOKEN where there is none */

    uint64_t seed;
    struct lm_vocab_slot {
        uint32_t tag; /* upper bits of the hash */
        int32_t id;   /* LM_NO_TOKEN: free */
    } * slots;        /* [mask + 1], the normal tokens */
    size_t mask;

    uint32_t *special; /* [n_special] ids of control, unknown and user tokens, sorted by their bytes */
    size_t n_special;
    uint32_t first[257]; /* those that begin with byte b: [first[b], first[b + 1]) */
};

/* An empty vocabulary of n undefined tokens, with room for text_bytes of text. */
int lm_vocab_start(struct lm_vocab *v, size_t n, size_t text_bytes);
void lm_vocab_free(struct lm_vocab *v);

/* Sets a token once; `path` and `field` name it in errors. TARE_EPARSE for one longer than LM_TOKEN_MAX. */
int lm_vocab_set(struct lm_vocab *v, size_t id, enum lm_token_kind kind, const char *text, size_t len, float score,
                 const char *path, const char *field);

/* Makes the indices, when all tokens are set. TARE_EPARSE for two normal or two special tokens of one text. */
int lm_vocab_seal(struct lm_vocab *v, const char *path, const char *field);

static inline const char *lm_vocab_text(const struct lm_vocab *v, int32_t id)
{
    return v->text.data + v->tokens[id].at;
}

/* The normal token of a text; LM_NO_TOKEN where there is none. */
int32_t lm_vocab_find(const struct lm_vocab *v, const char *text, size_t len);

/* The same in steps, for many at once: the hash, which fetches the text's slot into the cache; then its token's
 * record; then the token's text; then the answer. */
uint64_t lm_vocab_hash(const struct lm_vocab *v, const char *text, size_t len);
void lm_vocab_fetch_token(const struct lm_vocab *v, uint64_t hash);
void lm_vocab_fetch_text(const struct lm_vocab *v, uint64_t hash);
int32_t lm_vocab_find_hashed(const struct lm_vocab *v, const char *text, size_t len, uint64_t hash);

/* The special token of exactly this text, for files that name one; LM_NO_TOKEN where there is none. */
int32_t lm_vocab_find_special(const struct lm_vocab *v, const char *text, size_t len);

/* The first special token in text[at, len), the longest of those that begin there: its offset, and *id; len when there
 * is none. Control and unknown tokens count only with `control`. */
size_t lm_vocab_next_special(const struct lm_vocab *v, const char *text, size_t len, size_t at, bool control,
                             int32_t *id);

/* Is this "<0xNN>"? Then *byte is NN. */
bool lm_vocab_is_byte(const char *text, size_t len, unsigned char *byte);

#endif
