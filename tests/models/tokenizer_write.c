/* Tokenizers written as the keys of a GGUF, read back, and held against files that others wrote. */
#include "models/tokenizer/write.h"

#include <lm/file.h>
#include <lm/tokenizer.h>

#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "models/io/gguf_write.h"
#include "tests/framework/base_scratch.h"
#include "tests/models/data.h"

#define KEY "tokenizer.ggml."

static struct lm_file *open_file(const char *path)
{
    struct lm_file *f;
    if (lm_file_open(&f, path))
        fail_msg("%s", tare_error());
    return f;
}

static struct lm_file *open_data(const char *name)
{
    char *path = data_file(name);
    struct lm_file *f = open_file(path);
    free(path);
    return f;
}

static struct lm_tokenizer *open_tokenizer(const struct lm_file *f)
{
    struct lm_tokenizer *t;
    if (lm_tokenizer_open(&t, f))
        fail_msg("%s", tare_error());
    return t;
}

/* The tokenizer in a file of its own, opened. */
static struct lm_file *write_and_open(const struct lm_tokenizer *t, size_t n_vocab, const char *folder)
{
    char *path = tare_path_join(folder, "written.gguf");
    struct gguf_writer *w;
    assert_int_equal(gguf_create(&w, path), 0);
    if (lm_tokenizer_write(t, w, n_vocab) || gguf_begin_data(w) || gguf_finish(w))
        fail_msg("%s", tare_error());
    struct lm_file *f = open_file(path);
    free(path);
    return f;
}

static void assert_same_value(const char *key, size_t i, struct lm_value a, struct lm_value b)
{
    bool same = a.kind == LM_VALUE_TEXT ? b.kind == a.kind && a.len == b.len && memcmp(a.text, b.text, a.len) == 0
                                        : (b.kind == a.kind || a.kind == LM_VALUE_NONE) && a.u == b.u;
    if (!same)
        fail_msg("%s[%zu]: '%.*s' became '%.*s'", key, i, a.kind == LM_VALUE_TEXT ? (int)a.len : 0, a.text,
                 b.kind == LM_VALUE_TEXT ? (int)b.len : 0, b.text);
}

/* What `wrote` says of tokens is what `file` says. */
static void assert_same_keys(const struct lm_file *file, const struct lm_file *wrote, const char *const *keys)
{
    for (; *keys; keys++) {
        size_t n = lm_file_array_length(file, *keys);
        assert_int_equal(lm_file_array_length(wrote, *keys), n);
        if (n == 0)
            assert_same_value(*keys, 0, lm_file_value(file, *keys), lm_file_value(wrote, *keys));
        for (size_t i = 0; i < n; i++)
            assert_same_value(*keys, i, lm_file_array_at(file, *keys, i), lm_file_array_at(wrote, *keys, i));
    }
}

/* Both give every text of a list the same ids. */
static void assert_same_ids(const struct lm_tokenizer *a, const struct lm_tokenizer *b, const char *list)
{
    static const char separator[] = "\n__ggml_vocab_test__\n";
    char *path = data_file(list), *texts;
    assert_int_equal(tare_file_read(&texts, NULL, path, 0), 0);
    int n_texts = 0;
    for (char *text = texts, *end; (end = strstr(text, separator)) != NULL; text = end + strlen(separator), n_texts++) {
        int32_t *x, *y;
        size_t nx, ny, len = (size_t)(end - text);
        assert_int_equal(lm_encode(a, text, len, LM_ENCODE_BOS, &x, &nx), 0);
        assert_int_equal(lm_encode(b, text, len, LM_ENCODE_BOS, &y, &ny), 0);
        if (nx != ny || memcmp(x, y, nx * sizeof *x) != 0)
            fail_msg("'%.*s' has other ids", (int)len, text);
        free(x);
        free(y);
    }
    assert_true(n_texts > 40);
    free(texts);
    free(path);
}

static void real_vocabularies_are_written_as_they_were_read(void **state)
{
    static const struct {
        const char *from, *same_as; /* the tokenizer's file, and one that others wrote of it */
        const char *texts;
        const char *keys[9];
    } cases[] = {
        { "ggml-vocab-gpt-2.gguf",
          "ggml-vocab-gpt-2.gguf",
          "ggml-vocab-gpt-2.gguf.inp",
          { KEY "model", KEY "pre", KEY "tokens", KEY "token_type", KEY "merges", KEY "bos_token_id",
            KEY "eos_token_id" } },
        { "ggml-vocab-llama-spm.gguf",
          "ggml-vocab-llama-spm.gguf",
          "ggml-vocab-llama-spm.gguf.inp",
          { KEY "model", KEY "tokens", KEY "token_type", KEY "scores", KEY "bos_token_id", KEY "eos_token_id",
            KEY "unknown_token_id" } },
        { "stories260K.bin",
          "stories260K-f32.gguf",
          "ggml-vocab-llama-spm.gguf.inp",
          { KEY "model", KEY "tokens", KEY "token_type", KEY "scores", KEY "bos_token_id", KEY "eos_token_id" } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lm_file *from = open_data(cases[i].from), *same_as = open_data(cases[i].same_as);
        struct lm_tokenizer *t = open_tokenizer(from);
        struct lm_file *wrote = write_and_open(t, lm_tokenizer_size(t), *state);
        struct lm_tokenizer *again = open_tokenizer(wrote);
        assert_same_keys(same_as, wrote, cases[i].keys);
        assert_same_ids(t, again, cases[i].texts);
        assert_int_equal(lm_tokenizer_adds_bos(t), lm_tokenizer_adds_bos(again));
        for (int32_t id = 0; (size_t)id < lm_tokenizer_size(t); id++)
            assert_int_equal(lm_tokenizer_is_end(t, id), lm_tokenizer_is_end(again, id));
        lm_tokenizer_free(t);
        lm_tokenizer_free(again);
        lm_file_close(wrote);
        lm_file_close(from);
        lm_file_close(same_as);
    }
}

/* A text as a JSON string. */
static void add_json(struct tare_buf *b, struct lm_value v)
{
    tare_buf_str(b, "\"");
    for (size_t i = 0; i < v.len; i++)
        if (v.text[i] == '"' || v.text[i] == '\\')
            tare_buf_fmt(b, "\\%c", v.text[i]);
        else
            tare_buf_add(b, &v.text[i], 1);
    tare_buf_str(b, "\"");
}

/* GPT-2's vocabulary as tokenizer.json, laid out as Hugging Face publishes it. */
static void write_json(const struct lm_file *f, const char *path)
{
    struct tare_buf b = { 0 };
    size_t n = lm_file_array_length(f, KEY "tokens"), n_merges = lm_file_array_length(f, KEY "merges");
    tare_buf_fmt(&b, "{\"added_tokens\":[{\"id\":%zu,\"content\":\"<|endoftext|>\",\"special\":true}],", n - 1);
    tare_buf_str(&b,
                 "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false},\"model\":{\"type\":\"BPE\","
                 "\"vocab\":");
    for (size_t i = 0; i < n; i++) {
        tare_buf_str(&b, i ? "," : "{");
        add_json(&b, lm_file_array_at(f, KEY "tokens", i));
        tare_buf_fmt(&b, ":%zu", i);
    }
    tare_buf_str(&b, "},\"merges\":");
    for (size_t i = 0; i < n_merges; i++) {
        tare_buf_str(&b, i ? "," : "[");
        add_json(&b, lm_file_array_at(f, KEY "merges", i));
    }
    tare_buf_str(&b, "]}}");
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(b.data, 1, b.len, out), b.len);
    assert_int_equal(fclose(out), 0);
    tare_buf_free(&b);
}

static void a_published_tokenizer_json_becomes_the_keys_that_others_made_of_it(void **state)
{
    static const char *const keys[] = { KEY "model", KEY "pre", KEY "tokens", KEY "token_type", KEY "merges", NULL };
    struct lm_file *f = open_data("ggml-vocab-gpt-2.gguf");
    char *path = tare_path_join(*state, "tokenizer.json");
    struct lm_tokenizer *t;
    write_json(f, path);
    if (lm_tokenizer_read(&t, path, 0))
        fail_msg("%s", tare_error());
    struct lm_file *wrote = write_and_open(t, lm_tokenizer_size(t), *state);
    struct lm_tokenizer *again = open_tokenizer(wrote);
    assert_same_keys(f, wrote, keys);
    assert_same_ids(t, again, "ggml-vocab-gpt-2.gguf.inp");
    assert_int_equal(lm_tokenizer_eos(again), lm_tokenizer_size(t) - 1);
    lm_tokenizer_free(t);
    lm_tokenizer_free(again);
    lm_file_close(wrote);
    lm_file_close(f);
    free(path);
}

/* An embedding of more rows than there are tokens, as Qwen's is. */
static void rows_without_a_token_become_unused_tokens(void **state)
{
    struct lm_file *f = open_data("stories260K.bin");
    struct lm_tokenizer *t = open_tokenizer(f);
    struct lm_file *wrote = write_and_open(t, 515, *state);
    struct lm_value v = lm_file_array_at(wrote, KEY "tokens", 514);
    assert_int_equal(lm_file_array_length(wrote, KEY "tokens"), 515);
    assert_int_equal(lm_file_array_length(wrote, KEY "scores"), 515);
    assert_int_equal(lm_file_array_at(wrote, KEY "token_type", 512).i, 5);
    assert_int_equal(v.len, 8);
    assert_memory_equal(v.text, "[PAD514]", 8);
    struct lm_tokenizer *again = open_tokenizer(wrote);
    assert_int_equal(lm_tokenizer_size(again), 515);
    assert_same_ids(t, again, "ggml-vocab-llama-spm.gguf.inp");
    lm_tokenizer_free(again);
    lm_file_close(wrote);
    lm_tokenizer_free(t);
    lm_file_close(f);
}

static void what_gguf_has_no_words_for_is_refused(void **state)
{
    char *path = tare_path_join(*state, "refused.gguf");
    struct gguf_writer *w;
    struct lm_tokenizer *t;
    assert_int_equal(gguf_create(&w, path), 0);
    assert_int_equal(lm_tokenizer_plain(&t, 100), 0);
    assert_int_equal(lm_tokenizer_write(t, w, 100), TARE_EUNSUP);
    gguf_abandon(w);
    lm_tokenizer_free(t);
    free(path);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(real_vocabularies_are_written_as_they_were_read, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(a_published_tokenizer_json_becomes_the_keys_that_others_made_of_it, scratch_make,
                                    scratch_remove),
    cmocka_unit_test_setup_teardown(rows_without_a_token_become_unused_tokens, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(what_gguf_has_no_words_for_is_refused, scratch_make, scratch_remove),
};

TARE_TEST_MAIN(tests)
