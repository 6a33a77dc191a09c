#include "framework/base/error.h"
#include "models/tokenizer/tokenizer.h"
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
    cmocka_unit_test(damaged_files_say_where),
};

TARE_TEST_MAIN(tests)
