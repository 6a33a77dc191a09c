/* Byte-level BPE (Sennrich et al., 2016; Radford et al., 2019): a pattern cuts the text into words, the bytes of a word
 * merge in the order of the merges' ranks. Files write a byte that does not print as a letter from U+0100 on. */
#include "framework/base/error.h"
#include "framework/base/rng.h"
#include "models/tokenizer/hash.h"
#include "models/tokenizer/pattern.h"
#include "models/tokenizer/tokenizer.h"

#include <stdlib.h>
#include <string.h>

/* The byte a character stands for: the printable ones of Latin-1 for themselves, the others, in order, as U+0100 to
 * U+0143; -1 for other characters. */
static int byte_of(unsigned c)
{
    if ((c >= 0x21 && c <= 0x7E) || (c >= 0xA1 && c <= 0xAC) || (c >= 0xAE && c <= 0xFF))
        return (int)c;
    if (c < 0x100 || c > 0x143)
        return -1;
    unsigned i = c - 0x100;
    return (int)(i < 33 ? i : i == 33 ? 0x7F : i < 67 ? 0x80 + (i - 34) : 0xAD);
}

/* Turns letters into the bytes they stand for; `bytes` has room for len. Returns how many, or SIZE_MAX where one of
 * them stands for none. */
static size_t bytes_of(const char *text, size_t len, char *bytes)
{
    size_t n = 0;
    for (size_t i = 0; i < len; n++) {
        unsigned c = (unsigned char)text[i++];
        if (c >= 0x80) { /* two bytes reach U+07FF */
            unsigned second = i < len ? (unsigned char)text[i++] : 0;
            if ((c & 0xE0) != 0xC0 || (second & 0xC0) != 0x80)
                return SIZE_MAX;
            c = (c & 0x1F) << 6 | (second & 0x3F);
            if (c < 0x80)
                return SIZE_MAX;
        }
        int byte = byte_of(c);
        if (byte < 0)
            return SIZE_MAX;
        bytes[n] = (char)byte;
    }
    return n;
}

int lm_bpe_set(struct lm_tokenizer *t, size_t id, enum lm_token_kind kind, const char *text, size_t len,
               const char *path, const char *field)
{
    char bytes[2 * LM_TOKEN_MAX];
    size_t n = SIZE_MAX;
    if (kind == LM_TOKEN_NORMAL && len <= sizeof bytes)
        n = bytes_of(text, len, bytes);
    if (n != SIZE_MAX)
        return lm_vocab_set(&t->vocab, id, kind, bytes, n, 0, path, field);
    if (kind == LM_TOKEN_NORMAL)
        kind = LM_TOKEN_USER;
    return lm_vocab_set(&t->vocab, id, kind, text, len, 0, path, field);
}

int lm_bpe_pattern(struct lm_tokenizer *t, const struct lm_pattern *pattern)
{
    t->whole_words = pattern->whole_words;
    t->adds_bos = pattern->adds_bos;
    return lm_words_compile(&t->words, pattern);
}

int lm_pairs_start(struct lm_pairs *p, size_t n)
{
    size_t n_slots = lm_hash_slots(n);
    p->seed = tare_rng_fresh_seed();
    p->slots = tare_alloc(n_slots * sizeof *p->slots);
    if (!p->slots)
        return TARE_ENOMEM;
    memset(p->slots, 0xFF, n_slots * sizeof *p->slots); /* all free */
    p->mask = n_slots - 1;
    return TARE_OK;
}

static struct lm_pair *pair_slot(const struct lm_pairs *p, int32_t a, int32_t b)
{
    uint64_t pair = (uint64_t)(uint32_t)a << 32 | (uint32_t)b;
    size_t at = lm_hash_pair(pair, p->seed) & p->mask;
    while (p->slots[at].pair != pair && p->slots[at].pair != UINT64_MAX)
        at = (at + 1) & p->mask;
    return &p->slots[at];
}

bool lm_bpe_split_merge(const char *text, size_t len, size_t *a_len)
{
    const char *gap = memchr(text, ' ', len);
    *a_len = gap ? (size_t)(gap - text) : 0;
    return gap && *a_len && *a_len + 1 < len;
}

int lm_bpe_merge(struct lm_tokenizer *t, size_t rank, const char *a, size_t a_len, const char *b, size_t b_len,
                 const char *path, const char *field)
{
    char bytes[4 * LM_TOKEN_MAX];
    if (a_len > 2 * LM_TOKEN_MAX || b_len > 2 * LM_TOKEN_MAX)
        return tare_fail(TARE_EPARSE, "%s: %s[%zu]: longer than any token", path, field, rank);
    size_t na = bytes_of(a, a_len, bytes);
    size_t nb = na == SIZE_MAX ? SIZE_MAX : bytes_of(b, b_len, bytes + na);
    if (nb == SIZE_MAX)
        return tare_fail(TARE_EPARSE, "%s: %s[%zu]: '%.*s %.*s' does not stand for bytes", path, field, rank,
                         (int)a_len, a, (int)b_len, b);
    int32_t left = lm_vocab_find(&t->vocab, bytes, na), right = lm_vocab_find(&t->vocab, bytes + na, nb);
    int32_t both = lm_vocab_find(&t->vocab, bytes, na + nb);
    if (left == LM_NO_TOKEN || right == LM_NO_TOKEN || both == LM_NO_TOKEN)
        return tare_fail(TARE_EPARSE, "%s: %s[%zu]: '%.*s%.*s' is not in the vocabulary", path, field, rank,
                         right == LM_NO_TOKEN && left != LM_NO_TOKEN ? 0 : (int)a_len, a,
                         left == LM_NO_TOKEN ? 0 : (int)b_len, b);
    struct lm_pair *slot = pair_slot(&t->pairs, left, right);
    if (slot->pair != UINT64_MAX)
        return tare_fail(TARE_EPARSE, "%s: %s[%zu]: the same pair as merge %u", path, field, rank, slot->rank);
    *slot = (struct lm_pair){ (uint64_t)(uint32_t)left << 32 | (uint32_t)right, (uint32_t)rank, both };
    return TARE_OK;
}

static bool find_pair(const void *ctx, const char *text, const struct lm_symbol *a, const struct lm_symbol *b,
                      uint32_t *key, int32_t *id)
{
    (void)text;
    const struct lm_pair *slot = pair_slot(ctx, a->id, b->id);
    *key = slot->rank;
    *id = slot->id;
    return slot->pair != UINT64_MAX;
}

static int encode_word(struct lm_encoder *e, const char *text, size_t at, size_t len)
{
    const struct lm_tokenizer *t = e->t;
    if (t->whole_words && len <= LM_TOKEN_MAX) {
        int32_t id = lm_vocab_find(&t->vocab, text + at, len);
        if (id != LM_NO_TOKEN)
            return lm_encoder_add(e, id);
    }
    int rc = TARE_OK;
    e->merger.n = 0;
    for (size_t i = at; i < at + len && !rc; i++) {
        unsigned char byte = (unsigned char)text[i];
        int32_t id = t->vocab.bytes[byte];
        if (id == LM_NO_TOKEN)
            id = t->unknown;
        if (id == LM_NO_TOKEN)
            return tare_fail(TARE_EUNSUP, "text: the vocabulary has no token for byte 0x%02X at offset %zu", byte, i);
        rc = lm_merger_add(&e->merger, (uint32_t)i, 1, id);
    }
    rc = rc ? rc : lm_merger_run(&e->merger, text, find_pair, &t->pairs);
    for (size_t i = 0; i < e->merger.n && !rc; i++)
        rc = lm_encoder_add(e, e->merger.symbols[i].id);
    return rc;
}

struct part {
    struct lm_encoder *e;
    const char *text;
};

static int on_word(void *ctx, size_t begin, size_t end)
{
    struct part *p = ctx;
    return lm_encoder_word(p->e, p->text, begin, end - begin);
}

static int encode(struct lm_encoder *e, const char *text, size_t begin, size_t end, bool fresh)
{
    (void)fresh;
    return lm_words_split(e->t->words, text, begin, end, on_word, &(struct part){ e, text });
}

const struct lm_scheme lm_scheme_bpe = { "bpe", encode, encode_word };
