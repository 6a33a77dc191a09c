/* Text to token ids and back: SentencePiece-style merges by score with byte fallback, and byte-level BPE. */
#ifndef LM_TOKENIZER_H
#define LM_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lm_file;
struct lm_tokenizer;

enum { LM_NO_TOKEN = -1 };

/* From the tokenizer.ggml.* metadata of a GGUF file; for other formats from the files that lie beside it
 * (tokenizer.bin, tok*.bin, tokenizer.json). TARE_ENOENT where there is none; TARE_EPARSE with file and field where it
 * is damaged. */
int lm_tokenizer_open(struct lm_tokenizer **out, const struct lm_file *f);

/* From one file: llama2.c's tokenizer.bin (n_vocab tokens), or a tokenizer.json with a BPE model, whose bos and eos are
 * those of tokenizer_config.json, generation_config.json or config.json beside it, or known by their names. */
int lm_tokenizer_read(struct lm_tokenizer **out, const char *path, size_t n_vocab);

/* A vocabulary of n ids without text, for models with random weights: id i stands for the byte i % 256. */
int lm_tokenizer_plain(struct lm_tokenizer **out, size_t n_vocab);

void lm_tokenizer_free(struct lm_tokenizer *t);

size_t lm_tokenizer_size(const struct lm_tokenizer *t);
int32_t lm_tokenizer_bos(const struct lm_tokenizer *t); /* LM_NO_TOKEN where there is none */
int32_t lm_tokenizer_eos(const struct lm_tokenizer *t);
bool lm_tokenizer_is_end(const struct lm_tokenizer *t, int32_t id); /* eos, eot, eom, im_end */
bool lm_tokenizer_adds_bos(const struct lm_tokenizer *t);

/* Flags of lm_encode. */
enum {
    LM_ENCODE_BOS = 1 /* begin with bos, if the vocabulary adds one; not twice where the text brings its own
                       * and LM_ENCODE_SPECIAL reads it as one */
    ,
    LM_ENCODE_SPECIAL = 2 /* "<|eot_id|>" is one token */
};

/* Encodes len bytes, which must be UTF-8 (TARE_EUSAGE with the offset of the first bad byte). *ids is [*n]; the caller
 * frees it. */
int lm_encode(const struct lm_tokenizer *t, const char *text, size_t len, unsigned flags, int32_t **ids, size_t *n);

/* The bytes of one token as it stands inside a text; *len of them, owned by the tokenizer. NULL for an id that is not
 * in the vocabulary; control tokens are empty. */
const char *lm_token_text(const struct lm_tokenizer *t, int32_t id, size_t *len);

/* Decodes ids to a NUL-terminated text of *len bytes; the caller frees it. A leading bos is dropped, and the space that
 * SentencePiece put in front. */
int lm_decode(const struct lm_tokenizer *t, const int32_t *ids, size_t n, char **text, size_t *len);

/* A stream of tokens as text that never splits a UTF-8 character: bytes wait until their character is whole (or can no
 * longer become one: then U+FFFD stands for them). { 0 } begins one. */
struct lm_stream {
    char pending[4];
    size_t n_pending;
    bool begun;
};

enum { LM_STREAM_MAX = 4096 };

/* Adds a token and appends what became whole to out (LM_STREAM_MAX bytes hold any token); returns the bytes written. */
size_t lm_stream_add(const struct lm_tokenizer *t, struct lm_stream *s, int32_t id, char *out);
size_t lm_stream_end(struct lm_stream *s, char *out); /* what is left, as U+FFFD */

/* Chat templates: the prompt that stands for a conversation. */
struct lm_message {
    const char *role; /* "system", "user", "assistant" */
    const char *text;
};

/* Renders messages with the assistant's turn opened; the template is told from the chat_template of the file, or of the
 * tokenizer_config.json beside it ("llama3", "chatml", "zephyr"), or named. TARE_EUNSUP for one that is not known. The
 * caller frees *text. Encode with LM_ENCODE_SPECIAL. */
int lm_chat_render(const char *template_name, const struct lm_message *messages, size_t n, char **text);
const char *lm_chat_template(const struct lm_file *f); /* its name, or NULL */

#endif
