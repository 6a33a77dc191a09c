#include "framework/base/error.h"
#include "models/tokenizer/tokenizer.h"
#include "tests/framework/base_scratch.h"
#include "tests/harness.h"
#include "tests/models/vocabulary.h"

#include <string.h>

#define EXPECT(t, text, flags, ...)                                                                                    \
    assert_ids(t, text, flags, (const int32_t[]){ __VA_ARGS__ },                                                       \
               sizeof(const int32_t[]){ __VA_ARGS__ } / sizeof(int32_t))

static struct lm_tokenizer *parse(const char *text)
{
    struct lm_tokenizer *t;
    if (lm_tokenizer_parse_json(&t, "tokenizer.json", text, strlen(text), 0))
        fail_msg("%s", tare_error());
    return t;
}

/* As GPT-2's and Llama 3's files are laid out; merges in both spellings. */
#define VOCAB  "{\"a\":0,\"b\":1,\"c\":2,\"\u0120\":3,\"ab\":4,\"abc\":5,\"\u010A\":6,\"bc\":8}"
#define MERGES "[\"b c\",[\"a\",\"b\"],\"a bc\"]"

static void a_byte_level_file_encodes(void **state)
{
    (void)state;
    struct lm_tokenizer *t = parse("{\"added_tokens\":[{\"id\":7,\"content\":\"<|endoftext|>\",\"special\":true},"
                                   "{\"id\":9,\"content\":\"cc\",\"special\":false}],"
                                   "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false},"
                                   "\"model\":{\"type\":\"BPE\",\"vocab\":" VOCAB ",\"merges\":" MERGES "}}");
    EXPECT(t, "abc ab\n", 0, 5, 3, 4, 6); /* b c first, then a bc */
    EXPECT(t, "abcc", 0, 4, 9);           /* an added token, special or not, is found first */
    EXPECT(t, "a<|endoftext|>", LM_ENCODE_BOS | LM_ENCODE_SPECIAL, 0, 7);
    assert_int_equal(lm_tokenizer_size(t), 10);
    assert_int_equal(lm_tokenizer_eos(t), 7);
    assert_true(lm_tokenizer_is_end(t, 7));
    assert_false(lm_tokenizer_adds_bos(t));
    lm_tokenizer_free(t);
}

/* Llama 3's pattern, its bos from the template, words that need no merges. */
static void the_pattern_and_the_template_of_a_file_count(void **state)
{
    (void)state;
    struct lm_tokenizer *t = parse(
        "{\"added_tokens\":[{\"id\":7,\"content\":\"<|begin_of_text|>\",\"special\":true}],"
        "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":"
        "\"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}{1,3}| "
        "?[^\\\\s\\\\p{L}\\\\p{N}]+"
        "[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+\"}},{\"type\":\"ByteLevel\",\"use_regex\":false}]},"
        "\"post_processor\":{\"type\":\"Sequence\",\"processors\":[{\"type\":\"ByteLevel\"},{\"type\":"
        "\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<|begin_of_text|>\",\"type_id\":0}},"
        "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}]}]},"
        "\"model\":{\"type\":\"BPE\",\"ignore_merges\":true,\"vocab\":" VOCAB ",\"merges\":[\"a b\",\"b c\"]}}");
    EXPECT(t, "abc", LM_ENCODE_BOS, 7, 5); /* no merge makes abc */
    EXPECT(t, "abcc", 0, 4, 2, 2);
    assert_true(lm_tokenizer_adds_bos(t));
    lm_tokenizer_free(t);
}

/* A SentencePiece vocabulary as converters write it: merges in the order of the scores. */
static void a_byte_fallback_file_encodes_as_sentencepiece(void **state)
{
    (void)state;
    struct lm_tokenizer *t =
        parse("{\"added_tokens\":[{\"id\":0,\"content\":\"<unk>\",\"special\":true},{\"id\":1,\"content\":\"<s>\","
              "\"special\":"
              "true},{\"id\":2,\"content\":\"</"
              "s>\",\"special\":true}],\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":["
              "{\"type\":\"Prepend\",\"prepend\":\"\u2581\"},{\"type\":\"Replace\"}]},\"model\":{\"type\":\"BPE\","
              "\"byte_fallback\":true,\"unk_token\":\"<unk>\",\"vocab\":{\"<unk>\":0,\"<s>\":1,\"</s>\":2,\"<0xC3>\":3,"
              "\"<0xA9>\":4,\"\u2581\":5,\"a\":6,\"b\":7,\"ab\":8,\"\u2581a\":9,\"\u2581ab\":10},"
              "\"merges\":[\"a b\",\"\u2581 a\",\"\u2581 ab\"]}}");
    EXPECT(t, "ab", 0, 10);
    EXPECT(t, "a b", 0, 9, 5, 7);
    EXPECT(t, "\u00E9z", 0, 5, 3, 4, 0);
    assert_int_equal(lm_tokenizer_eos(t), 2);
    lm_tokenizer_free(t);
}

#define NAMED                                                                                                          \
    "{\"added_tokens\":[{\"id\":3,\"content\":\"<s>\",\"special\":true},{\"id\":4,\"content\":\"</"                    \
    "s>\",\"special\":true},"                                                                                          \
    "{\"id\":5,\"content\":\"[B]\",\"special\":true},{\"id\":6,\"content\":\"[E]\",\"special\":true}],"                \
    "\"pre_tokenizer\":{\"type\":\"ByteLevel\"},\"model\":{\"vocab\":{\"a\":0,\"b\":1,\"c\":2},\"merges\":[]}}"
#define TEMPLATE                                                                                                       \
    ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"[B]\"}},{"           \
    "\"Sequence\":{}}]}}"

/* What lies beside a tokenizer.json with <s> (3), </s> (4), [B] (5) and [E] (6); NULL: no such file. */
static const struct {
    const char *tokenizer_config, *generation, *config;
    int32_t bos, eos, other_end, no_end; /* LM_NO_TOKEN: not looked at */
    bool adds_bos;
} beside[] = {
    { NULL, NULL, NULL, 3, 4, LM_NO_TOKEN, 6, false },
    { "{\"bos_token\":\"[B]\",\"eos_token\":{\"content\":\"[E]\",\"lstrip\":false}}", NULL, NULL, 5, 6, 6, 4, false },
    { "{\"bos_token\":\"[B]\",\"add_bos_token\":true}", NULL, NULL, 5, 4, 4, 6, true },
    { "{\"add_bos_token\":null,\"bos_token\":null,\"eos_token\":null}", NULL, "{\"bos_token_id\":5,\"eos_token_id\":6}",
      5, 6, 6, 4, false },
    { "{\"eos_token\":\"[E]\"}", "{\"eos_token_id\":[4,1],\"bos_token_id\":5}",
      "{\"eos_token_id\":2,\"bos_token_id\":3}", 5, 6, 1, 0, false },
    { NULL, "{\"eos_token_id\":[6,2]}", "{\"bos_token_id\":[0]}", 0, 6, 2, 4, false },
    { NULL, "{}", "{\"eos_token_id\":[]}", 3, 4, 4, 6, false },
    { "{\"bos_token\":\"a\"}", NULL, NULL, 0, 4, 4, 6, false },
};

/* A folder with a tokenizer.json and files beside it; its tokenizer. */
static int read_beside(struct lm_tokenizer **t, const char *root, const char *tokenizer, const char *const *texts)
{
    static const char *const names[] = { "tokenizer_config.json", "generation_config.json", "config.json" };
    char *path = tare_path_join(root, "tokenizer.json");
    scratch_put(root, "tokenizer.json", tokenizer);
    for (size_t i = 0; i < 3; i++) {
        char *file = tare_path_join(root, names[i]);
        remove(file);
        free(file);
        if (texts[i])
            scratch_put(root, names[i], texts[i]);
    }
    int rc = lm_tokenizer_read(t, path, 0);
    free(path);
    return rc;
}

static void files_beside_name_the_first_and_the_last_token(void **state)
{
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        const char *texts[] = { beside[i].tokenizer_config, beside[i].generation, beside[i].config };
        struct lm_tokenizer *t;
        if (read_beside(&t, *state, NAMED, texts))
            fail_msg("case %zu: %s", i, tare_error());
        if (lm_tokenizer_bos(t) != beside[i].bos || lm_tokenizer_eos(t) != beside[i].eos ||
            lm_tokenizer_adds_bos(t) != beside[i].adds_bos || !lm_tokenizer_is_end(t, beside[i].eos) ||
            (beside[i].other_end != LM_NO_TOKEN && !lm_tokenizer_is_end(t, beside[i].other_end)) ||
            lm_tokenizer_is_end(t, beside[i].no_end))
            fail_msg("case %zu: bos %d, eos %d", i, (int)lm_tokenizer_bos(t), (int)lm_tokenizer_eos(t));
        lm_tokenizer_free(t);
    }
}

/* The template puts [B] in front, whatever is called bos; add_bos_token has the last word on whether. */
static void the_template_says_what_goes_in_front(void **state)
{
    static const struct {
        const char *config;
        bool adds;
    } cases[] = { { NULL, true }, { "{\"bos_token\":\"<s>\"}", true }, { "{\"add_bos_token\":false}", false } };
    char text[sizeof NAMED + sizeof TEMPLATE];
    snprintf(text, sizeof text, "%.*s%s", (int)sizeof NAMED - 2, NAMED, TEMPLATE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lm_tokenizer *t;
        if (read_beside(&t, *state, text, (const char *[]){ cases[i].config, NULL, NULL }))
            fail_msg("case %zu: %s", i, tare_error());
        assert_int_equal(lm_tokenizer_bos(t), 5);
        assert_int_equal(lm_tokenizer_adds_bos(t), cases[i].adds);
        lm_tokenizer_free(t);
    }
}

static void damaged_files_beside_say_where(void **state)
{
    static const struct {
        const char *texts[3], *says;
    } cases[] = {
        { { "{\"eos_token\":" }, "tokenizer_config.json: offset 13: " },
        { { "[]" }, "tokenizer_config.json: is no JSON object" },
        { { "{\"eos_token\":3}" }, "tokenizer_config.json: eos_token: neither a text" },
        { { "{\"bos_token\":{\"text\":\"a\"}}" }, "tokenizer_config.json: bos_token: neither a text" },
        { { "{\"bos_token\":\"<x>\"}" }, "tokenizer_config.json: bos_token: '<x>' is no token" },
        { { "{\"add_bos_token\":1}" }, "tokenizer_config.json: add_bos_token: neither true nor false" },
        { { NULL, "{\"eos_token_id\":7}" }, "generation_config.json: eos_token_id: not an id below 7" },
        { { NULL, "{\"eos_token_id\":[1,-1]}" }, "generation_config.json: eos_token_id: not an id below 7" },
        { { NULL, NULL, "{\"bos_token_id\":\"a\"}" }, "/config.json: bos_token_id: not an id below 7" },
        { { NULL, NULL, "{\"eos_token_id\":99999999999}" }, "/config.json: eos_token_id: not an id below 7" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lm_tokenizer *t;
        int rc = read_beside(&t, *state, NAMED, cases[i].texts);
        if (rc != TARE_EPARSE || !strstr(tare_error(), cases[i].says) || strchr(tare_error(), '\n'))
            fail_msg("case %zu: %d, not '%s': %s", i, rc, cases[i].says, rc ? tare_error() : "opened");
        assert_null(t);
    }
}

static void damaged_files_say_where(void **state)
{
    (void)state;
#define MODEL(vocab, merges)                                                                                           \
    "{\"pre_tokenizer\":{\"type\":\"ByteLevel\"},\"model\":{\"vocab\":" vocab ",\"merges\":" merges "}}"
    static const struct {
        const char *text;
        int code;
        const char *says;
    } cases[] = {
        { "", TARE_EPARSE, "offset 0" },
        { "{\"model\":", TARE_EPARSE, "offset 9" },
        { "{\"model\":1,\"model\":2}", TARE_EPARSE, "uplicate" },
        { "[]", TARE_EPARSE, "model.vocab: missing" },
        { "{\"model\":{\"vocab\":{}}}", TARE_EPARSE, "model.merges: missing" },
        { "{\"model\":{\"type\":\"Unigram\"}}", TARE_EUNSUP, "'Unigram'" },
        { MODEL("{}", "[]"), TARE_EPARSE, "model.vocab: empty" },
        { MODEL("{\"a\":0,\"b\":0}", "[]"), TARE_EPARSE, "the id 0 of another token" },
        { MODEL("{\"a\":0,\"b\":1000000}", "[]"), TARE_EPARSE, "'b' has no id below" },
        { MODEL("{\"a\":-1}", "[]"), TARE_EPARSE, "'a' has no id below" },
        { MODEL("{\"a\":\"0\"}", "[]"), TARE_EPARSE, "'a' has no id below" },
        { MODEL("{\"a\":0}", "[\"a b\"]"), TARE_EPARSE, "model.merges[0]: 'b' is not in the vocabulary" },
        { MODEL("{\"a\":0}", "[\"ab\"]"), TARE_EPARSE, "model.merges[0]: not a pair" },
        { MODEL("{\"a\":0}", "[[\"a\"]]"), TARE_EPARSE, "model.merges[0]: not a pair" },
        { "{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\".\"}},\"model\":{\"vocab\":{\"a\":0},"
          "\"merges\":[]}}",
          TARE_EUNSUP, "pre_tokenizer: the pattern is not known" },
        { "{\"added_tokens\":[{\"id\":0}],\"model\":{\"vocab\":{\"a\":0},\"merges\":[]}}", TARE_EPARSE,
          "added_tokens[0]: no content" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lm_tokenizer *t;
        int rc = lm_tokenizer_parse_json(&t, "t.json", cases[i].text, strlen(cases[i].text), 0);
        if (rc != cases[i].code || !strstr(tare_error(), cases[i].says) || !strstr(tare_error(), "t.json: "))
            fail_msg("case %zu: %d, not %d with '%s': %s", i, rc, cases[i].code, cases[i].says,
                     rc ? tare_error() : "opened");
        lm_tokenizer_free(t);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_byte_level_file_encodes),
    cmocka_unit_test(the_pattern_and_the_template_of_a_file_count),
    cmocka_unit_test(a_byte_fallback_file_encodes_as_sentencepiece),
    cmocka_unit_test_setup_teardown(files_beside_name_the_first_and_the_last_token, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(the_template_says_what_goes_in_front, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(damaged_files_beside_say_where, scratch_make, scratch_remove),
    cmocka_unit_test(damaged_files_say_where),
};

TARE_TEST_MAIN(tests)
