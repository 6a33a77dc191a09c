/* What is written as GGUF, read by a slow parser of its own, and what quantising leaves of the weights. */
#include <lm/config.h>
#include <lm/file.h>

#include "framework/base/error.h"
#include "models/io/gguf_write.h"
#include "tests/framework/base_scratch.h"
#include "tests/models/data.h"

#include <math.h>
#include <string.h>

/* Reads a file from the specification's words alone, one number at a time. */
struct parser {
    const unsigned char *p;
    size_t size, at;
};

static uint64_t number(struct parser *p, size_t bytes)
{
    uint64_t value = 0;
    assert_true(p->at + bytes <= p->size);
    for (size_t i = 0; i < bytes; i++)
        value += (uint64_t)p->p[p->at++] << 8 * i;
    return value;
}

static const char *string(struct parser *p, char *text, size_t size)
{
    uint64_t n = number(p, 8);
    assert_true(n < size && p->at + n <= p->size);
    memcpy(text, p->p + p->at, n);
    text[n] = '\0';
    p->at += n;
    return text;
}

static void skip_value(struct parser *p, uint64_t type)
{
    static const size_t bytes[] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8 };
    char text[256];
    assert_true(type < 13);
    if (type == 8) {
        string(p, text, sizeof text);
    } else if (type == 9) {
        uint64_t element = number(p, 4), n = number(p, 8);
        for (uint64_t i = 0; i < n; i++)
            skip_value(p, element);
    } else {
        number(p, bytes[type]);
    }
}

static void what_is_written_has_the_layout_of_the_specification(void **state)
{
    char *path = tare_path_join(*state, "a.gguf");
    struct gguf_writer *w;
    assert_int_equal(gguf_create(&w, path), 0);
    gguf_text(w, "general.architecture", "llama");
    gguf_u32(w, "a.u32", 0x01020304);
    gguf_f32(w, "a.f32", 1.5f);
    gguf_bool(w, "a.bool", true);
    gguf_texts(w, "a.texts", 2);
    gguf_add_text(w, "one", 3);
    gguf_add_text(w, "", 0);
    gguf_i32s(w, "a.i32s", 1);
    gguf_add_i32(w, -2);
    float odd[3] = { 1, 2, 3 }, matrix[2][5] = { { 4, 5, 6, 7, 8 }, { 9, 10, 11, 12, 13 } };
    const struct lm_tensor vector = { .name = "odd", .type = KN_TYPE_f32, .n_dims = 1, .dims = { 3 } };
    const struct lm_tensor plane = { .name = "plane", .type = KN_TYPE_f32, .n_dims = 2, .dims = { 2, 5 } };
    assert_int_equal(gguf_declare(w, &vector), 0);
    assert_int_equal(gguf_declare(w, &plane), 0);
    assert_int_equal(gguf_begin_data(w), 0);
    assert_int_equal(gguf_data(w, odd, sizeof odd), 0);
    assert_int_equal(gguf_data(w, matrix, 7), 0);
    assert_int_equal(gguf_data(w, (char *)matrix + 7, sizeof matrix - 7), 0);
    size_t bytes = gguf_file_bytes(w);
    assert_int_equal(gguf_finish(w), 0);

    char *raw, text[256];
    struct parser p = { 0 };
    assert_int_equal(tare_file_read(&raw, &p.size, path, 0), 0);
    p.p = (unsigned char *)raw;
    assert_int_equal(p.size, bytes);
    assert_int_equal(number(&p, 4), 0x46554747); /* "GGUF" */
    assert_int_equal(number(&p, 4), 3);
    assert_int_equal(number(&p, 8), 2);
    assert_int_equal(number(&p, 8), 6);
    assert_string_equal(string(&p, text, sizeof text), "general.architecture");
    assert_int_equal(number(&p, 4), 8);
    assert_string_equal(string(&p, text, sizeof text), "llama");
    assert_string_equal(string(&p, text, sizeof text), "a.u32");
    assert_int_equal(number(&p, 4), 4);
    assert_int_equal(number(&p, 4), 0x01020304);
    for (int i = 0; i < 4; i++) {
        string(&p, text, sizeof text);
        skip_value(&p, number(&p, 4));
    }
    assert_string_equal(string(&p, text, sizeof text), "odd");
    assert_int_equal(number(&p, 4), 1);
    assert_int_equal(number(&p, 8), 3);
    assert_int_equal(number(&p, 4), 0);
    assert_int_equal(number(&p, 8), 0);
    assert_string_equal(string(&p, text, sizeof text), "plane");
    assert_int_equal(number(&p, 4), 2);
    assert_int_equal(number(&p, 8), 5); /* ne[0] varies fastest */
    assert_int_equal(number(&p, 8), 2);
    assert_int_equal(number(&p, 4), 0);
    assert_int_equal(number(&p, 8), 32);
    size_t data = (p.at + 31) / 32 * 32;
    assert_memory_equal(raw + data, odd, sizeof odd);
    assert_memory_equal(raw + data + 32, matrix, sizeof matrix);
    assert_int_equal(p.size, data + 32 + 64);
    assert_int_equal(scratch_count(*state), 1);
    free(raw);
    free(path);
}

static void an_abandoned_file_leaves_nothing(void **state)
{
    char *path = tare_path_join(*state, "a.gguf");
    struct gguf_writer *w;
    assert_int_equal(gguf_create(&w, path), 0);
    assert_false(tare_path_exists(path));
    gguf_abandon(w);
    assert_int_equal(scratch_count(*state), 0);
    const struct lm_tensor i8 = { .name = "x", .type = KN_TYPE_i8, .n_dims = 1, .dims = { 4 } };
    assert_int_equal(gguf_create(&w, path), 0);
    assert_int_equal(gguf_declare(w, &i8), TARE_EUNSUP);
    assert_non_null(strstr(tare_error(), "GGUF has no type i8"));
    gguf_abandon(w);
    free(path);
}

/* Every key of a real file, copied, is the same when it is read again. */
static void keys_are_copied_as_they_are(void **state)
{
    char *from = data_file("ggml-vocab-gpt-2.gguf"), *path = tare_path_join(*state, "a.gguf");
    struct gguf_writer *w;
    struct lm_file *f, *g;
    const char *key;
    assert_int_equal(lm_file_open(&f, from), 0);
    assert_int_equal(gguf_create(&w, path), 0);
    for (size_t i = 0; (key = lm_file_key(f, i)) != NULL; i++)
        gguf_copy(w, f, key);
    assert_int_equal(gguf_begin_data(w), 0);
    assert_int_equal(gguf_finish(w), 0);
    assert_int_equal(lm_file_open(&g, path), 0);
    for (size_t i = 0; (key = lm_file_key(f, i)) != NULL; i++) {
        size_t n = lm_file_array_length(f, key);
        assert_string_equal(lm_file_key(g, i), key);
        assert_int_equal(lm_file_array_length(g, key), n);
        for (size_t k = 0; k < (n ? n : 1); k++) {
            struct lm_value a = n ? lm_file_array_at(f, key, k) : lm_file_value(f, key);
            struct lm_value b = n ? lm_file_array_at(g, key, k) : lm_file_value(g, key);
            assert_int_equal(a.kind, b.kind);
            if (a.kind == LM_VALUE_TEXT) {
                assert_int_equal(a.len, b.len);
                assert_memory_equal(a.text, b.text, a.len);
            } else {
                assert_int_equal(a.u, b.u);
            }
        }
    }
    lm_file_close(f);
    lm_file_close(g);
    free(from);
    free(path);
}

/* Each weight comes back within 1/253.5 of the largest of its 32 (kernels/quant/README.md; f16 where rows are no whole
 * blocks), and f32 comes back as it was. */
static void quantised_weights_come_back_within_the_bound_of_their_type(void **state)
{
    char *from = data_file("stories260K-f32.gguf"), *path = tare_path_join(*state, "q.gguf");
    static const char *const types[] = { "q8_0", "f32" };
    for (size_t k = 0; k < 2; k++) {
        char *line = tare_format("'%s' quantize '%s' '%s' --type %s 2>/dev/null", TARE_MODEL, from, path, types[k]);
        struct lm_file *f, *g;
        struct lm_config c;
        size_t n, n_read;
        assert_int_equal(system(line), 0);
        assert_int_equal(lm_file_open(&f, from), 0);
        if (lm_file_open(&g, path) || lm_config_read(&c, g, NULL) || lm_config_check_tensors(&c, g))
            fail_msg("%s", tare_error());
        const struct lm_tensor *t = lm_file_tensors(f, &n), *u = lm_file_tensors(g, &n_read);
        assert_int_equal(n, n_read);
        for (size_t i = 0; i < n; i++) {
            size_t columns = t[i].dims[t[i].n_dims - 1];
            bool q8 = k == 0 && t[i].n_dims == 2 && columns % 32 == 0;
            assert_string_equal(t[i].name, u[i].name);
            assert_int_equal(u[i].type, q8 ? KN_TYPE_q8_0 : k == 0 && t[i].n_dims == 2 ? KN_TYPE_f16 : KN_TYPE_f32);
            for (size_t r = 0; r < lm_tensor_rows(&t[i]); r++) {
                float x[512], y[512];
                lm_tensor_row(&t[i], r, x);
                lm_tensor_row(&u[i], r, y);
                for (size_t e = 0; e < columns; e++) {
                    float largest = fabsf(x[e]);
                    for (size_t b = e / 32 * 32; q8 && b < e / 32 * 32 + 32; b++)
                        largest = fmaxf(largest, fabsf(x[b]));
                    float bound = q8                         ? largest / 253.5f + 0x1p-18f
                                  : u[i].type == KN_TYPE_f16 ? largest * 0x1p-11f + 0x1p-25f
                                                             : 0;
                    if (!(fabsf(x[e] - y[e]) <= bound))
                        fail_msg("%s[%zu][%zu]: %.9g became %.9g", t[i].name, r, e, (double)x[e], (double)y[e]);
                }
            }
        }
        lm_file_close(f);
        lm_file_close(g);
        free(line);
    }
    free(from);
    free(path);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(what_is_written_has_the_layout_of_the_specification, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(an_abandoned_file_leaves_nothing, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(quantised_weights_come_back_within_the_bound_of_their_type, scratch_make,
                                    scratch_remove),
    cmocka_unit_test_setup_teardown(keys_are_copied_as_they_are, scratch_make, scratch_remove),
};

TARE_TEST_MAIN(tests)
