#include "framework/base/error.h"
#include "models/tokenizer/hash.h"
#include "models/tokenizer/tokenizer.h"
#include "models/tokenizer/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { LONG_TEXT = 4096 /* bytes from which a table of known words pays */ };

int lm_encoder_add(struct lm_encoder *e, int32_t id)
{
    if (e->n == e->capacity && tare_grow(&e->ids, &e->capacity, e->n + 1, sizeof *e->ids))
        return TARE_ENOMEM;
    e->ids[e->n++] = id;
    return TARE_OK;
}

int lm_encoder_word(struct lm_encoder *e, const char *text, size_t at, size_t len)
{
    if (!e->known || len > LM_KNOWN_WORD_MAX)
        return e->t->scheme->word(e, text, at, len);
    uint64_t hash = lm_hash_bytes(text + at, len, 0);
    struct lm_known_word *w = &e->known[hash % LM_KNOWN_WORDS];
    if (w->hash == hash && w->len == len && memcmp(text + w->at, text + at, len) == 0) {
        int rc = TARE_OK;
        for (size_t i = 0; i < w->n && !rc; i++)
            rc = lm_encoder_add(e, e->ids[w->first + i]);
        return rc;
    }
    size_t first = e->n;
    int rc = e->t->scheme->word(e, text, at, len);
    *w = (struct lm_known_word){ .hash = hash, .at = at, .len = rc ? 0 : len, .first = first, .n = e->n - first };
    return rc;
}

/* One byte, one token: the id of the byte's value, as far as the vocabulary goes. */
static int encode_plain(struct lm_encoder *e, const char *text, size_t begin, size_t end, bool fresh)
{
    (void)fresh;
    int rc = TARE_OK;
    for (size_t i = begin; i < end && !rc; i++)
        rc = lm_encoder_add(e, (int32_t)((unsigned char)text[i] % e->t->vocab.n));
    return rc;
}

const struct lm_scheme lm_scheme_plain = { "plain", encode_plain, NULL };

static int check_text(const char *text, size_t len)
{
    if (len > INT32_MAX)
        return tare_fail(TARE_EUSAGE, "text: %zu bytes, at most 2 GiB can be encoded at once", len);
    size_t valid = lm_utf8_valid(text, len);
    if (valid < len)
        return tare_fail(TARE_EUSAGE, "text: not UTF-8: byte 0x%02X at offset %zu", (unsigned char)text[valid], valid);
    return TARE_OK;
}

int lm_encode(const struct lm_tokenizer *t, const char *text, size_t len, unsigned flags, int32_t **ids, size_t *n)
{
    struct lm_encoder e = { .t = t };
    *ids = NULL;
    *n = 0;
    int rc = check_text(text, len);
    if (rc)
        goto done;
    if (len >= LONG_TEXT && !(e.known = tare_calloc(LM_KNOWN_WORDS, sizeof *e.known))) {
        rc = TARE_ENOMEM;
        goto done;
    }
    bool bos = flags & LM_ENCODE_BOS && t->adds_bos && t->bos != LM_NO_TOKEN;
    if (bos)
        rc = lm_encoder_add(&e, t->bos);
    bool fresh = true;
    for (size_t at = 0, next; at < len && !rc; fresh = true) {
        int32_t special = LM_NO_TOKEN;
        next = lm_vocab_next_special(&t->vocab, text, len, at, flags & LM_ENCODE_SPECIAL, &special);
        if (next > at)
            rc = t->scheme->encode(&e, text, at, next, fresh);
        at = next;
        if (next < len && !rc) {
            at += t->vocab.tokens[special].len;
            if (!(bos && next == 0 && special == t->bos)) /* a text that brings its own needs no second */
                rc = lm_encoder_add(&e, special);
        }
    }
    if (!rc && !e.ids) /* no token at all: still something to free */
        rc = tare_grow(&e.ids, &e.capacity, 1, sizeof *e.ids);
    if (rc)
        goto done;
    *ids = e.ids;
    *n = e.n;
    e.ids = NULL;
done:
    free(e.ids);
    free(e.known);
    lm_merger_free(&e.merger);
    tare_buf_free(&e.text);
    return rc;
}
