/* What the files of this folder share: the tokenizer itself, one encoding under way, and the readers. */
#ifndef LM_TOKENIZER_TOKENIZER_H
#define LM_TOKENIZER_TOKENIZER_H

#include "framework/base/mem.h"
#include "models/tokenizer/merge.h"
#include "models/tokenizer/vocab.h"

#include <lm/tokenizer.h>

struct lm_encoder;
struct lm_pattern;
struct lm_words;

/* A way to make tokens of text. */
struct lm_scheme {
    const char *name;
    /* Tokens of text[begin, end), in which there are no special ones; `fresh`: it begins the text or follows a special
     * token. */
    int (*encode)(struct lm_encoder *e, const char *text, size_t begin, size_t end, bool fresh);
    int (*word)(struct lm_encoder *e, const char *text, size_t at, size_t len); /* of one word, without a cache */
};
extern const struct lm_scheme lm_scheme_spm, lm_scheme_bpe, lm_scheme_plain;

/* Merges of byte-level BPE: pairs of ids. */
struct lm_pairs {
    uint64_t seed;
    struct lm_pair {
        uint64_t pair; /* left id << 32 | right id; UINT64_MAX: free */
        uint32_t rank;
        int32_t id;
    } * slots; /* [mask + 1] */
    size_t mask;
};

struct lm_tokenizer {
    const struct lm_scheme *scheme;
    struct lm_vocab vocab;
    int32_t bos, eos, unknown;
    bool adds_bos;
    bool space_prefix; /* spm: a space goes in front of a text */
    bool cuts_spaces;  /* spm: no token has a space behind anything else, so words can be merged apart */
    bool whole_words;  /* bpe: a word that is a token needs no merging */
    struct lm_pairs pairs;
    struct lm_words *words; /* bpe */
    const struct lm_pattern *pattern;
};

/* One lm_encode. A word that occurred before is looked up: its ids are copied from where they were put then. */
struct lm_encoder {
    const struct lm_tokenizer *t;
    int32_t *ids;
    size_t n, capacity;
    struct lm_merger merger;
    struct tare_buf text; /* spm: the text as its tokens have it */
    struct lm_known_word {
        uint64_t hash;
        size_t at, len;  /* in the text; len 0: free */
        size_t first, n; /* in ids */
    } * known;           /* [LM_KNOWN_WORDS], or NULL for a short text */
};
enum { LM_KNOWN_WORDS = 4096, LM_KNOWN_WORD_MAX = 64 };

int lm_encoder_add(struct lm_encoder *e, int32_t id);
int lm_encoder_word(struct lm_encoder *e, const char *text, size_t at, size_t len);

/* The readers fill in what they found; *out is to be freed whatever they return. `path` is for errors. */
int lm_tokenizer_new(struct lm_tokenizer **out, const struct lm_scheme *scheme, size_t n, size_t text_bytes);
int lm_tokenizer_parse_bin(struct lm_tokenizer **out, const char *path, const void *data, size_t size, size_t n_vocab);
int lm_tokenizer_parse_json(struct lm_tokenizer **out, const char *path, const void *data, size_t size, size_t n_vocab);
int lm_tokenizer_parse_gguf(struct lm_tokenizer **out, const struct lm_file *f);

/* A model's chat template as it is written: of the file, or for other formats than GGUF of the tokenizer_config.json
 * beside it; NULL where there is none. The caller frees it. TARE_EPARSE. */
int lm_chat_read(char **text, const struct lm_file *f);

/* The last step of a reader: indices, and what follows from the tokens. `field` is the array of tokens. */
int lm_tokenizer_seal(struct lm_tokenizer *t, const char *path, const char *field);

/* Marks eos, and the special tokens that end a turn by their names, as ends of a text. */
void lm_tokenizer_mark_ends(struct lm_tokenizer *t);

/* Sets a token from the text a file has for it: "▁" becomes a space (spm), the letters that stand for bytes become
 * those (bpe; what has others stands for itself, as a user's token does). */
int lm_spm_set(struct lm_tokenizer *t, size_t id, enum lm_token_kind kind, const char *text, size_t len, float score,
               const char *path, const char *field);
int lm_bpe_set(struct lm_tokenizer *t, size_t id, enum lm_token_kind kind, const char *text, size_t len,
               const char *path, const char *field);

/* The same backwards: appends the text that a file has for a normal token's bytes. */
void lm_spm_spaces(struct tare_buf *to, const char *bytes, size_t n);
void lm_bpe_letters(struct tare_buf *to, const char *bytes, size_t n);

/* The pattern a BPE vocabulary cuts words by. */
int lm_bpe_pattern(struct lm_tokenizer *t, const struct lm_pattern *pattern);

/* The two sides of a merge as its file has them: get() fills them in for a rank. */
struct lm_merge_text {
    const char *a, *b;
    size_t a_len, b_len;
};
typedef int lm_merge_get(const void *ctx, size_t rank, struct lm_merge_text *m);

/* The n merges of a byte-level vocabulary, after lm_tokenizer_seal. */
int lm_bpe_merges(struct lm_tokenizer *t, size_t n, lm_merge_get *get, const void *ctx, const char *path,
                  const char *field);

/* A merge as one text: "a b"; false where it is not that. */
bool lm_bpe_split_merge(const char *text, size_t len, size_t *a_len);

#endif
