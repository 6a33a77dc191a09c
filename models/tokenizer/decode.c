#include "framework/base/error.h"
#include "models/tokenizer/tokenizer.h"
#include "models/tokenizer/utf8.h"

#include <string.h>

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */
static const char unknown[] = " \xE2\x81\x87 ";   /* U+2047, as SentencePiece prints what it does not know */
enum { REPLACEMENT_BYTES = sizeof replacement - 1 };

const char *lm_token_text(const struct lm_tokenizer *t, int32_t id, size_t *len)
{
    *len = 0;
    if (id < 0 || (size_t)id >= t->vocab.n)
        return NULL;
    const struct lm_token *token = &t->vocab.tokens[id];
    if (token->kind == LM_TOKEN_CONTROL)
        return "";
    if (token->kind == LM_TOKEN_UNKNOWN) {
        *len = sizeof unknown - 1;
        return unknown;
    }
    *len = token->len;
    return lm_vocab_text(&t->vocab, id);
}

/* The text of a token, the first of a text without the space that the encoder put in front. */
static const char *text_in_order(const struct lm_tokenizer *t, int32_t id, bool *begun, size_t *len)
{
    const char *text = lm_token_text(t, id, len);
    if (!text || !*len)
        return "";
    if (!*begun && t->space_prefix && text[0] == ' ') {
        text++;
        --*len;
    }
    *begun = true;
    return text;
}

int lm_decode(const struct lm_tokenizer *t, const int32_t *ids, size_t n, char **text, size_t *len)
{
    struct tare_buf b = { 0 };
    bool begun = false;
    *text = NULL;
    tare_buf_add(&b, "", 0);
    for (size_t i = 0; i < n; i++) {
        size_t bytes;
        if (ids[i] < 0 || (size_t)ids[i] >= t->vocab.n) {
            tare_buf_free(&b);
            return tare_fail(TARE_EUSAGE, "token %zu: %d is not in the vocabulary of %zu", i, (int)ids[i], t->vocab.n);
        }
        const char *piece = text_in_order(t, ids[i], &begun, &bytes);
        tare_buf_add(&b, piece, bytes);
    }
    if (b.failed) {
        tare_buf_free(&b);
        return TARE_ENOMEM;
    }
    *text = b.data;
    if (len)
        *len = b.len;
    return TARE_OK;
}

size_t lm_stream_add(const struct lm_tokenizer *t, struct lm_stream *s, int32_t id, char *out)
{
    size_t len, written = 0;
    const char *text = text_in_order(t, id, &s->begun, &len);
    char bytes[sizeof s->pending + LM_TOKEN_MAX];
    memcpy(bytes, s->pending, s->n_pending);
    memcpy(bytes + s->n_pending, text, len);
    len += s->n_pending;
    s->n_pending = 0;
    for (size_t at = 0; at < len;) {
        int k = lm_utf8_char(bytes + at, len - at);
        if (k == 0) { /* the rest waits */
            s->n_pending = len - at;
            memcpy(s->pending, bytes + at, s->n_pending);
            break;
        }
        if (k > 0)
            memcpy(out + written, bytes + at, (size_t)k);
        else
            memcpy(out + written, replacement, REPLACEMENT_BYTES);
        written += k > 0 ? (size_t)k : REPLACEMENT_BYTES;
        at += (size_t)(k > 0 ? k : -k);
    }
    return written;
}

size_t lm_stream_end(struct lm_stream *s, char *out)
{
    if (!s->n_pending)
        return 0;
    s->n_pending = 0;
    memcpy(out, replacement, REPLACEMENT_BYTES);
    return REPLACEMENT_BYTES;
}
