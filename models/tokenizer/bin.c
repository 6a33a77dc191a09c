/* llama2.c's tokenizer.bin: u32 longest token, then {f32 score, u32 length, bytes} a token, little endian. Token 0 is
 * unknown, 1 begins, 2 ends, <0xNN> are bytes; spaces stand as spaces. */
#include "framework/base/error.h"
#include "models/tokenizer/tokenizer.h"

#include <math.h>
#include <string.h>

enum { HEADER_BYTES = 4, RECORD_BYTES = 8, UNKNOWN = 0, BOS = 1, EOS = 2, N_SPECIAL = 3 };

static uint32_t u32_at(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* One record at *at, checked to lie in the file; *at moves behind it. */
static int read_record(const char *path, const unsigned char *data, size_t size, size_t longest, size_t id, size_t *at,
                       const char **text, size_t *len, float *score)
{
    if (size - *at < RECORD_BYTES)
        return tare_fail(TARE_EPARSE, "%s: ends in token %zu, at offset %zu", path, id, *at);
    uint32_t bits = u32_at(data + *at);
    memcpy(score, &bits, sizeof bits);
    *len = u32_at(data + *at + 4);
    if (!isfinite(*score))
        return tare_fail(TARE_EPARSE, "%s: the score of token %zu, at offset %zu, is not a number", path, id, *at);
    if (*len > longest)
        return tare_fail(TARE_EPARSE, "%s: token %zu, at offset %zu, has %zu bytes, more than the %zu of the longest",
                         path, id, *at, *len, longest);
    *at += RECORD_BYTES;
    if (*len > size - *at)
        return tare_fail(TARE_EPARSE, "%s: token %zu, at offset %zu, ends past the file", path, id, *at);
    *text = (const char *)data + *at;
    *at += *len;
    return TARE_OK;
}

/* How many records there are up to the end; those that do not fit are found when they are read. */
static size_t count_records(const unsigned char *data, size_t size)
{
    size_t n = 0;
    for (size_t at = HEADER_BYTES; at < size; n++) {
        if (size - at < RECORD_BYTES)
            return n + 1;
        size_t len = u32_at(data + at + 4);
        at += RECORD_BYTES;
        at = len > size - at ? size : at + len;
    }
    return n;
}

static int add_record(struct lm_tokenizer *t, const char *path, size_t id, const char *text, size_t len, float score)
{
    static const enum lm_token_kind first[N_SPECIAL] = { LM_TOKEN_UNKNOWN, LM_TOKEN_CONTROL, LM_TOKEN_CONTROL };
    unsigned char byte;
    enum lm_token_kind kind = id < N_SPECIAL                       ? first[id]
                              : lm_vocab_is_byte(text, len, &byte) ? LM_TOKEN_BYTE
                                                                   : LM_TOKEN_NORMAL;
    if (id < N_SPECIAL && len > 2 && text[0] == '\n' &&
        text[len - 1] == '\n') { /* as export.py prints them: "\n<s>\n" */
        text++;
        len -= 2;
    }
    return lm_spm_set(t, id, kind, text, len, score, path, "token");
}

int lm_tokenizer_parse_bin(struct lm_tokenizer **out, const char *path, const void *data, size_t size, size_t n_vocab)
{
    *out = NULL;
    if (size < HEADER_BYTES)
        return tare_fail(TARE_EPARSE, "%s: %zu bytes are no tokenizer.bin", path, size);
    size_t n = n_vocab ? n_vocab : count_records(data, size);
    if (n < N_SPECIAL || n > (size - HEADER_BYTES) / RECORD_BYTES)
        return tare_fail(TARE_EPARSE, "%s: %zu bytes do not hold %zu tokens", path, size,
                         n < N_SPECIAL ? N_SPECIAL : n);
    int rc = lm_tokenizer_new(out, &lm_scheme_spm, n, size);
    struct lm_tokenizer *t = *out;
    size_t at = HEADER_BYTES, longest = u32_at(data);
    for (size_t id = 0; id < n && !rc; id++) {
        const char *text = NULL;
        size_t len = 0;
        float score = 0;
        rc = read_record(path, data, size, longest, id, &at, &text, &len, &score);
        rc = rc ? rc : add_record(t, path, id, text, len, score);
    }
    if (rc)
        return rc;
    if (at < size)
        return tare_fail(TARE_EPARSE, "%s: goes on at offset %zu, behind the %zu tokens of the vocabulary", path, at,
                         n);
    t->unknown = UNKNOWN;
    t->bos = BOS;
    t->eos = EOS;
    t->adds_bos = t->space_prefix = true;
    return lm_tokenizer_seal(t, path, "token");
}
