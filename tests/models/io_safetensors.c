/* Safetensors: models made here, beside the same weights in other formats. */
#include <lm/config.h>
#include <lm/file.h>

#include "framework/base/error.h"
#include "tests/framework/base_scratch.h"
#include "tests/models/data.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* A file under construction: one header of JSON, then the data. */
struct maker {
    struct tare_buf head, data;
};

static void maker_add(struct maker *m, const char *name, const char *dtype, size_t n_dims, const size_t *dims,
                      const void *data, size_t bytes)
{
    tare_buf_fmt(&m->head, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[", m->head.len ? "," : "{", name, dtype);
    for (size_t i = 0; i < n_dims; i++)
        tare_buf_fmt(&m->head, "%s%zu", i ? "," : "", dims[i]);
    tare_buf_fmt(&m->head, "],\"data_offsets\":[%zu,%zu]}", m->data.len, m->data.len + bytes);
    tare_buf_add(&m->data, data, bytes);
}

static void maker_write(struct maker *m, const char *folder, const char *name)
{
    struct tare_buf all = { 0 };
    char *path = tare_path_join(folder, name);
    tare_buf_str(&m->head, "}");
    uint64_t len = m->head.len;
    tare_buf_add(&all, &len, 8);
    tare_buf_add(&all, m->head.data, m->head.len);
    tare_buf_add(&all, m->data.data, m->data.len);
    assert_false(all.failed);
    assert_int_equal(tare_file_write(path, all.data, all.len), 0);
    tare_buf_free(&all);
    tare_buf_free(&m->head);
    tare_buf_free(&m->data);
    free(path);
}

static const char stories_config[] =
    "{\"model_type\":\"llama\",\"hidden_size\":64,\"intermediate_size\":172,\"num_hidden_layers\":5,"
    "\"num_attention_heads\":8,\"num_key_value_heads\":4,\"max_position_embeddings\":512,\"rms_norm_eps\":1e-05,"
    "\"rope_theta\":10000.0,\"vocab_size\":512,\"tie_word_embeddings\":true,\"rope_scaling\":null}";

/* transformers' name of a GGUF name, written down once more by hand. */
static void hf_name(char *out, size_t size, const char *name)
{
    static const char *const pairs[][2] = {
        { "attn_norm", "input_layernorm" },    { "attn_q", "self_attn.q_proj" },
        { "attn_k", "self_attn.k_proj" },      { "attn_v", "self_attn.v_proj" },
        { "attn_output", "self_attn.o_proj" }, { "ffn_norm", "post_attention_layernorm" },
        { "ffn_gate", "mlp.gate_proj" },       { "ffn_up", "mlp.up_proj" },
        { "ffn_down", "mlp.down_proj" }
    };
    char stem[32] = "";
    int layer;
    if (sscanf(name, "blk.%d.%31[a-z_]", &layer, stem) == 2)
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
            if (strcmp(stem, pairs[i][0]) == 0)
                snprintf(out, size, "model.layers.%d.%s.weight", layer, pairs[i][1]);
    if (strcmp(name, "token_embd.weight") == 0)
        snprintf(out, size, "model.embed_tokens.weight");
    if (strcmp(name, "output_norm.weight") == 0)
        snprintf(out, size, "model.norm.weight");
}

/* The trained model as transformers would save it: queries and keys in halves. `second` NULL: all in one file. */
static void write_stories(const char *folder, const char *first, const char *second)
{
    char *from = data_file("stories260K-f32.gguf");
    struct lm_file *f;
    struct maker m[2] = { 0 };
    size_t n;
    assert_int_equal(lm_file_open(&f, from), 0);
    const struct lm_tensor *t = lm_file_tensors(f, &n);
    struct tare_buf index = { 0 };
    for (size_t i = 0; i < n; i++) {
        char name[100] = "?";
        hf_name(name, sizeof name, t[i].name);
        size_t columns = t[i].dims[t[i].n_dims - 1], rows = lm_tensor_rows(&t[i]);
        float *x = malloc(t[i].bytes);
        bool turned = strstr(t[i].name, "attn_q") || strstr(t[i].name, "attn_k");
        for (size_t r = 0; r < rows; r++) {
            size_t head = r / 8, j = r % 8; /* row j of halves is row 2j of pairs, or 2(j - 4) + 1 */
            size_t source = turned ? head * 8 + (j < 4 ? 2 * j : 2 * (j - 4) + 1) : r;
            memcpy(x + r * columns, (const float *)t[i].data + source * columns, columns * sizeof *x);
        }
        size_t part = second && i % 2;
        maker_add(&m[part], name, "F32", t[i].n_dims, t[i].dims, x, t[i].bytes);
        tare_buf_fmt(&index, "%s\"%s\":\"%s\"", index.len ? "," : "{\"metadata\":{},\"weight_map\":{", name,
                     part ? second : first);
        free(x);
    }
    maker_write(&m[0], folder, first);
    if (second) {
        tare_buf_str(&index, "}}");
        maker_write(&m[1], folder, second);
        scratch_put(folder, "model.safetensors.index.json", index.data);
    }
    tare_buf_free(&index);
    scratch_put(folder, "config.json", stories_config);
    lm_file_close(f);
    free(from);
}

static void check_stories(const char *path)
{
    char *gguf = data_file("stories260K-f32.gguf");
    struct lm_file *f, *g;
    struct lm_config c;
    if (lm_file_open(&f, path) || lm_config_read(&c, f, "llama") || lm_config_check_tensors(&c, f))
        fail_msg("%s", tare_error());
    assert_string_equal(lm_file_format(f), "safetensors");
    assert_int_equal(c.rope, LM_ROPE_HALVES);
    assert_int_equal(c.n_kv_heads, 4);
    assert_int_equal(c.head_dim, 8);
    assert_true(c.tied);
    assert_int_equal(lm_file_open(&g, gguf), 0);
    size_t n;
    const struct lm_tensor *t = lm_file_tensors(g, &n), *u;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(lm_file_want(&u, f, t[i].name, t[i].n_dims, t[i].dims), 0);
        if (!strstr(t[i].name, "attn_q") && !strstr(t[i].name, "attn_k"))
            assert_memory_equal(u->data, t[i].data, t[i].bytes);
    }
    lm_file_close(f);
    lm_file_close(g);
    free(gguf);
}

static void a_model_in_one_file_is_read_under_gguf_names(void **state)
{
    write_stories(*state, "model.safetensors", NULL);
    check_stories(*state);
    char *path = tare_path_join(*state, "model.safetensors");
    check_stories(path);
    free(path);
}

static void a_sharded_model_is_read_through_its_index(void **state)
{
    write_stories(*state, "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
    check_stories(*state);
    char *path = tare_path_join(*state, "model-00002-of-00002.safetensors");
    struct lm_file *f;
    assert_int_equal(unlink(path), 0);
    assert_int_equal(lm_file_open(&f, *state), TARE_ENOENT);
    assert_non_null(strstr(tare_error(), "model-00002-of-00002.safetensors"));
    free(path);
}

/* Published weights turn halves, GGUF's of Llama pairs: the converted file is the one that llama.cpp's converter made.
 */
static void quantize_reorders_the_rows_of_queries_and_keys(void **state)
{
    write_stories(*state, "model.safetensors", NULL);
    char *line = tare_format("'%s' quantize '%s' '%s/a.gguf' --type f32 2>/dev/null", TARE_MODEL, (char *)*state,
                             (char *)*state);
    char *path = tare_path_join(*state, "a.gguf"), *gguf = data_file("stories260K-f32.gguf");
    assert_int_equal(system(line), 0);
    struct lm_file *f, *g;
    struct lm_config c;
    if (lm_file_open(&f, path) || lm_config_read(&c, f, NULL))
        fail_msg("%s", tare_error());
    assert_int_equal(c.rope, LM_ROPE_PAIRS);
    assert_int_equal(lm_file_open(&g, gguf), 0);
    size_t n;
    const struct lm_tensor *t = lm_file_tensors(g, &n), *u;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(lm_file_want(&u, f, t[i].name, t[i].n_dims, t[i].dims), 0);
        assert_memory_equal(u->data, t[i].data, t[i].bytes);
    }
    lm_file_close(f);
    lm_file_close(g);
    free(line);
    free(path);
    free(gguf);
}

/* GPT-2's matrices lie as [in][out]. */
static void the_matrices_of_gpt_2_are_seen_the_right_way_round(void **state)
{
    struct maker m = { 0 };
    enum { E = 4, FF = 16, V = 6, CTX = 8 };
    float x[E * FF];
    for (size_t i = 0; i < E * FF; i++)
        x[i] = (float)i;
    static const struct {
        const char *name;
        size_t rows, columns;
    } items[] = { { "wte.weight", V, E },
                  { "wpe.weight", CTX, E },
                  { "h.0.ln_1.weight", E, 0 },
                  { "h.0.ln_1.bias", E, 0 },
                  { "h.0.attn.bias", 1, 1 },
                  { "h.0.attn.c_attn.weight", E, 3 * E },
                  { "h.0.attn.c_attn.bias", 3 * E, 0 },
                  { "h.0.attn.c_proj.weight", E, E },
                  { "h.0.attn.c_proj.bias", E, 0 },
                  { "h.0.ln_2.weight", E, 0 },
                  { "h.0.ln_2.bias", E, 0 },
                  { "h.0.mlp.c_fc.weight", E, FF },
                  { "h.0.mlp.c_fc.bias", FF, 0 },
                  { "h.0.mlp.c_proj.weight", FF, E },
                  { "h.0.mlp.c_proj.bias", E, 0 },
                  { "ln_f.weight", E, 0 },
                  { "ln_f.bias", E, 0 } };
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        maker_add(&m, items[i].name, "F32", items[i].columns ? 2 : 1, (size_t[]){ items[i].rows, items[i].columns }, x,
                  items[i].rows * (items[i].columns ? items[i].columns : 1) * sizeof *x);
    maker_write(&m, *state, "model.safetensors");
    scratch_put(*state, "config.json",
                "{\"model_type\":\"gpt2\",\"n_embd\":4,\"n_layer\":1,\"n_head\":2,\"n_positions\":8,\"n_inner\":null,"
                "\"layer_norm_epsilon\":1e-05,\"vocab_size\":6}");
    struct lm_file *f;
    struct lm_config c;
    if (lm_file_open(&f, *state) || lm_config_read(&c, f, NULL) || lm_config_check_tensors(&c, f))
        fail_msg("%s", tare_error());
    assert_int_equal(c.arch, LM_ARCH_gpt2);
    assert_int_equal(c.n_ff, FF);
    assert_int_equal(c.rope, LM_ROPE_NONE);
    const struct lm_tensor *t = lm_file_tensor(f, "blk.0.ffn_up.weight");
    assert_true(t->transposed);
    assert_int_equal(t->dims[0], FF);
    assert_int_equal(t->dims[1], E);
    float row[E];
    lm_tensor_row(t, 3, row);
    for (size_t i = 0; i < E; i++)
        assert_true(row[i] == x[i * FF + 3]);
    assert_false(lm_file_tensor(f, "token_embd.weight")->transposed);
    assert_null(lm_file_tensor(f, "blk.0.attn.bias"));
    assert_int_equal(lm_config_read(&c, f, "llama"), TARE_EUSAGE);
    assert_string_equal(tare_error(), "Model type mismatch: expected 'llama' but detected 'gpt'");
    lm_file_close(f);
}

static void one_tensor(const char *folder)
{
    struct maker m = { 0 };
    static const float x[16];
    maker_add(&m, "model.embed_tokens.weight", "F32", 2, (size_t[]){ 2, 8 }, x, sizeof x);
    maker_write(&m, folder, "model.safetensors");
}

static void factors_of_rope_come_from_the_configuration(void **state)
{
    static const char start[] =
        "{\"model_type\":\"%s\",\"hidden_size\":8,\"intermediate_size\":8,\"num_hidden_layers\":1,"
        "\"num_attention_heads\":1,\"max_position_embeddings\":131072,\"rms_norm_eps\":1e-5,"
        "\"vocab_size\":2,\"rope_theta\":500000.0,%s}";
    char text[1000];
    struct lm_file *f;
    struct lm_config c;
    one_tensor(*state);
    snprintf(text, sizeof text, start, "llama",
             "\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":32.0,\"low_freq_factor\":1.0,"
             "\"high_freq_factor\":4.0,\"original_max_position_embeddings\":8192}");
    scratch_put(*state, "config.json", text);
    if (lm_file_open(&f, *state) || lm_config_read(&c, f, NULL))
        fail_msg("%s", tare_error());
    float want[4];
    lm_rope_llama3(want, 8, 500000, 32, 1, 4, 8192);
    assert_memory_equal(c.rope_factors, want, sizeof want);
    assert_true(want[0] == 1 && want[3] == 32);
    lm_file_close(f);

    snprintf(text, sizeof text, start, "phi3",
             "\"original_max_position_embeddings\":4096,\"rope_scaling\":{\"type\":\"longrope\","
             "\"short_factor\":[1,1,1.5,2],\"long_factor\":[1,2,4,8]}");
    scratch_put(*state, "config.json", text);
    if (lm_file_open(&f, *state) || lm_config_read(&c, f, "phi"))
        fail_msg("%s", tare_error());
    assert_true(c.rope_factors[2] == 1.5f && c.rope_long[3] == 8);
    assert_int_equal(c.n_ctx_short, 4096);
    assert_true(fabs(c.rope_scale - 1.1902380714) < 1e-6); /* as transformers says for Phi-3-mini-128k */
    lm_file_close(f);

    snprintf(text, sizeof text, start, "llama", "\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4.0}");
    scratch_put(*state, "config.json", text);
    assert_int_equal(lm_file_open(&f, *state), 0);
    assert_int_equal(lm_config_read(&c, f, NULL), TARE_EUNSUP);
    assert_non_null(strstr(tare_error(), "llama.rope.scaling.type"));
    lm_file_close(f);
}

/* The windows of published models: Mistral 7B v0.1 and v0.2, Phi-3-mini-4k, Qwen2.5 (which has it switched off). */
static void windows_come_from_the_configuration(void **state)
{
    static const char start[] =
        "{\"model_type\":\"%s\",\"hidden_size\":8,\"intermediate_size\":8,\"num_hidden_layers\":4,"
        "\"num_attention_heads\":1,\"max_position_embeddings\":%d,\"rms_norm_eps\":1e-5,\"vocab_size\":2,%s}";
    static const struct {
        const char *type;
        int context;
        const char *fields;
        size_t window;
        const char *says; /* where it fails */
    } cases[] = {
        { "mistral", 32768, "\"sliding_window\":4096", 4096, NULL },
        { "mistral", 32768, "\"sliding_window\":null", 0, NULL },
        { "mistral", 4096, "\"sliding_window\":4096", 0, NULL },
        { "phi3", 4096, "\"sliding_window\":2047", 2047, NULL },
        { "phi3", 131072, "\"sliding_window\":262144", 0, NULL },
        { "phi3", 4096, "\"sliding_window\":-1", 0, "sliding_window" },
        { "qwen2", 32768, "\"sliding_window\":4096", 0, NULL },
        { "qwen2", 32768, "\"use_sliding_window\":false,\"sliding_window\":4096,\"max_window_layers\":0", 0, NULL },
        { "qwen2", 32768, "\"use_sliding_window\":true,\"sliding_window\":4096,\"max_window_layers\":0", 4096, NULL },
        { "qwen2", 32768, "\"use_sliding_window\":true,\"sliding_window\":4096,\"max_window_layers\":4", 0, NULL },
        { "qwen2", 32768, "\"use_sliding_window\":true,\"sliding_window\":4096,\"max_window_layers\":3", 0,
          "max_window_layers" },
        { "qwen2", 4096, "\"use_sliding_window\":true,\"sliding_window\":4096,\"max_window_layers\":3", 0, NULL },
    };
    one_tensor(*state);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1000];
        struct lm_file *f;
        struct lm_config c;
        snprintf(text, sizeof text, start, cases[i].type, cases[i].context, cases[i].fields);
        scratch_put(*state, "config.json", text);
        int rc = lm_file_open(&f, *state);
        if (cases[i].says) {
            assert_true(rc != 0);
            assert_non_null(strstr(tare_error(), cases[i].says));
            continue;
        }
        if (rc || lm_config_read(&c, f, NULL))
            fail_msg("%s", tare_error());
        if (c.window != cases[i].window)
            fail_msg("%s of %d, %s: a window of %zu", cases[i].type, cases[i].context, cases[i].fields, c.window);
        lm_file_close(f);
    }
}

static void the_type_of_a_directory_is_told_before_it_is_opened(void **state)
{
    scratch_put(*state, "a/config.json", "{\"model_type\":\"gpt2\"}");
    scratch_put(*state, "my-gpt2/notes.txt", "no model");
    scratch_put(*state, "unknown/notes.txt", "no model");
    static const struct {
        const char *folder, *expected;
        int rc;
    } cases[] = { { "a", "llama", TARE_EUSAGE },        { "a", "gpt2", 0 },        { "a", "gpt", 0 },
                  { "my-gpt2/", "llama", TARE_EUSAGE }, { "unknown", "llama", 0 }, { "absent", "llama", 0 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = tare_path_join(*state, cases[i].folder);
        assert_int_equal(lm_model_expect(path, cases[i].expected), cases[i].rc);
        if (cases[i].rc)
            assert_string_equal(tare_error(), "Model type mismatch: expected 'llama' but detected 'gpt'");
        free(path);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(a_model_in_one_file_is_read_under_gguf_names, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(a_sharded_model_is_read_through_its_index, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(quantize_reorders_the_rows_of_queries_and_keys, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(the_matrices_of_gpt_2_are_seen_the_right_way_round, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(factors_of_rope_come_from_the_configuration, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(windows_come_from_the_configuration, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(the_type_of_a_directory_is_told_before_it_is_opened, scratch_make, scratch_remove),
};

TARE_TEST_MAIN(tests)
