#include "models/tokenizer/vocab.h"

#include "framework/base/error.h"
#include "framework/base/rng.h"
#include "models/tokenizer/hash.h"
#include "models/tokenizer/utf8.h"

#include <lm/tokenizer.h>

#include <stdlib.h>
#include <string.h>

int lm_vocab_start(struct lm_vocab *v, size_t n, size_t text_bytes)
{
    *v = (struct lm_vocab){ .n = n, .seed = tare_rng_fresh_seed() };
    for (size_t b = 0; b < 256; b++)
        v->bytes[b] = LM_NO_TOKEN;
    v->tokens = tare_calloc(n, sizeof *v->tokens);
    if (!v->tokens || tare_grow(&v->text.data, &v->text.capacity, text_bytes + 1, 1))
        return TARE_ENOMEM;
    v->text.data[0] = '\0';
    return TARE_OK;
}

void lm_vocab_free(struct lm_vocab *v)
{
    free(v->tokens);
    free(v->slots);
    free(v->special);
    tare_buf_free(&v->text);
    *v = (struct lm_vocab){ 0 };
}

int lm_vocab_set(struct lm_vocab *v, size_t id, enum lm_token_kind kind, const char *text, size_t len, float score,
                 const char *path, const char *field)
{
    if (len > LM_TOKEN_MAX)
        return tare_fail(TARE_EPARSE, "%s: %s[%zu]: a token of %zu bytes (at most %d)", path, field, id, len,
                         LM_TOKEN_MAX);
    if (v->text.len + len > UINT32_MAX)
        return tare_fail(TARE_EPARSE, "%s: %s[%zu]: more than 4 GiB of text", path, field, id);
    unsigned char byte = (unsigned char)(len ? text[0] : 0);
    if (kind == LM_TOKEN_BYTE) { /* "<0xNN>", or the byte itself */
        if (!lm_vocab_is_byte(text, len, &byte) && len != 1)
            return tare_fail(TARE_EPARSE, "%s: %s[%zu]: a byte token that is not <0xNN>", path, field, id);
        if (v->bytes[byte] != LM_NO_TOKEN)
            return tare_fail(TARE_EPARSE, "%s: %s[%zu]: the same byte as token %d (0x%02X)", path, field, id,
                             (int)v->bytes[byte], byte);
        v->bytes[byte] = (int32_t)id;
        text = (const char *)&byte;
        len = 1;
    }
    v->tokens[id] =
        (struct lm_token){ .at = (uint32_t)v->text.len, .len = (uint16_t)len, .kind = (uint8_t)kind, .score = score };
    tare_buf_add(&v->text, text, len);
    return v->text.failed ? TARE_ENOMEM : TARE_OK;
}

static bool is_text(const struct lm_vocab *v, int32_t id, const char *text, size_t len)
{
    return v->tokens[id].len == len && memcmp(lm_vocab_text(v, id), text, len) == 0;
}

static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

/* The slot of a text: its own, or the free one where it belongs. */
static struct lm_vocab_slot *slot_of(const struct lm_vocab *v, const char *text, size_t len, uint64_t hash)
{
    size_t at = hash & v->mask;
    while (v->slots[at].id != LM_NO_TOKEN &&
           (v->slots[at].tag != tag_of(hash) || !is_text(v, v->slots[at].id, text, len)))
        at = (at + 1) & v->mask;
    return &v->slots[at];
}

/* The token that a hash alone leads to, most likely; LM_NO_TOKEN where there is none. */
static int32_t likely(const struct lm_vocab *v, uint64_t hash)
{
    size_t at = hash & v->mask;
    while (v->slots[at].id != LM_NO_TOKEN && v->slots[at].tag != tag_of(hash))
        at = (at + 1) & v->mask;
    return v->slots[at].id;
}

uint64_t lm_vocab_hash(const struct lm_vocab *v, const char *text, size_t len)
{
    uint64_t hash = lm_hash_bytes(text, len, v->seed);
    __builtin_prefetch(&v->slots[hash & v->mask]);
    return hash;
}

void lm_vocab_fetch_token(const struct lm_vocab *v, uint64_t hash)
{
    int32_t id = likely(v, hash);
    if (id != LM_NO_TOKEN)
        __builtin_prefetch(&v->tokens[id]);
}

void lm_vocab_fetch_text(const struct lm_vocab *v, uint64_t hash)
{
    int32_t id = likely(v, hash);
    if (id != LM_NO_TOKEN)
        __builtin_prefetch(lm_vocab_text(v, id));
}

int32_t lm_vocab_find_hashed(const struct lm_vocab *v, const char *text, size_t len, uint64_t hash)
{
    return slot_of(v, text, len, hash)->id;
}

int32_t lm_vocab_find(const struct lm_vocab *v, const char *text, size_t len)
{
    return slot_of(v, text, len, lm_hash_bytes(text, len, v->seed))->id;
}

static int fail_twice(const struct lm_vocab *v, size_t a, size_t b, const char *path, const char *field)
{
    return tare_fail(TARE_EPARSE, "%s: %s[%zu]: the same text as token %zu ('%.*s')", path, field, a > b ? a : b,
                     a > b ? b : a, (int)v->tokens[a].len, lm_vocab_text(v, (int32_t)a));
}

static bool is_indexed(const struct lm_token *t)
{
    return t->kind == LM_TOKEN_NORMAL && t->len;
}

static int index_normal(struct lm_vocab *v, const char *path, const char *field)
{
    size_t n_normal = 0, n_slots;
    for (size_t i = 0; i < v->n; i++)
        n_normal += is_indexed(&v->tokens[i]);
    n_slots = lm_hash_slots(n_normal);
    v->slots = tare_huge(n_slots * sizeof *v->slots);
    if (!v->slots)
        return TARE_ENOMEM;
    v->mask = n_slots - 1;
    for (size_t i = 0; i < n_slots; i++)
        v->slots[i] = (struct lm_vocab_slot){ .id = LM_NO_TOKEN };
    enum { AHEAD = 16 }; /* tokens whose slots are on their way */
    uint64_t hashes[AHEAD];
    for (size_t i = 0; i < v->n + AHEAD; i++) {
        if (i >= AHEAD && is_indexed(&v->tokens[i - AHEAD])) {
            const struct lm_token *t = &v->tokens[i - AHEAD];
            uint64_t hash = hashes[i % AHEAD];
            struct lm_vocab_slot *slot = slot_of(v, lm_vocab_text(v, (int32_t)(i - AHEAD)), t->len, hash);
            if (slot->id != LM_NO_TOKEN)
                return fail_twice(v, i - AHEAD, (size_t)slot->id, path, field);
            *slot = (struct lm_vocab_slot){ tag_of(hash), (int32_t)(i - AHEAD) };
        }
        if (i < v->n)
            hashes[i % AHEAD] = lm_vocab_hash(v, lm_vocab_text(v, (int32_t)i), v->tokens[i].len);
    }
    return TARE_OK;
}

/* One that is looked for in texts. A part of a character is not: the rest would be no text. */
static bool is_special(const struct lm_vocab *v, size_t id)
{
    const struct lm_token *t = &v->tokens[id];
    return t->len && (t->kind == LM_TOKEN_CONTROL || t->kind == LM_TOKEN_UNKNOWN || t->kind == LM_TOKEN_USER) &&
           lm_utf8_valid(lm_vocab_text(v, (int32_t)id), t->len) == t->len;
}

static int by_text(const void *a, const void *b, void *vocab)
{
    const struct lm_vocab *v = vocab;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    size_t nx = v->tokens[x].len, ny = v->tokens[y].len;
    int order = memcmp(lm_vocab_text(v, (int32_t)x), lm_vocab_text(v, (int32_t)y), nx < ny ? nx : ny);
    return order ? order : nx < ny ? -1 : nx > ny ? 1 : x < y ? -1 : x > y;
}

static int index_special(struct lm_vocab *v, const char *path, const char *field)
{
    for (size_t i = 0; i < v->n; i++)
        v->n_special += is_special(v, i);
    v->special = tare_calloc(v->n_special, sizeof *v->special);
    if (!v->special)
        return TARE_ENOMEM;
    for (size_t i = 0, n = 0; i < v->n; i++)
        if (is_special(v, i))
            v->special[n++] = (uint32_t)i;
    qsort_r(v->special, v->n_special, sizeof *v->special, by_text, v);
    for (size_t i = 0; i < v->n_special; i++) {
        int32_t id = (int32_t)v->special[i];
        const char *text = lm_vocab_text(v, id);
        if (i && is_text(v, (int32_t)v->special[i - 1], text, v->tokens[id].len))
            return fail_twice(v, v->special[i - 1], v->special[i], path, field);
        v->first[(unsigned char)text[0] + 1] = (uint32_t)i + 1;
    }
    for (size_t b = 1; b <= 256; b++)
        if (!v->first[b])
            v->first[b] = v->first[b - 1];
    return TARE_OK;
}

int lm_vocab_seal(struct lm_vocab *v, const char *path, const char *field)
{
    int rc = index_normal(v, path, field);
    return rc ? rc : index_special(v, path, field);
}

/* The longest special token that text begins with; the sorted ids narrow byte by byte. */
static int32_t longest_special(const struct lm_vocab *v, const char *text, size_t len, bool control)
{
    int32_t found = LM_NO_TOKEN;
    size_t low = v->first[(unsigned char)text[0]], high = v->first[(unsigned char)text[0] + 1];
    for (size_t depth = 1; low < high; depth++) {
        const struct lm_token *t = &v->tokens[v->special[low]];
        if (t->len == depth) { /* the shortest come first */
            if (control || t->kind == LM_TOKEN_USER)
                found = (int32_t)v->special[low];
            low++;
        }
        if (depth == len)
            break;
        unsigned char byte = (unsigned char)text[depth];
        size_t ends[2] = { low, low }; /* the first with a byte >= `byte`, and > `byte` */
        for (unsigned end = 0; end < 2; end++) {
            size_t a = low, b = high;
            while (a < b) {
                size_t middle = a + (b - a) / 2;
                if ((unsigned char)lm_vocab_text(v, (int32_t)v->special[middle])[depth] < byte + end)
                    a = middle + 1;
                else
                    b = middle;
            }
            ends[end] = a;
        }
        low = ends[0];
        high = ends[1];
    }
    return found;
}

int32_t lm_vocab_find_special(const struct lm_vocab *v, const char *text, size_t len)
{
    int32_t id = len ? longest_special(v, text, len, true) : LM_NO_TOKEN;
    return id != LM_NO_TOKEN && v->tokens[id].len == len ? id : LM_NO_TOKEN;
}

size_t lm_vocab_next_special(const struct lm_vocab *v, const char *text, size_t len, size_t at, bool control,
                             int32_t *id)
{
    if (!v->n_special)
        return len;
    for (; at < len; at++) {
        unsigned char byte = (unsigned char)text[at];
        if (v->first[byte] == v->first[byte + 1])
            continue;
        *id = longest_special(v, text + at, len - at, control);
        if (*id != LM_NO_TOKEN)
            return at;
    }
    return len;
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

bool lm_vocab_is_byte(const char *text, size_t len, unsigned char *byte)
{
    if (len != 6 || memcmp(text, "<0x", 3) != 0 || text[5] != '>' || digit_of(text[3]) < 0 || digit_of(text[4]) < 0)
        return false;
    *byte = (unsigned char)(digit_of(text[3]) * 16 + digit_of(text[4]));
    return true;
}
