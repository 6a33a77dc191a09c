/* SentencePiece's BPE (Kudo and Richardson, 2018): characters, merged by the score of what they make; characters that
 * are no token become the tokens of their bytes. */
#include "framework/base/error.h"
#include "models/tokenizer/tokenizer.h"
#include "models/tokenizer/utf8.h"

#include <math.h>
#include <string.h>

static const char space[] = "\xE2\x96\x81"; /* U+2581, which stands for a space */
enum { SPACE_BYTES = sizeof space - 1 };

/* Copies text with every U+2581 as a space. */
static void add_spaced(struct tare_buf *to, const char *text, size_t len)
{
    for (const char *end = text + len, *next; text < end; text = next) {
        next = memmem(text, (size_t)(end - text), space, SPACE_BYTES);
        if (!next) {
            tare_buf_add(to, text, (size_t)(end - text));
            break;
        }
        tare_buf_add(to, text, (size_t)(next - text));
        tare_buf_add(to, " ", 1);
        next += SPACE_BYTES;
    }
}

void lm_spm_spaces(struct tare_buf *to, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] == ' ')
            tare_buf_add(to, space, SPACE_BYTES);
        else
            tare_buf_add(to, &bytes[i], 1);
}

/* The same as add_spaced() into `to`, which has room for len. Returns its bytes. */
static size_t put_spaced(char *to, const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; n++)
        if (text[i] == space[0] && len - i >= SPACE_BYTES && memcmp(text + i, space, SPACE_BYTES) == 0) {
            to[n] = ' ';
            i += SPACE_BYTES;
        } else {
            to[n] = text[i++];
        }
    return n;
}

int lm_spm_set(struct lm_tokenizer *t, size_t id, enum lm_token_kind kind, const char *text, size_t len, float score,
               const char *path, const char *field)
{
    if (isnan(score))
        return tare_fail(TARE_EPARSE, "%s: the score of %s[%zu] is not a number", path, field, id);
    char spaced[SPACE_BYTES * LM_TOKEN_MAX];
    if ((kind == LM_TOKEN_NORMAL || kind == LM_TOKEN_USER) &&
        len <= sizeof spaced) { /* a longer one is refused below */
        len = put_spaced(spaced, text, len);
        text = spaced;
    }
    return lm_vocab_set(&t->vocab, id, kind, text, len, score, path, field);
}

/* Scores as integers in the opposite order: the highest comes first. */
static uint32_t key_of(float score)
{
    uint32_t bits;
    score += 0.0f; /* -0 is 0 */
    memcpy(&bits, &score, sizeof bits);
    return bits >> 31 ? bits : ~bits & 0x7FFFFFFFu;
}

static bool find_pair(const void *ctx, const char *text, const struct lm_symbol *a, const struct lm_symbol *b,
                      uint32_t *key, int32_t *id)
{
    const struct lm_vocab *v = ctx;
    size_t len = (size_t)a->len + b->len;
    if (len > LM_TOKEN_MAX)
        return false;
    *id = lm_vocab_find(v, text + a->at, len);
    if (*id == LM_NO_TOKEN || v->tokens[*id].score == -INFINITY)
        return false;
    *key = key_of(v->tokens[*id].score);
    return true;
}

/* The tokens of a character's bytes, or the unknown one. */
static int add_bytes(struct lm_encoder *e, const char *text, size_t len)
{
    const struct lm_tokenizer *t = e->t;
    int rc = TARE_OK;
    for (size_t i = 0; i < len && !rc; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (t->vocab.bytes[byte] != LM_NO_TOKEN)
            rc = lm_encoder_add(e, t->vocab.bytes[byte]);
        else if (t->unknown == LM_NO_TOKEN)
            rc = tare_fail(TARE_EUNSUP,
                           "text: the vocabulary has no token for '%.*s' (byte 0x%02X) and none for "
                           "what is unknown",
                           (int)len, text, byte);
        else
            return lm_encoder_add(e, t->unknown);
    }
    return rc;
}

static int encode_word(struct lm_encoder *e, const char *text, size_t at, size_t len)
{
    const struct lm_vocab *v = &e->t->vocab;
    struct lm_merger *m = &e->merger;
    int rc = TARE_OK;
    m->n = 0;
    for (size_t i = 0, k; i < len && !rc; i += k) {
        k = (size_t)lm_utf8_char(text + at + i, len - i);
        rc = lm_merger_add(m, (uint32_t)(at + i), (uint32_t)k, lm_vocab_find(v, text + at + i, k));
    }
    rc = rc ? rc : lm_merger_run(m, text, find_pair, v);
    for (size_t i = 0; i < m->n && !rc; i++) {
        const struct lm_symbol *s = &m->symbols[i];
        rc = s->id != LM_NO_TOKEN ? lm_encoder_add(e, s->id) : add_bytes(e, text + s->at, s->len);
    }
    return rc;
}

static int encode(struct lm_encoder *e, const char *text, size_t begin, size_t end, bool fresh)
{
    const struct lm_tokenizer *t = e->t;
    size_t at = e->text.len;
    if (fresh && t->space_prefix)
        tare_buf_add(&e->text, " ", 1);
    add_spaced(&e->text, text + begin, end - begin);
    if (e->text.failed)
        return TARE_ENOMEM;
    int rc = TARE_OK;
    const char *s = e->text.data;
    for (size_t next; at < e->text.len && !rc; at = next) {
        next = t->cuts_spaces ? at + 1 : e->text.len;
        while (next < e->text.len && !(s[next] == ' ' && s[next - 1] != ' '))
            next++;
        rc = lm_encoder_word(e, s, at, next - at);
    }
    return rc;
}

const struct lm_scheme lm_scheme_spm = { "spm", encode, encode_word };
