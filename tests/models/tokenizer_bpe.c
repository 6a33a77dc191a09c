#include "framework/base/error.h"
#include "framework/base/rng.h"
#include "models/tokenizer/pattern.h"
#include "tests/harness.h"
#include "tests/models/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDS(...)                                                                                                       \
    (const int32_t[])                                                                                                  \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
#define N_IDS(...)                  (sizeof(const int32_t[]){ __VA_ARGS__ } / sizeof(int32_t))
#define EXPECT(t, text, flags, ...) assert_ids(t, text, flags, IDS(__VA_ARGS__), N_IDS(__VA_ARGS__))

/* "\u0120" is how a space is written. */
static const char *const merges[] = { "h e",                                             /* 256 */
                                      "l l", "he ll", "\u0120 w", "o r",   "\u0120w or", /* 261 */
                                      "l d", "l o",   "a a",      "aa aa",               /* 265 */
                                      NULL };

static void merges_go_by_rank_then_from_the_left(void **state)
{
    (void)state;
    static struct vocabulary v;
    vocabulary_make(&v, "gpt-2", merges, NULL);
    struct lm_tokenizer *t = vocabulary_open(&v);
    EXPECT(t, "hello world", 0, 258, 'o', 261, 262); /* ll (rank 1) before lo (rank 7) */
    EXPECT(t, "lo", 0, 263);
    EXPECT(t, "aaa", 0, 264, 'a');
    EXPECT(t, "aaaaaaa", 0, 265, 264, 'a');
    EXPECT(t, "\xC3\xA9", 0, 0xC3, 0xA9);
    char many[42];
    memset(many, 'a', 41);
    many[41] = '\0';
    EXPECT(t, many, 0, 265, 265, 265, 265, 265, 265, 265, 265, 265, 265, 'a');
    lm_tokenizer_free(t);
    table_free(&v.file);
}

static void an_empty_text_has_no_tokens(void **state)
{
    (void)state;
    static struct vocabulary v;
    vocabulary_make(&v, "gpt-2", merges, NULL);
    struct lm_tokenizer *t = vocabulary_open(&v);
    assert_ids(t, "", LM_ENCODE_BOS | LM_ENCODE_SPECIAL, NULL, 0);
    lm_tokenizer_free(t);
    table_free(&v.file);
}

/* The definition: merge the pair of the lowest rank, the leftmost of equals, until none is left. */
static size_t merge_slowly(const struct vocabulary *v, char pieces[][128], size_t n)
{
    for (;;) {
        size_t best = v->n_merges, at = 0;
        for (size_t i = 0; i + 1 < n; i++)
            for (size_t rank = 0; rank < best; rank++) {
                char pair[257];
                snprintf(pair, sizeof pair, "%.127s %.127s", pieces[i], pieces[i + 1]);
                if (strcmp(pair, v->merges[rank]) == 0) {
                    best = rank;
                    at = i;
                }
            }
        if (best == v->n_merges)
            return n;
        char joined[128];
        snprintf(joined, sizeof joined, "%.63s%.63s", pieces[at], pieces[at + 1]);
        memcpy(pieces[at], joined, sizeof joined);
        memmove(pieces[at + 1], pieces[at + 2], (n - at - 2) * sizeof *pieces);
        n--;
    }
}

static int32_t id_of(const struct vocabulary *v, const char *text)
{
    for (size_t i = 0; i < v->n; i++)
        if (strcmp(v->tokens[i], text) == 0)
            return (int32_t)i;
    return LM_NO_TOKEN;
}

/* Random merges over four letters; a new one joins two tokens that there are. */
static void make_random(struct vocabulary *v, struct tare_rng *r, char lines[][128], size_t n)
{
    char known[64][64] = { "a", "b", "c", "d" };
    const char *list[65] = { NULL };
    size_t n_known = 4, n_merges = 0;
    for (size_t tries = 0; n_merges < n && tries < 1000; tries++) {
        const char *a = known[tare_rng_below(r, n_known)], *b = known[tare_rng_below(r, n_known)];
        char joined[128];
        snprintf(joined, sizeof joined, "%s%s", a, b);
        bool fresh = strlen(joined) < 12;
        for (size_t i = 0; i < n_known; i++)
            fresh = fresh && strcmp(known[i], joined) != 0;
        if (!fresh)
            continue;
        snprintf(lines[n_merges], sizeof *lines, "%s %s", a, b);
        snprintf(known[n_known++], sizeof *known, "%.63s", joined);
        list[n_merges] = lines[n_merges];
        n_merges++;
    }
    vocabulary_make(v, "gpt-2", list, NULL);
}

static void merging_agrees_with_its_definition(void **state)
{
    (void)state;
    static struct vocabulary v;
    static char lines[64][128], pieces[256][128];
    struct tare_rng r;
    tare_rng_seed(&r, 7);
    for (int trial = 0; trial < 40; trial++) {
        make_random(&v, &r, lines, 4 + tare_rng_below(&r, 40));
        struct lm_tokenizer *t = vocabulary_open(&v);
        for (int c = 0; c < 10; c++) {
            char text[128] = "";
            int32_t expected[128];
            size_t n = 1 + tare_rng_below(&r, c % 2 ? 30 : 100);
            for (size_t i = 0; i < n; i++) {
                text[i] = (char)('a' + tare_rng_below(&r, 4));
                snprintf(pieces[i], sizeof *pieces, "%c", text[i]);
            }
            n = merge_slowly(&v, pieces, n);
            for (size_t i = 0; i < n; i++)
                expected[i] = id_of(&v, pieces[i]);
            assert_ids(t, text, 0, expected, n);
        }
        lm_tokenizer_free(t);
        table_free(&v.file);
    }
}

/* A long text goes through the table of known words, its lines one by one do not. */
static void a_long_text_has_the_tokens_of_its_lines(void **state)
{
    (void)state;
    static struct vocabulary v;
    vocabulary_make(&v, "gpt-2", merges, NULL);
    struct lm_tokenizer *t = vocabulary_open(&v);
    static char text[40000], line[64];
    static int32_t expected[40000];
    size_t len = 0, n = 0;
    struct tare_rng r;
    tare_rng_seed(&r, 3);
    while (len < 30000) {
        static const char *const words[] = { "hello", " world", " wall", "aaaa", " hello", " h", "a", "x", "lo" };
        line[0] = '\0';
        while (strlen(line) < 40)
            strcat(line, words[tare_rng_below(&r, 9)]);
        int32_t *ids;
        size_t got;
        assert_int_equal(lm_encode(t, line, strlen(line), 0, &ids, &got), TARE_OK);
        memcpy(expected + n, ids, got * sizeof *ids);
        free(ids);
        n += got;
        expected[n++] = '\n';
        len += (size_t)sprintf(text + len, "%s\n", line);
    }
    assert_ids(t, text, 0, expected, n);
    lm_tokenizer_free(t);
    table_free(&v.file);
}

static void special_tokens_are_found_on_request_the_longest_first(void **state)
{
    (void)state;
    static struct vocabulary v;
    const char *const controls[] = { "<|x|>", "<|x|>y", "<|b|>", NULL };
    vocabulary_make(&v, "gpt-2", NULL, controls);
    table_uint(&v.file, "tokenizer.ggml.bos_token_id", 258);
    table_bool(&v.file, "tokenizer.ggml.add_bos_token", true);
    struct lm_tokenizer *t = vocabulary_open(&v);
    EXPECT(t, "a<|x|>b", LM_ENCODE_SPECIAL, 'a', 256, 'b');
    EXPECT(t, "<|x|>yy<|x|", LM_ENCODE_SPECIAL, 257, 'y', '<', '|', 'x', '|');
    EXPECT(t, "<|x|>", 0, '<', '|', 'x', '|', '>');
    EXPECT(t, "", LM_ENCODE_BOS, 258);
    EXPECT(t, "a", LM_ENCODE_BOS | LM_ENCODE_SPECIAL, 258, 'a');
    EXPECT(t, "<|b|>a", LM_ENCODE_BOS | LM_ENCODE_SPECIAL, 258, 'a'); /* not twice */
    EXPECT(t, "<|b|><|b|>", LM_ENCODE_SPECIAL, 258, 258);
    lm_tokenizer_free(t);
    table_free(&v.file);
}

static void a_users_token_is_found_without_asking(void **state)
{
    (void)state;
    static struct vocabulary v;
    const char *const controls[] = { "<tool>", NULL };
    vocabulary_make(&v, "qwen2", NULL, controls);
    v.kinds[256] = 4;
    table_ints(&v.file, "tokenizer.ggml.token_type", v.kinds, v.n);
    struct lm_tokenizer *t = vocabulary_open(&v);
    EXPECT(t, "a<tool>b", 0, 'a', 256, 'b');
    size_t len;
    assert_memory_equal(lm_token_text(t, 256, &len), "<tool>", 6);
    lm_tokenizer_free(t);
    table_free(&v.file);
}

static void a_special_token_does_not_break_a_character(void **state)
{
    (void)state;
    static struct vocabulary v;
    const char *const controls[] = { "\xA9", "\xC3", "\u00E9", NULL };
    vocabulary_make(&v, "gpt-2", NULL, controls);
    struct lm_tokenizer *t = vocabulary_open(&v);
    EXPECT(t, "a\u00E9\u00E8", LM_ENCODE_SPECIAL, 'a', 258, 0xC3, 0xA8);
    lm_tokenizer_free(t);
    table_free(&v.file);
}

/* Llama 3 takes a word that is a token as it is, whatever merging would make of it: ab and cd come first, so bcd never
 * forms in abcd by merges, nor does abcd. */
static void whole_words_need_no_merges(void **state)
{
    (void)state;
    static const char *const made[] = { "a b", "c d", "b cd", "a bcd", NULL };
    static struct vocabulary v;
    vocabulary_make(&v, "gpt-2", made, NULL);
    struct lm_tokenizer *t = vocabulary_open(&v);
    EXPECT(t, "abcd", 0, 256, 257);
    EXPECT(t, "xabcd", 0, 'x', 256, 257);
    lm_tokenizer_free(t);
    table_text(&v.file, "tokenizer.ggml.pre", "llama-bpe");
    t = vocabulary_open(&v);
    EXPECT(t, "abcd", 0, 259);
    EXPECT(t, "xabcd", 0, 'x', 256, 257);
    lm_tokenizer_free(t);
    table_free(&v.file);
}

static int collect(void *ctx, size_t begin, size_t end)
{
    size_t *ends = ctx;
    assert_int_equal(begin, ends[0] ? ends[ends[0]] : 0);
    ends[++ends[0]] = end;
    return TARE_OK;
}

/* Worked out from the patterns as GPT-2, Llama 3 and Qwen 2 publish them; bars stand between words. */
static void words_are_cut_as_the_patterns_say(void **state)
{
    (void)state;
    static const struct {
        const char *pre, *words;
    } cases[] = {
        { "gpt-2", "I|'ll| pay| 12345| \u20AC| | now|\n\n| ok|.|  " },
        { "llama-bpe", "I|'ll| pay| |123|45| \u20AC| | now|\n\n| ok|.|  " },
        { "qwen2", "I|'ll| pay| |1|2|3|4|5| \u20AC| | now|\n\n| ok|.|  " },
        { "gpt-2", "we|'|RE" },
        { "llama-bpe", "we|'RE" },
        { "gpt-2", "a|\n|b|\t|c" },
        { "llama-bpe", "a|\n|b|\tc" },
        { "gpt-2", "f|();|\n   | }" },
        { "llama-bpe", "f|();\n|   | }" },
        { "qwen2", " \r\n|  | x" },
        { "llama-bpe", "\u043D\u0435\u0449\u043E| \u043D\u0430" },
        { "llama-bpe", "\u0660\u0661\u0662|\u0663" }, /* digits of another script */
        { "gpt-2", "a|\u2003|\u2003|b" },             /* white space that is no space: a run and its last one */
        { "gpt-2", "a|\u180E|b" },                    /* a letter's separator since Unicode 6.3, not white space */
        { "gpt-2", "\U0001F680\U0001F680| \U0001F680" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        size_t expected[64] = { 0 }, got[64] = { 0 }, len = 0;
        for (const char *c = cases[i].words; *c; c++)
            if (*c == '|')
                expected[++expected[0]] = len;
            else
                text[len++] = *c;
        expected[++expected[0]] = len;
        struct lm_words *w;
        assert_int_equal(lm_words_compile(&w, lm_pattern_find(cases[i].pre, strlen(cases[i].pre))), TARE_OK);
        assert_int_equal(lm_words_split(w, text, 0, len, collect, got), TARE_OK);
        lm_words_free(w);
        if (memcmp(expected, got, sizeof got) != 0)
            fail_msg("%s: cut otherwise than %s (%zu words)", cases[i].pre, cases[i].words, got[0]);
    }
}

/* A random text: valid UTF-8 with something of each length, words, digits and white space. */
static size_t random_text(struct tare_rng *r, char *text, size_t n_chars)
{
    size_t len = 0;
    for (size_t i = 0; i < n_chars; i++) {
        static const unsigned limits[] = { 0x80, 0x80, 0x80, 0x800, 0x10000, 0x110000 };
        unsigned c = (unsigned)tare_rng_below(r, limits[tare_rng_below(r, 6)]);
        if (c >= 0xD800 && c < 0xE000)
            c = ' ';
        if (c < 0x80)
            text[len++] = (char)c;
        else if (c < 0x800)
            len += (size_t)sprintf(text + len, "%c%c", 0xC0 | c >> 6, 0x80 | (c & 63));
        else if (c < 0x10000)
            len += (size_t)sprintf(text + len, "%c%c%c", 0xE0 | c >> 12, 0x80 | (c >> 6 & 63), 0x80 | (c & 63));
        else
            len += (size_t)sprintf(text + len, "%c%c%c%c", 0xF0 | c >> 18, 0x80 | (c >> 12 & 63), 0x80 | (c >> 6 & 63),
                                   0x80 | (c & 63));
    }
    return len;
}

static void what_is_encoded_decodes_to_itself(void **state)
{
    (void)state;
    static struct vocabulary v;
    static char text[40000];
    static const char *const patterns[] = { "gpt-2", "llama-bpe", "qwen2" };
    struct tare_rng r;
    tare_rng_seed(&r, 11);
    for (size_t p = 0; p < 3; p++) {
        vocabulary_make(&v, patterns[p], merges, NULL);
        struct lm_tokenizer *t = vocabulary_open(&v);
        for (int trial = 0; trial < 200; trial++) {
            size_t len = random_text(&r, text, tare_rng_below(&r, trial % 20 ? 100 : 9000)), n = 0, back_len = 0;
            int32_t *ids;
            char *back = NULL;
            if (lm_encode(t, text, len, 0, &ids, &n) || lm_decode(t, ids, n, &back, &back_len))
                fail_msg("trial %d: %s", trial, tare_error());
            assert_int_equal(back_len, len);
            assert_memory_equal(back, text, len);
            free(ids);
            free(back);
        }
        lm_tokenizer_free(t);
        table_free(&v.file);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(merges_go_by_rank_then_from_the_left),
    cmocka_unit_test(an_empty_text_has_no_tokens),
    cmocka_unit_test(merging_agrees_with_its_definition),
    cmocka_unit_test(a_long_text_has_the_tokens_of_its_lines),
    cmocka_unit_test(special_tokens_are_found_on_request_the_longest_first),
    cmocka_unit_test(a_users_token_is_found_without_asking),
    cmocka_unit_test(a_special_token_does_not_break_a_character),
    cmocka_unit_test(whole_words_need_no_merges),
    cmocka_unit_test(words_are_cut_as_the_patterns_say),
    cmocka_unit_test(what_is_encoded_decodes_to_itself),
};

TARE_TEST_MAIN(tests)
