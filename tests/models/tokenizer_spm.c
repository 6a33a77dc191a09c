#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/rng.h"
#include "tests/harness.h"
#include "tests/models/data.h"
#include "tests/models/vocabulary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(t, text, flags, ...)                                                                                    \
    assert_ids(t, text, flags, (const int32_t[]){ __VA_ARGS__ },                                                       \
               sizeof(const int32_t[]){ __VA_ARGS__ } / sizeof(int32_t))

/* llama2.c's tokenizer.bin of the stories260K model. */
static struct lm_tokenizer *open_stories(void)
{
    char *path = data_file("tok512.bin");
    struct lm_tokenizer *t;
    if (lm_tokenizer_read(&t, path, 512))
        fail_msg("%s", tare_error());
    free(path);
    return t;
}

/* The ids of the prompt in stories260K.reference.md, which llama2.c made. */
static void the_stories_prompt_has_the_ids_of_llama2_c(void **state)
{
    (void)state;
    struct lm_tokenizer *t = open_stories();
    assert_int_equal(lm_tokenizer_size(t), 512);
    assert_int_equal(lm_tokenizer_bos(t), 1);
    assert_int_equal(lm_tokenizer_eos(t), 2);
    assert_true(lm_tokenizer_is_end(t, 2));
    assert_false(lm_tokenizer_is_end(t, 1));
    assert_true(lm_tokenizer_adds_bos(t));
    EXPECT(t, "Once upon a time", LM_ENCODE_BOS, 1, 403, 407, 261, 378);
    EXPECT(t, "Once upon a time", 0, 403, 407, 261, 378);
    EXPECT(t, "Once upon a time</s>", LM_ENCODE_SPECIAL, 403, 407, 261, 378, 2);
    EXPECT(t, "", LM_ENCODE_BOS, 1);
    EXPECT(t, "\n", 0, 410, 13);
    lm_tokenizer_free(t);
}

/* The whole greedy run of the same file, decoded. */
static void the_stories_ids_decode_to_the_story(void **state)
{
    (void)state;
    static const int32_t ids[] = { 1,   403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 315,
                                   421, 395, 317, 426, 338, 401, 396, 267, 337, 410, 408, 419 };
    struct lm_tokenizer *t = open_stories();
    char *text;
    size_t len;
    assert_int_equal(lm_decode(t, ids, sizeof ids / sizeof *ids, &text, &len), TARE_OK);
    assert_string_equal(text, "Once upon a time, there was a little girl named Lily. She loved to play outs");
    assert_int_equal(len, strlen(text));
    free(text);
    lm_tokenizer_free(t);
}

/* llama2.c's encode(), written anew: characters or their bytes, then always the pair whose token scores best. */
static size_t encode_slowly(const struct lm_tokenizer *t, char *const *texts, const float *scores, const char *text,
                            int32_t *ids)
{
    size_t n = 0, n_vocab = lm_tokenizer_size(t);
    char piece[64], spaced[1024];
    snprintf(spaced, sizeof spaced, " %s", text);
    for (const char *c = spaced, *next; *c; c = next) {
        next = c + 1;
        while ((*next & 0xC0) == 0x80)
            next++;
        snprintf(piece, sizeof piece, "%.*s", (int)(next - c), c);
        size_t id = 259;
        while (id < n_vocab && strcmp(texts[id], piece) != 0)
            id++;
        if (id < n_vocab)
            ids[n++] = (int32_t)id;
        else
            for (; c < next; c++)
                ids[n++] = 3 + (unsigned char)*c;
    }
    for (;;) {
        float best = -1e30f;
        size_t at = 0, to = 0;
        for (size_t i = 0; i + 1 < n; i++) {
            if (ids[i] < 259 || ids[i + 1] < 259)
                continue;
            snprintf(piece, sizeof piece, "%s%s", texts[ids[i]], texts[ids[i + 1]]);
            for (size_t id = 259; id < n_vocab; id++)
                if (scores[id] > best && strcmp(texts[id], piece) == 0) {
                    best = scores[id];
                    at = i;
                    to = id;
                }
        }
        if (!to)
            return n;
        ids[at] = (int32_t)to;
        memmove(ids + at + 1, ids + at + 2, (n - at - 2) * sizeof *ids);
        n--;
    }
}

/* The texts and scores of tokenizer.bin, read as its writer describes it. */
static void read_scores(char **texts, float *scores)
{
    char *path = data_file("tok512.bin"), *data;
    size_t size, at = 4;
    assert_int_equal(tare_file_read(&data, &size, path, 0), TARE_OK);
    for (size_t i = 0; i < 512; i++) {
        int32_t len;
        memcpy(&scores[i], data + at, 4);
        memcpy(&len, data + at + 4, 4);
        texts[i] = strndup(data + at + 8, (size_t)len);
        at += 8 + (size_t)len;
    }
    assert_int_equal(at, size);
    free(data);
    free(path);
}

static void encoding_agrees_with_a_slow_one_on_random_text(void **state)
{
    (void)state;
    static const char *const words[] = { "Once",       " upon", "  ",  "the ",  "Lily", "\n",  "\u00E9",
                                         "\U0001F600", " ",     "ing", " happ", "y",    "...", "Tim",
                                         "\"",         " so",   "was", "1",     "?",    "e" };
    static int32_t expected[4096];
    char *texts[512];
    float scores[512];
    struct lm_tokenizer *t = open_stories();
    struct tare_rng r;
    read_scores(texts, scores);
    tare_rng_seed(&r, 5);
    for (int trial = 0; trial < 60; trial++) {
        char text[512] = "";
        for (uint64_t n = 1 + tare_rng_below(&r, trial % 2 ? 6 : 40); n; n--)
            strcat(text, words[tare_rng_below(&r, sizeof words / sizeof *words)]);
        assert_ids(t, text, 0, expected, encode_slowly(t, texts, scores, text, expected));
    }
    for (size_t i = 0; i < 512; i++)
        free(texts[i]);
    lm_tokenizer_free(t);
}

/* Two spellings of one table: bytes, and pieces with scores. "\u2581" is how a space is written. */
enum { N_PIECES = 14 };
static const char *const pieces[N_PIECES] = { "<unk>", "<s>", "</s>", "<0x0A>", "<0xC3>",  "<0xA9>", "\u2581",
                                              "a",     "b",   "ab",   "ba",     "\u2581a", "aab",    "b\u2581a" };
static const double piece_scores[N_PIECES] = { 0, 0, 0, 0, 0, 0, -9, -9, -9, -1, -2, -1.5, -3, -8 };
static const int piece_kinds[N_PIECES] = { 2, 3, 3, 6, 6, 6, 1, 1, 1, 1, 1, 1, 1, 1 };

static void write_pieces(struct lm_file *f)
{
    table_text(f, "tokenizer.ggml.model", "llama");
    table_texts(f, "tokenizer.ggml.tokens", pieces, N_PIECES);
    table_reals(f, "tokenizer.ggml.scores", piece_scores, N_PIECES);
    table_ints(f, "tokenizer.ggml.token_type", piece_kinds, N_PIECES);
    table_uint(f, "tokenizer.ggml.bos_token_id", 1);
    table_uint(f, "tokenizer.ggml.eos_token_id", 2);
    table_uint(f, "tokenizer.ggml.unknown_token_id", 0);
}

static void pieces_merge_by_score(void **state)
{
    (void)state;
    struct lm_file f = { 0 };
    struct lm_tokenizer *t;
    write_pieces(&f);
    assert_int_equal(lm_tokenizer_open(&t, &f), TARE_OK);
    EXPECT(t, "ab", 0, 6, 9);        /* ab (-1) before _a (-1.5), and nothing joins _ and ab */
    EXPECT(t, "a", 0, 11);           /* _a */
    EXPECT(t, "baab", 0, 6, 10, 9);  /* ab first, then ba */
    EXPECT(t, "aab", 0, 11, 9);      /* ab, then _a; aab is never two neighbours */
    EXPECT(t, "b a", 0, 6, 13);      /* _a, then b with it */
    EXPECT(t, "b\u2581a", 0, 6, 13); /* the sign for a space is one */
    EXPECT(t, "\xC3\xA9\n", 0, 6, 4, 5, 3);
    EXPECT(t, "\xC3\xA8", 0, 6, 4, 0); /* A8 has no token */
    EXPECT(t, "a<s>a", LM_ENCODE_BOS | LM_ENCODE_SPECIAL, 1, 11, 1, 11);
    lm_tokenizer_free(t);
    table_bool(&f, "tokenizer.ggml.add_space_prefix", false);
    table_bool(&f, "tokenizer.ggml.add_bos_token", false);
    assert_int_equal(lm_tokenizer_open(&t, &f), TARE_OK);
    assert_false(lm_tokenizer_adds_bos(t));
    EXPECT(t, "ab", LM_ENCODE_BOS, 9);
    EXPECT(t, " a", 0, 11);
    lm_tokenizer_free(t);
    table_free(&f);
}

static void scores_above_zero_go_before_those_below(void **state)
{
    (void)state;
    struct lm_file f = { 0 };
    struct lm_tokenizer *t;
    double scores[N_PIECES];
    memcpy(scores, piece_scores, sizeof scores);
    write_pieces(&f);
    table_bool(&f, "tokenizer.ggml.add_space_prefix", false);
    scores[10] = 2.5; /* ba */
    scores[9] = 0;    /* ab */
    table_reals(&f, "tokenizer.ggml.scores", scores, N_PIECES);
    assert_int_equal(lm_tokenizer_open(&t, &f), TARE_OK);
    EXPECT(t, "aba", 0, 7, 10);
    lm_tokenizer_free(t);
    scores[10] = -0.0; /* equal to ab's: the leftmost */
    table_reals(&f, "tokenizer.ggml.scores", scores, N_PIECES);
    assert_int_equal(lm_tokenizer_open(&t, &f), TARE_OK);
    EXPECT(t, "aba", 0, 9, 7);
    lm_tokenizer_free(t);
    table_free(&f);
}

static void stories_decode_to_what_was_encoded(void **state)
{
    (void)state;
    struct lm_tokenizer *t = open_stories();
    static const char *const texts[] = { "",     " ",    "  x ", "Lily\n\nand Tim", "\u00E9\U0001F600\u4E2D", "a\tb",
                                         "\x01", " .. ", "<s>" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int32_t *ids;
        size_t n, len;
        char *back;
        assert_int_equal(lm_encode(t, texts[i], strlen(texts[i]), LM_ENCODE_BOS, &ids, &n), TARE_OK);
        assert_int_equal(lm_decode(t, ids, n, &back, &len), TARE_OK);
        assert_string_equal(back, texts[i]);
        free(ids);
        free(back);
    }
    lm_tokenizer_free(t);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_stories_prompt_has_the_ids_of_llama2_c),
    cmocka_unit_test(the_stories_ids_decode_to_the_story),
    cmocka_unit_test(encoding_agrees_with_a_slow_one_on_random_text),
    cmocka_unit_test(pieces_merge_by_score),
    cmocka_unit_test(scores_above_zero_go_before_those_below),
    cmocka_unit_test(stories_decode_to_what_was_encoded),
};

TARE_TEST_MAIN(tests)
