/* A vocabulary from the tokenizer.ggml.* metadata of a GGUF file. */
#include "framework/base/error.h"
#include "models/tokenizer/pattern.h"
#include "models/tokenizer/tokenizer.h"

#include <lm/file.h>

#include <stdio.h>
#include <string.h>

#define KEY "tokenizer.ggml."

static const char tokens_key[] = KEY "tokens", kinds_key[] = KEY "token_type", scores_key[] = KEY "scores",
                  merges_key[] = KEY "merges";

/* Records what is wrong with a key, and where it lies. */
static int fail_key(const struct lm_file *f, const char *key, const char *what)
{
    size_t at = lm_file_offset(f, key);
    if (at == (size_t)-1)
        return tare_fail(TARE_EPARSE, "%s: %s: %s", lm_file_path(f), key, what);
    return tare_fail(TARE_EPARSE, "%s: %s (at offset %zu): %s", lm_file_path(f), key, at, what);
}

static int fail_element(const struct lm_file *f, const char *key, size_t i, const char *what)
{
    char element[96];
    snprintf(element, sizeof element, "element %zu: %s", i, what);
    return fail_key(f, key, element);
}

/* The element of each token in an array that may be missing, but must then be whole. */
static int check_length(const struct lm_file *f, const char *key, size_t n, bool *there)
{
    size_t length = lm_file_array_length(f, key);
    *there = length != 0;
    if (length == 0 || length == n)
        return TARE_OK;
    char what[96];
    snprintf(what, sizeof what, "%zu elements for a vocabulary of %zu", length, n);
    return fail_key(f, key, what);
}

static bool whole(struct lm_value v, uint64_t *u)
{
    *u = v.kind == LM_VALUE_INT ? (uint64_t)v.i : v.u;
    return v.kind == LM_VALUE_UINT || (v.kind == LM_VALUE_INT && v.i >= 0);
}

static int read_id(const struct lm_file *f, const char *key, size_t n, int32_t *id)
{
    struct lm_value v = lm_file_value(f, key);
    uint64_t u;
    if (v.kind == LM_VALUE_NONE)
        return TARE_OK;
    if (!whole(v, &u) || u >= n) {
        char what[96];
        snprintf(what, sizeof what, "not a token of the vocabulary of %zu", n);
        return fail_key(f, key, what);
    }
    *id = (int32_t)u;
    return TARE_OK;
}

static int read_bool(const struct lm_file *f, const char *key, bool *b)
{
    struct lm_value v = lm_file_value(f, key);
    if (v.kind == LM_VALUE_NONE)
        return TARE_OK;
    if (v.kind != LM_VALUE_BOOL)
        return fail_key(f, key, "neither true nor false");
    *b = v.u != 0;
    return TARE_OK;
}

/* Ids that stand for themselves in the metadata, read before the tokens: they say what kind some are. */
struct named {
    int32_t bos, eos, eot, eom, unknown, padding;
};

static int read_named(const struct lm_file *f, size_t n, struct named *ids)
{
    const struct {
        const char *key;
        int32_t *id;
    } keys[] = {
        { KEY "bos_token_id", &ids->bos },         { KEY "eos_token_id", &ids->eos },
        { KEY "eot_token_id", &ids->eot },         { KEY "eom_token_id", &ids->eom },
        { KEY "unknown_token_id", &ids->unknown }, { KEY "padding_token_id", &ids->padding },
    };
    int rc = TARE_OK;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !rc; i++) {
        *keys[i].id = LM_NO_TOKEN;
        rc = read_id(f, keys[i].key, n, keys[i].id);
    }
    return rc;
}

/* The kind of a token where the file has no token_type. */
static enum lm_token_kind guess_kind(const struct lm_tokenizer *t, const struct named *ids, size_t id,
                                     struct lm_value text)
{
    unsigned char byte;
    int32_t i = (int32_t)id;
    if (i == ids->bos || i == ids->eos || i == ids->eot || i == ids->eom)
        return LM_TOKEN_CONTROL;
    if (i == ids->unknown)
        return LM_TOKEN_UNKNOWN;
    if (t->scheme == &lm_scheme_spm && lm_vocab_is_byte(text.text, text.len, &byte))
        return LM_TOKEN_BYTE;
    return LM_TOKEN_NORMAL;
}

static int read_tokens(struct lm_tokenizer *t, const struct lm_file *f, const struct named *ids)
{
    bool spm = t->scheme == &lm_scheme_spm, has_kinds, has_scores;
    struct lm_array texts = lm_file_array(f, tokens_key), kinds = lm_file_array(f, kinds_key);
    struct lm_array scores = lm_file_array(f, scores_key);
    size_t n = t->vocab.n;
    int rc = check_length(f, kinds_key, n, &has_kinds);
    rc = rc ? rc : check_length(f, scores_key, n, &has_scores);
    if (!rc && spm && !has_scores)
        rc = fail_key(f, scores_key, "missing: pieces cannot be merged without scores");
    for (size_t id = 0; id < n && !rc; id++) {
        struct lm_value text = lm_array_at(texts, id), score = { .kind = LM_VALUE_REAL };
        if (text.kind != LM_VALUE_TEXT)
            return fail_element(f, tokens_key, id, "not a text");
        uint64_t kind = guess_kind(t, ids, id, text);
        if (has_kinds && (!whole(lm_array_at(kinds, id), &kind) || kind >= LM_N_TOKEN_KINDS))
            return fail_element(f, kinds_key, id, "no kind of token");
        if (spm)
            score = lm_array_at(scores, id);
        if (score.kind != LM_VALUE_REAL)
            return fail_element(f, scores_key, id, "not a number");
        rc = spm ? lm_spm_set(t, id, (enum lm_token_kind)kind, text.text, text.len, (float)score.real, lm_file_path(f),
                              tokens_key)
                 : lm_bpe_set(t, id, (enum lm_token_kind)kind, text.text, text.len, lm_file_path(f), tokens_key);
    }
    return rc;
}

struct merges {
    const struct lm_file *file;
    struct lm_array texts;
};

static int get_merge(const void *ctx, size_t rank, struct lm_merge_text *m)
{
    const struct merges *merges = ctx;
    struct lm_value merge = lm_array_at(merges->texts, rank);
    if (merge.kind != LM_VALUE_TEXT || !lm_bpe_split_merge(merge.text, merge.len, &m->a_len))
        return fail_element(merges->file, merges_key, rank, "not two texts with a space between");
    m->a = merge.text;
    m->b = merge.text + m->a_len + 1;
    m->b_len = merge.len - m->a_len - 1;
    return TARE_OK;
}

static int read_merges(struct lm_tokenizer *t, const struct lm_file *f)
{
    const struct merges merges = { f, lm_file_array(f, merges_key) };
    if (merges.texts.n > INT32_MAX)
        return fail_key(f, merges_key, "too many");
    return lm_bpe_merges(t, merges.texts.n, get_merge, &merges, lm_file_path(f), merges_key);
}

static int read_pattern(struct lm_tokenizer *t, const struct lm_file *f)
{
    struct lm_value pre = lm_file_value(f, KEY "pre");
    if (pre.kind == LM_VALUE_NONE) /* files older than the key */
        return lm_bpe_pattern(t, lm_pattern_find("gpt-2", 5));
    if (pre.kind != LM_VALUE_TEXT)
        return fail_key(f, KEY "pre", "not a text");
    const struct lm_pattern *pattern = lm_pattern_find(pre.text, pre.len);
    if (!pattern)
        return tare_fail(TARE_EUNSUP, "%s: %spre: pre-tokenizer '%.*s' is not known (known: %s)", lm_file_path(f), KEY,
                         (int)(pre.len < 64 ? pre.len : 64), pre.text, lm_pattern_names());
    return lm_bpe_pattern(t, pattern);
}

static const struct model {
    const char *name; /* tokenizer.ggml.model */
    const struct lm_scheme *scheme;
} models[] = { { "llama", &lm_scheme_spm }, { "gpt2", &lm_scheme_bpe } };

static int read_scheme(const struct lm_file *f, const struct lm_scheme **scheme)
{
    struct lm_value v = lm_file_value(f, KEY "model");
    if (v.kind == LM_VALUE_NONE)
        return tare_fail(TARE_ENOENT, "%s: no tokenizer (%smodel)", lm_file_path(f), KEY);
    if (v.kind != LM_VALUE_TEXT)
        return fail_key(f, KEY "model", "not a text");
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (strlen(models[i].name) == v.len && memcmp(models[i].name, v.text, v.len) == 0) {
            *scheme = models[i].scheme;
            return TARE_OK;
        }
    return tare_fail(TARE_EUNSUP, "%s: %smodel: tokenizers of kind '%.*s' are not known (known: llama, gpt2)",
                     lm_file_path(f), KEY, (int)(v.len < 64 ? v.len : 64), v.text);
}

int lm_tokenizer_parse_gguf(struct lm_tokenizer **out, const struct lm_file *f)
{
    *out = NULL;
    const struct lm_scheme *scheme = NULL;
    size_t n = lm_file_array_length(f, tokens_key);
    struct named ids;
    int rc = read_scheme(f, &scheme);
    if (!rc && (n == 0 || n > INT32_MAX))
        rc = fail_key(f, tokens_key, n ? "too many" : "missing or empty");
    rc = rc ? rc : read_named(f, n, &ids);
    rc = rc ? rc : lm_tokenizer_new(out, scheme, n, 8 * n);
    if (rc)
        return rc;
    struct lm_tokenizer *t = *out;
    bool spm = scheme == &lm_scheme_spm;
    t->bos = ids.bos;
    t->eos = ids.eos;
    t->unknown = ids.unknown;
    t->adds_bos = t->space_prefix = spm;
    rc = spm ? TARE_OK : read_pattern(t, f);
    rc = rc ? rc : read_bool(f, KEY "add_bos_token", &t->adds_bos);
    rc = rc || !spm ? rc : read_bool(f, KEY "add_space_prefix", &t->space_prefix);
    rc = rc ? rc : read_tokens(t, f, &ids);
    rc = rc ? rc : lm_tokenizer_seal(t, lm_file_path(f), tokens_key);
    rc = rc || spm ? rc : read_merges(t, f);
    for (int i = 0; i < 2 && !rc; i++) {
        int32_t id = i ? ids.eom : ids.eot;
        if (id != LM_NO_TOKEN)
            t->vocab.tokens[id].ends = true;
    }
    return rc;
}
