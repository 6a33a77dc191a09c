/* The readers on real files: one trained model in three forms, and two vocabularies. */
#include <lm/config.h>
#include <lm/file.h>

#include "framework/base/error.h"
#include "tests/models/data.h"

#include <math.h>
#include <string.h>

static struct lm_file *open_data(const char *name)
{
    char *path = data_file(name);
    struct lm_file *f;
    if (lm_file_open(&f, path))
        fail_msg("%s", tare_error());
    free(path);
    return f;
}

/* The sizes that karpathy/tinyllamas states for stories260K. */
static void check_stories(const struct lm_config *c)
{
    assert_int_equal(c->arch, LM_ARCH_llama);
    assert_int_equal(c->n_embd, 64);
    assert_int_equal(c->n_ff, 172);
    assert_int_equal(c->n_layers, 5);
    assert_int_equal(c->n_heads, 8);
    assert_int_equal(c->n_kv_heads, 4);
    assert_int_equal(c->head_dim, 8);
    assert_int_equal(c->rope_dims, 8);
    assert_int_equal(c->n_vocab, 512);
    assert_int_equal(c->rope, LM_ROPE_PAIRS);
    assert_true(c->rope_base == 10000);
    assert_true(c->rope_scale == 1);
    assert_true(fabs(c->norm_eps - 1e-5) < 1e-11);
}

static void every_form_of_a_model_has_its_configuration(void **state)
{
    (void)state;
    static const char *const names[] = { "stories260K.bin", "stories260K-f32.gguf", "stories260K-f16.gguf" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct lm_file *f = open_data(names[i]);
        struct lm_config c;
        if (lm_config_read(&c, f, NULL))
            fail_msg("%s", tare_error());
        check_stories(&c);
        assert_int_equal(lm_config_check_tensors(&c, f), 0);
        assert_int_equal(lm_config_read(&c, f, "gpt2"), TARE_EUSAGE);
        assert_string_equal(tare_error(), "Model type mismatch: expected 'gpt2' but detected 'llama'");
        lm_file_close(f);
    }
}

/* Every tensor of one is in the other, with the same weights within `bound` of each. */
static void same_weights(const struct lm_file *a, const struct lm_file *b, float bound)
{
    size_t n;
    const struct lm_tensor *tensors = lm_file_tensors(a, &n);
    assert_true(n >= 47);
    for (size_t i = 0; i < n; i++) {
        const struct lm_tensor *t = &tensors[i], *u;
        if (lm_file_want(&u, b, t->name, t->n_dims, t->dims))
            fail_msg("%s", tare_error());
        size_t columns = t->dims[t->n_dims - 1];
        float x[512], y[512];
        assert_true(columns <= 512);
        for (size_t r = 0; r < lm_tensor_rows(t); r++) {
            lm_tensor_row(t, r, x);
            lm_tensor_row(u, r, y);
            for (size_t c = 0; c < columns; c++)
                if (!(fabsf(x[c] - y[c]) <= bound * fabsf(x[c]) + bound * 0x1p-14f))
                    fail_msg("%s[%zu][%zu]: %.9g and %.9g", t->name, r, c, (double)x[c], (double)y[c]);
        }
    }
}

static void all_forms_hold_the_same_weights_under_the_same_names(void **state)
{
    (void)state;
    struct lm_file *bin = open_data("stories260K.bin"), *f32 = open_data("stories260K-f32.gguf"),
                   *f16 = open_data("stories260K-f16.gguf");
    same_weights(bin, f32, 0);
    same_weights(f32, f16, 0x1p-11f);
    lm_file_close(bin);
    lm_file_close(f32);
    lm_file_close(f16);
}

/* The first floats of the embedding lie behind the 28 bytes of the header. */
static void the_first_values_are_those_of_the_file(void **state)
{
    (void)state;
    char *path = data_file("stories260K.bin");
    char *raw;
    size_t len;
    assert_int_equal(tare_file_read(&raw, &len, path, 0), 0);
    struct lm_file *f = open_data("stories260K.bin");
    const struct lm_tensor *t = lm_file_tensor(f, "token_embd.weight");
    assert_non_null(t);
    assert_int_equal(t->bytes, 512 * 64 * 4);
    assert_memory_equal(t->data, raw + 28, 64);
    assert_int_equal(lm_file_offset(f, "token_embd.weight"), 28);
    float x[64];
    lm_tensor_row(t, 0, x);
    assert_memory_equal(x, raw + 28, sizeof x);
    assert_int_equal(lm_tensor_check(f, t), 0);
    lm_file_forget(f, t);
    assert_memory_equal(t->data, raw + 28, t->bytes);
    lm_file_close(f);
    free(raw);
    free(path);
}

static bool text_is(struct lm_value v, const char *text)
{
    return v.kind == LM_VALUE_TEXT && v.len == strlen(text) && memcmp(v.text, text, v.len) == 0;
}

static void metadata_and_arrays_are_read_by_key(void **state)
{
    (void)state;
    struct lm_file *f = open_data("ggml-vocab-llama-spm.gguf");
    assert_string_equal(lm_file_format(f), "gguf");
    assert_true(text_is(lm_file_value(f, "general.architecture"), "llama"));
    assert_true(text_is(lm_file_value(f, "tokenizer.ggml.model"), "llama"));
    assert_int_equal(lm_file_array_length(f, "tokenizer.ggml.tokens"), 32000);
    assert_true(text_is(lm_file_array_at(f, "tokenizer.ggml.tokens", 0), "<unk>"));
    assert_true(text_is(lm_file_array_at(f, "tokenizer.ggml.tokens", 3), "<0x00>"));
    assert_int_equal(lm_file_array_at(f, "tokenizer.ggml.tokens", 32000).kind, LM_VALUE_NONE);
    assert_int_equal(lm_file_array_at(f, "tokenizer.ggml.scores", 0).kind, LM_VALUE_REAL);
    assert_int_equal(lm_file_value(f, "tokenizer.ggml.scores").kind, LM_VALUE_NONE);
    assert_int_equal(lm_file_value(f, "no.such.key").kind, LM_VALUE_NONE);
    struct lm_config c;
    assert_int_equal(lm_config_read(&c, f, NULL), TARE_EPARSE);
    assert_non_null(strstr(tare_error(), "holds a vocabulary alone"));
    lm_file_close(f);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_form_of_a_model_has_its_configuration),
    cmocka_unit_test(all_forms_hold_the_same_weights_under_the_same_names),
    cmocka_unit_test(the_first_values_are_those_of_the_file),
    cmocka_unit_test(metadata_and_arrays_are_read_by_key),
};

TARE_TEST_MAIN(tests)
