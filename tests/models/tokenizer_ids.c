/* Real vocabularies: the ids that llama.cpp's own tests expect of them. */
#include "framework/base/error.h"
#include "framework/base/rng.h"
#include "tests/harness.h"
#include "tests/models/data.h"

#include <lm/file.h>
#include <lm/tokenizer.h>

#include <stdlib.h>
#include <string.h>

static const char separator[] = "\n__ggml_vocab_test__\n";

static struct lm_tokenizer *open_data(const char *name)
{
    char *path = data_file(name);
    struct lm_file *f = NULL;
    struct lm_tokenizer *t = NULL;
    if (lm_file_open(&f, path) || lm_tokenizer_open(&t, f))
        fail_msg("%s", tare_error());
    lm_file_close(f); /* the tokenizer stands without it */
    free(path);
    return t;
}

static char *read_data(const char *name)
{
    char *path = data_file(name), *text;
    if (tare_file_read(&text, NULL, path, 0))
        fail_msg("%s", tare_error());
    free(path);
    return text;
}

/* Holds a text's ids against a line of numbers; returns the line behind it. */
static char *assert_line(const struct lm_tokenizer *t, const char *text, char *line)
{
    int32_t *ids;
    size_t n, len, i = 0;
    char *end = strchr(line, '\n'), *back;
    if (lm_encode(t, text, strlen(text), 0, &ids, &n))
        fail_msg("%s", tare_error());
    for (char *p = line, *next; p < end; p = next, i++) {
        long expected = strtol(p, &next, 10);
        if (next > end)
            break;
        if (i >= n || ids[i] != expected)
            fail_msg("'%s': token %zu is %d, not %ld", text, i, i < n ? (int)ids[i] : -1, expected);
    }
    assert_int_equal(i, n);
    assert_int_equal(lm_decode(t, ids, n, &back, &len), TARE_OK);
    assert_string_equal(back, text);
    free(back);
    free(ids);
    return end + 1;
}

static void assert_vocabulary(const char *name)
{
    char input[128], output[128];
    snprintf(input, sizeof input, "%s.inp", name);
    snprintf(output, sizeof output, "%s.out", name);
    char *texts = read_data(input), *lines = read_data(output);
    struct lm_tokenizer *t = open_data(name);
    char *text = texts, *line = lines;
    int n = 0;
    for (char *end; (end = strstr(text, separator)); text = end + strlen(separator), n++) {
        *end = '\0';
        line = assert_line(t, text, line);
    }
    assert_true(n > 40);
    assert_int_equal(*line, '\0');
    lm_tokenizer_free(t);
    free(texts);
    free(lines);
}

static void gpt2_gives_the_expected_ids(void **state)
{
    (void)state;
    assert_vocabulary("ggml-vocab-gpt-2.gguf");
}

static void llama_spm_gives_the_expected_ids(void **state)
{
    (void)state;
    assert_vocabulary("ggml-vocab-llama-spm.gguf");
}

/* Every printable token of a vocabulary strung together at random: what a text is made of, whatever its words. */
static void tokens_at_random_come_back_as_their_text(void **state)
{
    (void)state;
    static const char *const names[] = { "ggml-vocab-gpt-2.gguf", "ggml-vocab-llama-spm.gguf" };
    static char text[32768];
    struct tare_rng r;
    tare_rng_seed(&r, 1);
    for (int trial = 0; trial < 40; trial++) {
        struct lm_tokenizer *t = open_data(names[trial % 2]);
        size_t len = 0, n, back_len, token_len;
        while (len < sizeof text - 1100) {
            const char *token = lm_token_text(t, (int32_t)tare_rng_below(&r, lm_tokenizer_size(t)), &token_len);
            int32_t *ids;
            if (lm_encode(t, token, token_len, 0, &ids, &n))
                continue; /* a part of a character */
            free(ids);
            memcpy(text + len, token, token_len);
            len += token_len;
        }
        int32_t *ids;
        char *back;
        assert_int_equal(lm_encode(t, text, len, 0, &ids, &n), TARE_OK);
        assert_int_equal(lm_decode(t, ids, n, &back, &back_len), TARE_OK);
        assert_int_equal(back_len, len);
        assert_memory_equal(back, text, len);
        free(ids);
        free(back);
        lm_tokenizer_free(t);
    }
}

/* The GGUF and the tokenizer.bin beside the .bin hold one vocabulary. */
static void the_stories_models_have_one_tokenizer(void **state)
{
    (void)state;
    static const char text[] = "Once upon a time, there was a caf\u00E9.\n";
    struct lm_tokenizer *a = open_data("stories260K-f32.gguf"), *b = open_data("stories260K.bin");
    int32_t *x, *y;
    size_t nx, ny;
    assert_int_equal(lm_encode(a, text, strlen(text), LM_ENCODE_BOS, &x, &nx), TARE_OK);
    assert_int_equal(lm_encode(b, text, strlen(text), LM_ENCODE_BOS, &y, &ny), TARE_OK);
    assert_int_equal(nx, ny);
    assert_memory_equal(x, y, nx * sizeof *x);
    assert_int_equal(x[0], 1);
    free(x);
    free(y);
    lm_tokenizer_free(a);
    lm_tokenizer_free(b);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(gpt2_gives_the_expected_ids),
    cmocka_unit_test(llama_spm_gives_the_expected_ids),
    cmocka_unit_test(tokens_at_random_come_back_as_their_text),
    cmocka_unit_test(the_stories_models_have_one_tokenizer),
};

TARE_TEST_MAIN(tests)
