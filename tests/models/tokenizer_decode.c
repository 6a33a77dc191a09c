#include "framework/base/error.h"
#include "models/tokenizer/tokenizer.h"
#include "models/tokenizer/utf8.h"
#include "tests/harness.h"
#include "tests/models/vocabulary.h"

#include <stdlib.h>
#include <string.h>

/* Streams ids and holds each step against the text expected of it. */
static void assert_stream(const struct lm_tokenizer *t, const int32_t *ids, const char *const *steps, size_t n)
{
    struct lm_stream s = { 0 };
    static char out[LM_STREAM_MAX];
    for (size_t i = 0; i <= n; i++) {
        size_t len = i < n ? lm_stream_add(t, &s, ids[i], out) : lm_stream_end(&s, out);
        if (len != strlen(steps[i]) || memcmp(out, steps[i], len) != 0)
            fail_msg("step %zu: '%.*s', not '%s'", i, (int)len, out, steps[i]);
    }
}

/* Every byte a token: characters come out whole, with their last byte. What cannot become one is U+FFFD, one for each
 * longest part that could have (Unicode 15, table 3-8; the second case is that table's example). */
static void characters_come_out_whole(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        int32_t ids[16];
        const char *steps[17];
    } cases[] = {
        { 6, { 'a', 0xC3, 0xA9, 0xE2, 0x82, 0xAC }, { "a", "", "\u00E9", "", "", "\u20AC", "" } },
        { 10,
          { 0xE1, 0x80, 0xE2, 0xF0, 0x91, 0x92, 0xF1, 0xBF, 0x41, 0x80 },
          { "", "", "\uFFFD", "\uFFFD", "", "", "\uFFFD", "", "\uFFFDA", "\uFFFD", "" } },
        { 4, { 0xF0, 0x9F, 0xA6, 0x99 }, { "", "", "", "\U0001F999", "" } },
        { 3, { 0xF0, 0x9F, 0xA6 }, { "", "", "", "\uFFFD" } },
        { 3, { 0xC0, 0xAF, 'x' }, { "\uFFFD", "\uFFFD", "x", "" } },
        { 3, { 0xED, 0xA0, 0x80 }, { "", "\uFFFD\uFFFD", "\uFFFD", "" } }, /* a surrogate */
        { 2, { 0xF4, 0x90 }, { "", "\uFFFD\uFFFD", "" } },                 /* beyond U+10FFFF */
        { 3, { -1, 'a', 99999 }, { "", "a", "", "" } },                    /* no tokens at all */
    };
    static struct vocabulary v;
    vocabulary_make(&v, "gpt-2", NULL, NULL);
    struct lm_tokenizer *t = vocabulary_open(&v);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_stream(t, cases[i].ids, cases[i].steps, cases[i].n);
    lm_tokenizer_free(t);
    table_free(&v.file);
}

/* A tokenizer.bin whose tokens 3 to 5 are the parts of a text. */
static size_t write_parts(char *file, const char *text, const size_t cuts[4])
{
    static const char *const first[] = { "<unk>", "<s>", "</s>" };
    size_t at = 4;
    memcpy(file, &(uint32_t){ 64 }, 4);
    for (int i = 0; i < 6; i++) {
        const char *part = i < 3 ? first[i] : text + cuts[i - 3];
        uint32_t len = (uint32_t)(i < 3 ? strlen(part) : cuts[i - 2] - cuts[i - 3]);
        memcpy(file + at, &(float){ 0 }, 4);
        memcpy(file + at + 4, &len, 4);
        memcpy(file + at + 8, part, len);
        at += 8 + len;
    }
    return at;
}

/* A text of characters of one to four bytes as three tokens, cut at every two places. */
static void no_split_breaks_a_character(void **state)
{
    (void)state;
    static const char text[] = "a\u00E9\u20AC\U0001F999\u0416z\u4E2D";
    enum { LEN = sizeof text - 1 };
    char file[256];
    static char got[2 * LM_STREAM_MAX];
    for (size_t a = 0; a <= LEN; a++)
        for (size_t b = a; b <= LEN; b++) {
            struct lm_tokenizer *t;
            struct lm_stream s = { 0 };
            size_t len = 0;
            if (lm_tokenizer_parse_bin(&t, "parts", file, write_parts(file, text, (const size_t[]){ 0, a, b, LEN }), 6))
                fail_msg("%s", tare_error());
            for (int32_t id = 3; id < 6; id++) {
                len += lm_stream_add(t, &s, id, got + len);
                assert_int_equal(lm_utf8_valid(got, len), len);
                assert_memory_equal(got, text, len);
            }
            len += lm_stream_end(&s, got + len);
            assert_int_equal(len, LEN);
            assert_memory_equal(got, text, len);
            lm_tokenizer_free(t);
        }
}

static void the_space_put_in_front_is_dropped_once(void **state)
{
    (void)state;
    char file[256];
    struct lm_tokenizer *t;
    static const char text[] = " a b";
    assert_int_equal(
        lm_tokenizer_parse_bin(&t, "parts", file, write_parts(file, text, (const size_t[]){ 0, 2, 4, 4 }), 6), TARE_OK);
    assert_stream(t, (const int32_t[]){ 1, 3, 3, 4 }, (const char *const[]){ "", "a", " a", " b", "" }, 4);
    char *back;
    size_t len;
    assert_int_equal(lm_decode(t, (const int32_t[]){ 1, 3, 3, 0 }, 4, &back, &len), TARE_OK);
    assert_string_equal(back, "a a \u2047 ");
    free(back);
    assert_int_equal(lm_decode(t, (const int32_t[]){ 3, 6 }, 2, &back, &len), TARE_EUSAGE);
    assert_null(back);
    assert_non_null(strstr(tare_error(), "token 1: 6 is not in the vocabulary of 6"));
    lm_tokenizer_free(t);
}

/* The longest token there may be, all of it bytes that are no text: three bytes of output each. */
static void the_longest_token_fits_a_stream(void **state)
{
    (void)state;
    static char text[LM_TOKEN_MAX + 1], file[LM_TOKEN_MAX + 128], out[LM_STREAM_MAX];
    memset(text, 0x80, LM_TOKEN_MAX);
    struct lm_tokenizer *t;
    struct lm_stream s = { .pending = { (char)0xF0, (char)0x9F, (char)0xA6 }, .n_pending = 3 };
    size_t size = write_parts(file, text, (const size_t[]){ 0, LM_TOKEN_MAX, LM_TOKEN_MAX, LM_TOKEN_MAX });
    memcpy(file, &(uint32_t){ LM_TOKEN_MAX }, 4);
    assert_int_equal(lm_tokenizer_parse_bin(&t, "long", file, size, 6), TARE_OK);
    /* the first byte completes what was pending */
    assert_int_equal(lm_stream_add(t, &s, 3, out), 4 + 3 * (LM_TOKEN_MAX - 1));
    lm_tokenizer_free(t);
}

/* A vocabulary for models with random weights: any text goes in, any id comes out. */
static void a_plain_vocabulary_stands_for_bytes(void **state)
{
    (void)state;
    struct lm_tokenizer *t;
    assert_int_equal(lm_tokenizer_plain(&t, 400), TARE_OK);
    assert_ids(t, "a\u00E9", LM_ENCODE_BOS | LM_ENCODE_SPECIAL, (const int32_t[]){ 'a', 0xC3, 0xA9 }, 3);
    assert_stream(t, (const int32_t[]){ 'a', 256 + 'b', 0xC3, 0xA9 },
                  (const char *const[]){ "a", "b", "", "\u00E9", "" }, 4);
    assert_int_equal(lm_tokenizer_size(t), 400);
    assert_int_equal(lm_tokenizer_bos(t), LM_NO_TOKEN);
    lm_tokenizer_free(t);
    assert_int_equal(lm_tokenizer_plain(&t, 100), TARE_OK);
    assert_ids(t, "az", 0, (const int32_t[]){ 'a', 'z' - 100 }, 2);
    lm_tokenizer_free(t);
    assert_int_equal(lm_tokenizer_plain(&t, 0), TARE_EUSAGE);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(characters_come_out_whole),
    cmocka_unit_test(no_split_breaks_a_character),
    cmocka_unit_test(the_space_put_in_front_is_dropped_once),
    cmocka_unit_test(the_longest_token_fits_a_stream),
    cmocka_unit_test(a_plain_vocabulary_stands_for_bytes),
};

TARE_TEST_MAIN(tests)
