#include "framework/base/error.h"
#include "framework/base/file.h"
#include "models/tokenizer/tokenizer.h"
#include "tests/harness.h"
#include "tests/models/data.h"
#include "tests/models/vocabulary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const merges[] = { "a b", "ab c", NULL };
static const char *const controls[] = { "<s>", "</s>", NULL }; /* 258, 259 */

/* One thing wrong with a sound vocabulary, and what the message says of it. */
static void wrong_merge(struct vocabulary *v)
{
    v->merges[1] = "ab d";
    table_texts(&v->file, "tokenizer.ggml.merges", v->merges, 2);
}

static void merge_without_space(struct vocabulary *v)
{
    v->merges[1] = "abc";
    table_texts(&v->file, "tokenizer.ggml.merges", v->merges, 2);
}

static void same_merge(struct vocabulary *v)
{
    v->merges[1] = "a b";
    table_texts(&v->file, "tokenizer.ggml.merges", v->merges, 2);
}

static void merge_of_no_bytes(struct vocabulary *v)
{
    v->merges[0] = "a \u4E2D";
    table_texts(&v->file, "tokenizer.ggml.merges", v->merges, 2);
}

static void numbers_for_merges(struct vocabulary *v)
{
    table_ints(&v->file, "tokenizer.ggml.merges", v->kinds, 2);
}

static void same_token(struct vocabulary *v)
{
    v->tokens[256] = "z";
    table_texts(&v->file, "tokenizer.ggml.tokens", v->tokens, v->n);
}

static void same_special(struct vocabulary *v)
{
    v->tokens[259] = "<s>";
    table_texts(&v->file, "tokenizer.ggml.tokens", v->tokens, v->n);
}

static void long_token(struct vocabulary *v)
{
    static char text[4 * LM_TOKEN_MAX];
    memset(text, 'q', sizeof text - 1);
    v->tokens[256] = text;
    table_texts(&v->file, "tokenizer.ggml.tokens", v->tokens, v->n);
}

static void fewer_kinds(struct vocabulary *v)
{
    table_ints(&v->file, "tokenizer.ggml.token_type", v->kinds, v->n - 1);
}

static void more_scores(struct vocabulary *v)
{
    static double scores[VOCABULARY_MAX];
    table_reals(&v->file, "tokenizer.ggml.scores", scores, v->n + 1);
}

static void odd_kind(struct vocabulary *v)
{
    v->kinds[9] = 7;
    table_ints(&v->file, "tokenizer.ggml.token_type", v->kinds, v->n);
}

static void negative_kind(struct vocabulary *v)
{
    v->kinds[9] = -1;
    table_ints(&v->file, "tokenizer.ggml.token_type", v->kinds, v->n);
}

static void numbers_for_tokens(struct vocabulary *v)
{
    table_ints(&v->file, "tokenizer.ggml.tokens", v->kinds, v->n);
}

static void no_tokens(struct vocabulary *v)
{
    table_remove(&v->file, "tokenizer.ggml.tokens");
}

static void no_model(struct vocabulary *v)
{
    table_remove(&v->file, "tokenizer.ggml.model");
}

static void bert(struct vocabulary *v)
{
    table_text(&v->file, "tokenizer.ggml.model", "bert");
}

static void number_for_model(struct vocabulary *v)
{
    table_uint(&v->file, "tokenizer.ggml.model", 3);
}

static void unknown_pre(struct vocabulary *v)
{
    table_text(&v->file, "tokenizer.ggml.pre", "falcon");
}

static void far_bos(struct vocabulary *v)
{
    table_uint(&v->file, "tokenizer.ggml.bos_token_id", 260);
}

static void huge_eot(struct vocabulary *v)
{
    table_uint(&v->file, "tokenizer.ggml.eot_token_id", UINT64_MAX);
}

static void text_for_eos(struct vocabulary *v)
{
    table_text(&v->file, "tokenizer.ggml.eos_token_id", "</s>");
}

static void number_for_add_bos(struct vocabulary *v)
{
    table_uint(&v->file, "tokenizer.ggml.add_bos_token", 1);
}

static void pieces_without_scores(struct vocabulary *v)
{
    table_text(&v->file, "tokenizer.ggml.model", "llama");
}

static void score_not_a_number(struct vocabulary *v)
{
    static double scores[VOCABULARY_MAX];
    scores[7] = NAN;
    pieces_without_scores(v);
    table_reals(&v->file, "tokenizer.ggml.scores", scores, v->n);
}

static void odd_byte(struct vocabulary *v)
{
    static double scores[VOCABULARY_MAX];
    pieces_without_scores(v);
    v->tokens[9] = "<0xG1>";
    v->kinds[9] = 6;
    table_texts(&v->file, "tokenizer.ggml.tokens", v->tokens, v->n);
    table_ints(&v->file, "tokenizer.ggml.token_type", v->kinds, v->n);
    table_reals(&v->file, "tokenizer.ggml.scores", scores, v->n);
}

static const struct {
    void (*damage)(struct vocabulary *v);
    int code;
    const char *says[2];
} damages[] = {
    { wrong_merge, TARE_EPARSE, { "tokenizer.ggml.merges[1]", "'abd' is not in the vocabulary" } },
    { merge_without_space, TARE_EPARSE, { "tokenizer.ggml.merges (at offset 10", "element 1" } },
    { same_merge, TARE_EPARSE, { "tokenizer.ggml.merges[1]", "the same pair as merge 0" } },
    { merge_of_no_bytes, TARE_EPARSE, { "tokenizer.ggml.merges[0]", "does not stand for bytes" } },
    { numbers_for_merges, TARE_EPARSE, { "tokenizer.ggml.merges", "element 0" } },
    { same_token, TARE_EPARSE, { "tokenizer.ggml.tokens[256]", "the same text as token 122 ('z')" } },
    { same_special, TARE_EPARSE, { "tokenizer.ggml.tokens[259]", "the same text as token 258 ('<s>')" } },
    { long_token, TARE_EPARSE, { "tokenizer.ggml.tokens[256]", "at most 1024" } },
    { fewer_kinds, TARE_EPARSE, { "tokenizer.ggml.token_type", "259 elements for a vocabulary of 260" } },
    { more_scores, TARE_EPARSE, { "tokenizer.ggml.scores", "261 elements for a vocabulary of 260" } },
    { odd_kind, TARE_EPARSE, { "tokenizer.ggml.token_type", "element 9" } },
    { negative_kind, TARE_EPARSE, { "tokenizer.ggml.token_type", "element 9" } },
    { numbers_for_tokens, TARE_EPARSE, { "tokenizer.ggml.tokens", "element 0: not a text" } },
    { no_tokens, TARE_EPARSE, { "tokenizer.ggml.tokens", "missing" } },
    { no_model, TARE_ENOENT, { "table.gguf", "tokenizer.ggml.model" } },
    { bert, TARE_EUNSUP, { "tokenizer.ggml.model", "'bert'" } },
    { number_for_model, TARE_EPARSE, { "tokenizer.ggml.model", "not a text" } },
    { unknown_pre, TARE_EUNSUP, { "tokenizer.ggml.pre", "'falcon'" } },
    { far_bos, TARE_EPARSE, { "tokenizer.ggml.bos_token_id (at offset 10", "vocabulary of 260" } },
    { huge_eot, TARE_EPARSE, { "tokenizer.ggml.eot_token_id", "vocabulary of 260" } },
    { text_for_eos, TARE_EPARSE, { "tokenizer.ggml.eos_token_id", "vocabulary of 260" } },
    { number_for_add_bos, TARE_EPARSE, { "tokenizer.ggml.add_bos_token", "neither true nor false" } },
    { pieces_without_scores, TARE_EPARSE, { "tokenizer.ggml.scores", "missing" } },
    { score_not_a_number, TARE_EPARSE, { "tokenizer.ggml.tokens[7]", "not a number" } },
    { odd_byte, TARE_EPARSE, { "tokenizer.ggml.tokens[9]", "<0xNN>" } },
};

static void damaged_metadata_says_file_and_field(void **state)
{
    (void)state;
    static struct vocabulary v;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        vocabulary_make(&v, "gpt-2", merges, controls);
        lm_tokenizer_free(vocabulary_open(&v)); /* sound before */
        damages[i].damage(&v);
        struct lm_tokenizer *t;
        int rc = lm_tokenizer_open(&t, &v.file);
        assert_null(t);
        if (rc != damages[i].code || !strstr(tare_error(), "table.gguf") || !strstr(tare_error(), damages[i].says[0]) ||
            !strstr(tare_error(), damages[i].says[1]))
            fail_msg("case %zu: %d, not %d with '%s' and '%s': %s", i, rc, damages[i].code, damages[i].says[0],
                     damages[i].says[1], rc ? tare_error() : "opened");
        table_free(&v.file);
    }
}

static void text_that_is_not_utf8_is_refused_with_its_offset(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        const char *says;
    } cases[] = {
        { "abc\xFFz", 5, "byte 0xFF at offset 3" },         { "0123456789abcdef\xC3", 17, "byte 0xC3 at offset 16" },
        { "\xC0\x80", 2, "byte 0xC0 at offset 0" },         { "a\xED\xA0\x80", 4, "byte 0xED at offset 1" },
        { "\xF4\x90\x80\x80", 4, "byte 0xF4 at offset 0" }, { "\xE2\x82\xAC\xE2\x82", 5, "byte 0xE2 at offset 3" },
    };
    static struct vocabulary v;
    vocabulary_make(&v, "gpt-2", merges, NULL);
    struct lm_tokenizer *t = vocabulary_open(&v);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int32_t *ids;
        size_t n;
        assert_int_equal(lm_encode(t, cases[i].text, cases[i].len, 0, &ids, &n), TARE_EUSAGE);
        assert_null(ids);
        if (!strstr(tare_error(), cases[i].says))
            fail_msg("'%s' does not say '%s'", tare_error(), cases[i].says);
    }
    lm_tokenizer_free(t);
    table_free(&v.file);
}

static void a_byte_without_a_token_is_named(void **state)
{
    (void)state;
    static struct vocabulary v;
    vocabulary_make(&v, "gpt-2", NULL, NULL);
    v.tokens['q'] = "qq";
    table_texts(&v.file, "tokenizer.ggml.tokens", v.tokens, v.n);
    struct lm_tokenizer *t = vocabulary_open(&v);
    int32_t *ids;
    size_t n;
    assert_int_equal(lm_encode(t, "a q", 3, 0, &ids, &n), TARE_EUNSUP);
    assert_non_null(strstr(tare_error(), "byte 0x71 at offset 2"));
    lm_tokenizer_free(t);
    table_uint(&v.file, "tokenizer.ggml.unknown_token_id", 7);
    t = vocabulary_open(&v);
    assert_ids(t, "q", 0, (const int32_t[]){ 7 }, 1);
    lm_tokenizer_free(t);
    table_free(&v.file);
}

static char *stories(size_t *size)
{
    char *path = data_file("tok512.bin"), *data;
    assert_int_equal(tare_file_read(&data, size, path, 0), TARE_OK);
    free(path);
    return data;
}

static void every_truncation_of_a_tokenizer_bin_is_an_error(void **state)
{
    (void)state;
    size_t size;
    char *data = stories(&size);
    for (size_t len = 0; len <= size; len++) {
        char *part = malloc(len ? len : 1); /* of its own, so that a sanitizer sees what is read beyond */
        struct lm_tokenizer *t = NULL;
        memcpy(part, data, len);
        int rc = lm_tokenizer_parse_bin(&t, "part.bin", part, len, 512);
        assert_int_equal(rc, len == size ? TARE_OK : TARE_EPARSE);
        if (rc)
            assert_non_null(strstr(tare_error(), "part.bin: "));
        lm_tokenizer_free(t);
        free(part);
    }
    free(data);
}

static void a_damaged_tokenizer_bin_says_where(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint32_t put; /* over four bytes */
        size_t n_vocab;
        const char *says;
    } cases[] = {
        { 0, 7, 511, "behind the 511 tokens" },
        { 0, 7, 513, "token 512, at offset 6227" },
        { 0, 7, 0x40000000, "do not hold 1073741824 tokens" },
        { 0, 3, 512, "token 0, at offset 4, has 5 bytes, more than the 3 of the longest" },
        { 8, 0x7FFFFFFF, 512, "token 0, at offset 4, has 2147483647 bytes" },
        { 4, 0x7FC00000, 512, "the score of token 0, at offset 4, is not a number" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size;
        char *data = stories(&size);
        struct lm_tokenizer *t = NULL;
        memcpy(data + cases[i].at, &cases[i].put, 4);
        assert_int_equal(lm_tokenizer_parse_bin(&t, "part.bin", data, size, cases[i].n_vocab), TARE_EPARSE);
        if (!strstr(tare_error(), cases[i].says))
            fail_msg("'%s' does not say '%s'", tare_error(), cases[i].says);
        lm_tokenizer_free(t);
        free(data);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(damaged_metadata_says_file_and_field),
    cmocka_unit_test(text_that_is_not_utf8_is_refused_with_its_offset),
    cmocka_unit_test(a_byte_without_a_token_is_named),
    cmocka_unit_test(every_truncation_of_a_tokenizer_bin_is_an_error),
    cmocka_unit_test(a_damaged_tokenizer_bin_says_where),
};

TARE_TEST_MAIN(tests)
