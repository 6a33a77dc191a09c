/* tokenizer.json of Hugging Face's tokenizers, with a BPE model: byte-level, or (byte_fallback) one converted from
 * SentencePiece, whose merges are listed in the order of its scores. */
#include "framework/base/error.h"
#include "models/tokenizer/pattern.h"
#include "models/tokenizer/tokenizer.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char vocab_field[] = "model.vocab", merges_field[] = "model.merges";

static bool is_text(const json_t *j, const char *text)
{
    return json_is_string(j) && strcmp(json_string_value(j), text) == 0;
}

/* The parts of a pre_tokenizer, normalizer or post_processor: those of a Sequence, or itself. */
static size_t count_parts(const json_t *whole, const char *list)
{
    const json_t *parts = json_object_get(whole, list);
    return parts ? json_array_size(parts) : whole ? 1 : 0;
}

static const json_t *part_at(const json_t *whole, const char *list, size_t i)
{
    const json_t *parts = json_object_get(whole, list);
    return parts ? json_array_get(parts, i) : whole;
}

/* The id that a field holds, below n. */
static int read_id(const char *path, const char *field, const char *name, const json_t *j, size_t n, size_t *id)
{
    json_int_t i = json_is_integer(j) ? json_integer_value(j) : -1;
    if (i < 0 || (uint64_t)i >= n)
        return tare_fail(TARE_EPARSE, "%s: %s: '%.64s' has no id below %zu", path, field, name, n);
    *id = (size_t)i;
    return TARE_OK;
}

/* Calls `each` for every token of the model and then every added one; kind is that of the file. */
typedef int each_token(void *ctx, const char *text, size_t len, const json_t *id, enum lm_token_kind kind);

static int for_added(const json_t *root, each_token *each, void *ctx, const char *path)
{
    const json_t *added = json_object_get(root, "added_tokens");
    for (size_t i = 0; i < json_array_size(added); i++) {
        const json_t *token = json_array_get(added, i), *content = json_object_get(token, "content");
        if (!json_is_string(content))
            return tare_fail(TARE_EPARSE, "%s: added_tokens[%zu]: no content", path, i);
        bool special = json_is_true(json_object_get(token, "special"));
        int rc = each(ctx, json_string_value(content), json_string_length(content), json_object_get(token, "id"),
                      special ? LM_TOKEN_CONTROL : LM_TOKEN_USER);
        if (rc)
            return rc;
    }
    return TARE_OK;
}

static int for_model(json_t *vocab, each_token *each, void *ctx)
{
    const char *text;
    size_t len;
    json_t *id;
    json_object_keylen_foreach(vocab, text, len, id)
    {
        int rc = each(ctx, text, len, id, LM_TOKEN_NORMAL);
        if (rc)
            return rc;
    }
    return TARE_OK;
}

/* One reading under way. */
struct reading {
    struct lm_tokenizer *t;
    const char *path;
    json_t *root, *model, *vocab;
    const json_t *merges;
    size_t limit;  /* ids lie below */
    size_t n;      /* the highest id + 1 */
    bool *set;     /* [n]: the token has come */
    float *scores; /* [n]: spm; by the first merge that makes the token, -INFINITY where none does */
};

static int see_id(void *ctx, const char *text, size_t len, const json_t *id, enum lm_token_kind kind)
{
    struct reading *r = ctx;
    size_t i = 0;
    (void)len;
    (void)kind;
    int rc = read_id(r->path, vocab_field, text, id, r->limit, &i);
    if (!rc && i >= r->n)
        r->n = i + 1;
    return rc;
}

static int set_token(void *ctx, const char *text, size_t len, const json_t *id, enum lm_token_kind kind)
{
    struct reading *r = ctx;
    size_t i = (size_t)json_integer_value(id);
    unsigned char byte;
    if (r->set[i] && kind == LM_TOKEN_NORMAL && r->t->vocab.tokens[i].len == len &&
        memcmp(lm_vocab_text(&r->t->vocab, (int32_t)i), text, len) == 0)
        return TARE_OK; /* an added token that the model lists too */
    if (r->set[i])
        return tare_fail(TARE_EPARSE, "%s: %s: '%.64s' has the id %zu of another token", r->path, vocab_field, text, i);
    r->set[i] = true;
    if (r->t->scheme == &lm_scheme_bpe)
        return lm_bpe_set(r->t, i, kind, text, len, r->path, vocab_field);
    if (kind == LM_TOKEN_NORMAL && lm_vocab_is_byte(text, len, &byte))
        kind = LM_TOKEN_BYTE;
    return lm_spm_set(r->t, i, kind, text, len, r->scores[i], r->path, vocab_field);
}

/* A merge is "a b" or ["a", "b"]. */
static int get_merge(const void *ctx, size_t rank, struct lm_merge_text *to)
{
    const struct reading *r = ctx;
    const json_t *m = json_array_get(r->merges, rank);
    if (json_is_string(m) && lm_bpe_split_merge(json_string_value(m), json_string_length(m), &to->a_len)) {
        to->a = json_string_value(m);
        to->b = to->a + to->a_len + 1;
        to->b_len = json_string_length(m) - to->a_len - 1;
        return TARE_OK;
    }
    const json_t *left = json_array_get(m, 0), *right = json_array_get(m, 1);
    if (json_array_size(m) != 2 || !json_is_string(left) || !json_is_string(right))
        return tare_fail(TARE_EPARSE, "%s: %s[%zu]: not a pair of texts", r->path, merges_field, rank);
    *to = (struct lm_merge_text){ .a = json_string_value(left),
                                  .a_len = json_string_length(left),
                                  .b = json_string_value(right),
                                  .b_len = json_string_length(right) };
    return TARE_OK;
}

/* spm: the score of a token is minus the rank of the first merge that makes it. */
static int score_tokens(struct reading *r)
{
    struct tare_buf both = { 0 };
    int rc = TARE_OK;
    r->scores = tare_alloc(r->n * sizeof *r->scores);
    if (!r->scores)
        return TARE_ENOMEM;
    for (size_t i = 0; i < r->n; i++)
        r->scores[i] = -INFINITY;
    for (size_t rank = 0; rank < json_array_size(r->merges) && !rc; rank++) {
        struct lm_merge_text m;
        rc = get_merge(r, rank, &m);
        if (rc)
            break;
        both.len = 0;
        tare_buf_add(&both, m.a, m.a_len);
        tare_buf_add(&both, m.b, m.b_len);
        const json_t *id = both.failed ? NULL : json_object_getn(r->vocab, both.data, both.len);
        if (!id)
            rc = both.failed ? TARE_ENOMEM
                             : tare_fail(TARE_EPARSE, "%s: %s[%zu]: '%.64s' is not in the vocabulary", r->path,
                                         merges_field, rank, both.data);
        else if (r->scores[json_integer_value(id)] == -INFINITY)
            r->scores[json_integer_value(id)] = -(float)rank;
    }
    tare_buf_free(&both);
    return rc;
}

/* The pattern that cuts words: that of a Split, or the one that ByteLevel brings. */
static int read_pattern(struct reading *r)
{
    const json_t *whole = json_object_get(r->root, "pre_tokenizer");
    for (size_t i = 0; i < count_parts(whole, "pretokenizers"); i++) {
        const json_t *part = part_at(whole, "pretokenizers", i), *type = json_object_get(part, "type");
        const json_t *regex = json_object_get(json_object_get(part, "pattern"), "Regex");
        const struct lm_pattern *pattern = NULL;
        if (is_text(type, "Split") && json_is_string(regex))
            pattern = lm_pattern_find_json(json_string_value(regex), json_string_length(regex));
        else if (is_text(type, "ByteLevel") && !json_is_false(json_object_get(part, "use_regex")))
            pattern = lm_pattern_find("gpt-2", 5);
        if (pattern)
            return lm_bpe_pattern(r->t, pattern);
    }
    return tare_fail(TARE_EUNSUP, "%s: pre_tokenizer: the pattern is not known (known: %s)", r->path,
                     lm_pattern_names());
}

/* Does a part of normalizer or pre_tokenizer put a space in front? */
static bool puts_space(const json_t *whole, const char *list)
{
    for (size_t i = 0; i < count_parts(whole, list); i++) {
        const json_t *part = part_at(whole, list, i), *type = json_object_get(part, "type");
        const json_t *scheme = json_object_get(part, "prepend_scheme");
        if (is_text(type, "Prepend"))
            return true;
        if (is_text(type, "Metaspace") &&
            (scheme ? !is_text(scheme, "never") : json_is_true(json_object_get(part, "add_prefix_space"))))
            return true;
    }
    return false;
}

/* The token that a TemplateProcessing puts in front of a text. */
static int32_t first_of_template(const struct reading *r)
{
    const json_t *whole = json_object_get(r->root, "post_processor");
    for (size_t i = 0; i < count_parts(whole, "processors"); i++) {
        const json_t *single = json_object_get(part_at(whole, "processors", i), "single");
        const json_t *id = json_object_get(json_object_get(json_array_get(single, 0), "SpecialToken"), "id");
        if (json_is_string(id))
            return lm_vocab_find_special(&r->t->vocab, json_string_value(id), json_string_length(id));
    }
    return LM_NO_TOKEN;
}

/* The file names no bos and eos: where none beside it does, they are known by what they are called, the likeliest
 * first. */
static int32_t find_named(const struct lm_vocab *v, const char *const *names)
{
    int32_t id = LM_NO_TOKEN;
    for (; *names && id == LM_NO_TOKEN; names++)
        id = lm_vocab_find_special(v, *names, strlen(*names));
    return id;
}

static void name_tokens(struct reading *r)
{
    static const char *const begins[] = { "<|begin_of_text|>", "<s>", "<|endoftext|>", NULL };
    static const char *const ends[] = { "<|im_end|>", "<|end_of_text|>", "</s>", "<|endoftext|>", NULL };
    struct lm_tokenizer *t = r->t;
    const json_t *unknown = json_object_get(r->model, "unk_token");
    int32_t first = first_of_template(r);
    t->adds_bos = first != LM_NO_TOKEN;
    t->bos = t->adds_bos ? first : find_named(&t->vocab, begins);
    t->eos = find_named(&t->vocab, ends);
    if (t->eos != LM_NO_TOKEN)
        t->vocab.tokens[t->eos].ends = true;
    if (json_is_string(unknown)) {
        t->unknown = lm_vocab_find_special(&t->vocab, json_string_value(unknown), json_string_length(unknown));
        if (t->unknown == LM_NO_TOKEN)
            t->unknown = lm_vocab_find(&t->vocab, json_string_value(unknown), json_string_length(unknown));
    }
}

static int check_model(struct reading *r)
{
    r->model = json_object_get(r->root, "model");
    r->vocab = json_object_get(r->model, "vocab");
    r->merges = json_object_get(r->model, "merges");
    const json_t *type = json_object_get(r->model, "type");
    if (type && !is_text(type, "BPE"))
        return tare_fail(TARE_EUNSUP, "%s: model.type: only BPE is known, not '%.32s'", r->path,
                         json_is_string(type) ? json_string_value(type) : "?");
    if (!json_is_object(r->vocab) || !json_is_array(r->merges))
        return tare_fail(TARE_EPARSE, "%s: %s: missing", r->path,
                         json_is_object(r->vocab) ? merges_field : vocab_field);
    int rc = for_added(r->root, see_id, r, r->path);
    rc = rc ? rc : for_model(r->vocab, see_id, r);
    if (!rc && r->n == 0)
        rc = tare_fail(TARE_EPARSE, "%s: %s: empty", r->path, vocab_field);
    return rc;
}

static int read_model(struct reading *r, struct lm_tokenizer **out, size_t size)
{
    int rc = check_model(r);
    if (rc)
        return rc;
    bool spm = json_is_true(json_object_get(r->model, "byte_fallback"));
    rc = lm_tokenizer_new(out, spm ? &lm_scheme_spm : &lm_scheme_bpe, r->n, size / 4);
    struct lm_tokenizer *t = r->t = *out;
    if (!rc && !(r->set = tare_calloc(r->n, sizeof *r->set)))
        rc = TARE_ENOMEM;
    rc = rc || !spm ? rc : score_tokens(r);
    rc = rc || spm ? rc : read_pattern(r);
    rc = rc ? rc : for_added(r->root, set_token, r, r->path);
    rc = rc ? rc : for_model(r->vocab, set_token, r);
    rc = rc ? rc : lm_tokenizer_seal(t, r->path, vocab_field);
    rc = rc || spm ? rc : lm_bpe_merges(t, json_array_size(r->merges), get_merge, r, r->path, merges_field);
    if (rc)
        return rc;
    if (spm)
        t->space_prefix = puts_space(json_object_get(r->root, "normalizer"), "normalizers") ||
                          puts_space(json_object_get(r->root, "pre_tokenizer"), "pretokenizers");
    else
        t->whole_words = json_is_true(json_object_get(r->model, "ignore_merges"));
    name_tokens(r);
    return TARE_OK;
}

int lm_tokenizer_parse_json(struct lm_tokenizer **out, const char *path, const void *data, size_t size, size_t n_vocab)
{
    *out = NULL;
    json_error_t error;
    /* A token takes a few bytes of the file, so no id is as high as its size. */
    struct reading r = { .path = path, .limit = n_vocab && n_vocab < size ? n_vocab : size };
    if (r.limit > INT32_MAX)
        r.limit = INT32_MAX;
    r.root = json_loadb(data ? data : "", size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    int rc = r.root ? read_model(&r, out, size)
                    : tare_fail(TARE_EPARSE, "%s: offset %d: %s", path, error.position, error.text);
    json_decref(r.root);
    free(r.set);
    free(r.scores);
    return rc;
}
