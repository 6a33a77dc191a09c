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

static unsigned letter_of(unsigned char byte)
{
    if (byte_of(byte) == byte)
        return byte;
    return 0x100u + (byte <= ' ' ? byte : byte == 0x7F ? 33u : byte == 0xAD ? 67u : byte - 0x80u + 34u);
}

void lm_bpe_letters(struct tare_buf *to, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned c = letter_of((unsigned char)bytes[i]);
        const char two[] = { (char)(0xC0 | c >> 6), (char)(0x80 | (c & 0x3F)) };
        if (c < 0x80)
            tare_buf_add(to, &bytes[i], 1);
        else
            tare_buf_add(to, two, sizeof two);
    }
}

/* Turns letters into the bytes they stand for; `bytes` has room for len. Returns how many, or SIZE_MAX where one of
 * them stands for none. */
static size_t bytes_of(const char *text, size_t len, char *bytes)
{
    size_t n = 0;
    for (size_t i = 0; i < len; n++) {
        unsigned c = (unsigned char)text[i++];
        if (c > 0x20 && c < 0x7F) { /* most of them */
            bytes[n] = (char)c;
            continue;
        }
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
    t->pattern = pattern;
    return lm_words_compile(&t->words, pattern);
}

static int start_pairs(struct lm_pairs *p, size_t n)
{
    size_t n_slots = lm_hash_slots(n);
    p->seed = tare_rng_fresh_seed();
    p->slots = tare_huge(n_slots * sizeof *p->slots);
    if (!p->slots)
        return TARE_ENOMEM;
    memset(p->slots, 0xFF, n_slots * sizeof *p->slots); /* all free */
    p->mask = n_slots - 1;
    return TARE_OK;
}

static uint64_t pair_of(int32_t a, int32_t b)
{
    return (uint64_t)(uint32_t)a << 32 | (uint32_t)b;
}

static struct lm_pair *first_slot(const struct lm_pairs *p, uint64_t pair)
{
    return &p->slots[lm_hash_pair(pair, p->seed) & p->mask];
}

/* The slot of a pair: its own, or the free one where it belongs. */
static struct lm_pair *pair_slot(const struct lm_pairs *p, int32_t a, int32_t b)
{
    uint64_t pair = pair_of(a, b);
    struct lm_pair *slot = first_slot(p, pair);
    while (slot->pair != pair && slot->pair != UINT64_MAX)
        slot = slot == &p->slots[p->mask] ? p->slots : slot + 1;
    return slot;
}

bool lm_bpe_split_merge(const char *text, size_t len, size_t *a_len)
{
    const char *gap = memchr(text, ' ', len);
    *a_len = gap ? (size_t)(gap - text) : 0;
    return gap && *a_len && *a_len + 1 < len;
}

enum { LEFT, RIGHT, BOTH, N_SIDES, AT_ONCE = 16 };

/* Merges whose tokens are looked up together, so that the cache fetches for all of them at once. */
struct merge_batch {
    size_t n;
    struct merge {
        struct lm_merge_text text;
        uint32_t at, len[N_SIDES]; /* in bytes[] */
        uint64_t hash[N_SIDES];
        int32_t made; /* LM_NO_TOKEN: to be looked up */
    } merges[AT_ONCE];
    size_t n_bytes;
    char bytes[AT_ONCE * LM_TOKEN_MAX];
    int32_t made; /* by the last merge: the next one makes the same token or the one behind it in most vocabularies */
};

static const char *side_of(const struct merge_batch *b, const struct merge *m, int side)
{
    return b->bytes + m->at + (side == RIGHT ? m->len[LEFT] : 0);
}

/* How many of a merge's texts are to be looked up. */
static int sides_of(const struct merge *m)
{
    return m->made == LM_NO_TOKEN ? N_SIDES : BOTH;
}

/* The token that a merge makes, where it is the last one or the one behind it; else LM_NO_TOKEN. */
static int32_t guess_made(struct merge_batch *b, const struct lm_vocab *v, const struct merge *m)
{
    for (int32_t id = b->made; id <= b->made + 1 && (size_t)id < v->n; id++) {
        const struct lm_token *t = &v->tokens[id];
        if (t->kind == LM_TOKEN_NORMAL && t->len == m->len[BOTH] &&
            memcmp(lm_vocab_text(v, id), side_of(b, m, BOTH), t->len) == 0)
            return b->made = id;
    }
    return LM_NO_TOKEN;
}

/* Adds a merge; its bytes make one token, so they have room. */
static int batch_add(struct merge_batch *b, const struct lm_vocab *v, struct lm_merge_text text, size_t rank,
                     const char *path, const char *field)
{
    char bytes[4 * LM_TOKEN_MAX];
    if (text.a_len + text.b_len > sizeof bytes)
        return tare_fail(TARE_EPARSE, "%s: %s[%zu]: longer than any token", path, field, rank);
    size_t na = bytes_of(text.a, text.a_len, bytes);
    size_t nb = na == SIZE_MAX ? SIZE_MAX : bytes_of(text.b, text.b_len, bytes + na);
    if (nb == SIZE_MAX || na + nb > LM_TOKEN_MAX)
        return tare_fail(TARE_EPARSE, "%s: %s[%zu]: '%.*s %.*s' does not stand for bytes of a token", path, field, rank,
                         (int)text.a_len, text.a, (int)text.b_len, text.b);
    struct merge *m = &b->merges[b->n++];
    *m = (struct merge){ .text = text, .at = (uint32_t)b->n_bytes };
    m->len[LEFT] = (uint32_t)na;
    m->len[RIGHT] = (uint32_t)nb;
    m->len[BOTH] = (uint32_t)(na + nb);
    memcpy(b->bytes + b->n_bytes, bytes, na + nb);
    b->n_bytes += na + nb;
    m->made = guess_made(b, v, m);
    for (int side = 0; side < sides_of(m); side++)
        m->hash[side] = lm_vocab_hash(v, side_of(b, m, side), m->len[side]);
    return TARE_OK;
}

static int add_merge(struct lm_tokenizer *t, const struct merge *m, const int32_t ids[N_SIDES], size_t rank,
                     const char *path, const char *field)
{
    const struct lm_merge_text *text = &m->text;
    if (ids[LEFT] == LM_NO_TOKEN || ids[RIGHT] == LM_NO_TOKEN || ids[BOTH] == LM_NO_TOKEN)
        return tare_fail(TARE_EPARSE, "%s: %s[%zu]: '%.*s%.*s' is not in the vocabulary", path, field, rank,
                         ids[RIGHT] == LM_NO_TOKEN && ids[LEFT] != LM_NO_TOKEN ? 0 : (int)text->a_len, text->a,
                         ids[LEFT] == LM_NO_TOKEN ? 0 : (int)text->b_len, text->b);
    struct lm_pair *slot = pair_slot(&t->pairs, ids[LEFT], ids[RIGHT]);
    if (slot->pair != UINT64_MAX)
        return tare_fail(TARE_EPARSE, "%s: %s[%zu]: the same pair as merge %u", path, field, rank, slot->rank);
    *slot = (struct lm_pair){ pair_of(ids[LEFT], ids[RIGHT]), (uint32_t)rank, ids[BOTH] };
    return TARE_OK;
}

/* Looks up and adds the merges of a batch, which end before `rank`. */
static int batch_finish(struct merge_batch *b, struct lm_tokenizer *t, size_t rank, const char *path, const char *field)
{
    const struct lm_vocab *v = &t->vocab;
    int32_t ids[AT_ONCE][N_SIDES];
    int rc = TARE_OK;
    for (size_t i = 0; i < b->n; i++)
        for (int side = 0; side < sides_of(&b->merges[i]); side++)
            lm_vocab_fetch_token(v, b->merges[i].hash[side]);
    for (size_t i = 0; i < b->n; i++)
        for (int side = 0; side < sides_of(&b->merges[i]); side++)
            lm_vocab_fetch_text(v, b->merges[i].hash[side]);
    for (size_t i = 0; i < b->n; i++) {
        const struct merge *m = &b->merges[i];
        ids[i][BOTH] = m->made;
        for (int side = 0; side < sides_of(m); side++)
            ids[i][side] = lm_vocab_find_hashed(v, side_of(b, m, side), m->len[side], m->hash[side]);
        if (ids[i][BOTH] != LM_NO_TOKEN)
            b->made = ids[i][BOTH];
        __builtin_prefetch(first_slot(&t->pairs, pair_of(ids[i][LEFT], ids[i][RIGHT])), 1);
    }
    for (size_t i = 0; i < b->n && !rc; i++)
        rc = add_merge(t, &b->merges[i], ids[i], rank - b->n + i, path, field);
    b->n = b->n_bytes = 0;
    return rc;
}

int lm_bpe_merges(struct lm_tokenizer *t, size_t n, lm_merge_get *get, const void *ctx, const char *path,
                  const char *field)
{
    struct merge_batch *b = tare_alloc(sizeof *b);
    int rc = b ? start_pairs(&t->pairs, n) : TARE_ENOMEM;
    if (b) {
        b->n = b->n_bytes = 0;
        b->made = 0;
    }
    for (size_t rank = 0; rank < n && !rc; rank++) {
        struct lm_merge_text text;
        rc = get(ctx, rank, &text);
        rc = rc ? rc : batch_add(b, &t->vocab, text, rank, path, field);
        if (!rc && (b->n == AT_ONCE || rank + 1 == n))
            rc = batch_finish(b, t, rank + 1, path, field);
    }
    free(b);
    return rc;
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
