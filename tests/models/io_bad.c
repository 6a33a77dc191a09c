/* Files that loaders have fallen to: each is refused with one line that names the file, the field and its offset. Run
 * under AddressSanitizer they are what shows that nothing past the end is read: every file is a piece of memory of its
 * size. */
#include <lm/config.h>
#include <lm/file.h>

#include "framework/base/error.h"
#include "models/io/gguf_write.h"
#include "models/io/reader.h"
#include "tests/framework/base_scratch.h"

#include <math.h>
#include <string.h>

struct bytes {
    unsigned char *data;
    size_t size;
};

static struct bytes read_back(const char *path)
{
    struct bytes b;
    char *text;
    assert_int_equal(tare_file_read(&text, &b.size, path, 0), 0);
    b.data = (unsigned char *)text;
    return b;
}

/* Opens exactly `size` bytes, and closes what could be opened. */
static int open_bytes(const char *name, const void *data, size_t size)
{
    struct lm_file *f;
    void *exact = malloc(size ? size : 1);
    memcpy(exact, data, size);
    int rc = lm_file_open_memory(&f, name, exact, size);
    if (!rc)
        lm_file_close(f);
    free(exact);
    return rc;
}

/* The last message is one line about a file, and says this. */
static void assert_says(const char *what, const char *name, const char *text)
{
    const char *message = tare_error();
    if (strncmp(message, name, strlen(name)) != 0 || strchr(message, '\n') || !strstr(message, text))
        fail_msg("%s: '%s' does not begin with '%s', or is no line with '%s'", what, message, name, text);
}

/* A file of one key of each kind and three tensors, the last of which needs no padding. */
static struct bytes make_gguf(const char *folder)
{
    static const float zeros[64];
    char *path = tare_path_join(folder, "good.gguf");
    struct gguf_writer *w;
    assert_int_equal(gguf_create(&w, path), 0);
    gguf_text(w, "general.architecture", "llama");
    gguf_u32(w, "general.alignment", 32);
    gguf_bool(w, "key.bool", true);
    gguf_texts(w, "key.texts", 2);
    gguf_add_text(w, "first", 5);
    gguf_add_text(w, "second", 6);
    gguf_f32s(w, "key.reals", 3);
    for (int i = 0; i < 3; i++)
        gguf_add_f32(w, 1);
    const struct lm_tensor tensors[] = {
        { .name = "one", .type = KN_TYPE_f32, .n_dims = 1, .dims = { 3 } },
        { .name = "two", .type = KN_TYPE_f32, .n_dims = 2, .dims = { 2, 5 } },
        { .name = "tri", .type = KN_TYPE_f32, .n_dims = 1, .dims = { 32 } },
    };
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(gguf_declare(w, &tensors[i]), 0);
    assert_int_equal(gguf_begin_data(w), 0);
    assert_int_equal(gguf_data(w, zeros, 12), 0);
    assert_int_equal(gguf_data(w, zeros, 40), 0);
    assert_int_equal(gguf_data(w, zeros, 128), 0);
    assert_int_equal(gguf_finish(w), 0);
    struct bytes b = read_back(path);
    free(path);
    return b;
}

/* `size` bytes of value go to `offset` behind the start of the first `anchor`. */
struct damage {
    const char *anchor;
    int offset;
    size_t size;
    uint64_t value;
    const char *says;
};

#define MOST UINT64_MAX

static const struct damage gguf_damages[] = {
    { "GGUF", 0, 1, 'X', "magic at byte 0" },
    { "GGUF", 4, 4, 1, "version at byte 4: is 1" },
    { "GGUF", 4, 4, 99, "version at byte 4: is 99" },
    { "GGUF", 4, 4, 0x03000000, "version at byte 4: is byte-swapped" },
    { "GGUF", 8, 8, MOST, "tensor count at byte 8" },
    { "GGUF", 8, 8, (uint64_t)1 << 40, "tensor count at byte 8" },
    { "GGUF", 16, 8, MOST, "key count at byte 16" },
    { "GGUF", 16, 8, (uint64_t)1 << 61, "key count at byte 16" },
    { "general.architecture", -8, 8, 0, "key at byte 24: has 0 bytes" },
    { "general.architecture", -8, 8, MOST, "key at byte 24" },
    { "general.architecture", -8, 8, 60000, "key at byte 32: takes 60000 bytes" },
    { "general.architecture", 0, 1, '\n', "key at byte 24: holds the control character 10" },
    { "general.architecture", 20, 4, 13, "type of key 'general.architecture' at byte 52: is 13" },
    { "general.architecture", 20, 4, 0xffffffff, "type of key 'general.architecture' at byte 52" },
    { "general.architecture", 24, 8, MOST, "string length of key 'general.architecture' at byte 56" },
    { "general.architecture", 24, 8, 1 << 30, "string length of key 'general.architecture' at byte 56" },
    { "general.alignment", 21, 4, 0, "key 'general.alignment' at byte" },
    { "general.alignment", 21, 4, 24, "is 24, not a power of two" },
    { "general.alignment", 21, 4, 1 << 30, "is 1073741824, not a power of two from" },
    { "general.alignment", 17, 4, 6, "key 'general.alignment' at byte" },
    { "general.alignment", 21, 4, 64, "offset of tensor 'two' at byte" },
    { "key.bool", 12, 1, 2, "a bool is 2" },
    { "key.texts", 13, 4, 9, "element type of key 'key.texts' at byte" },
    { "key.texts", 13, 4, 77, "element type of key 'key.texts' at byte" },
    { "key.texts", 17, 8, 1 << 30, "array length of key 'key.texts' at byte" },
    { "key.texts", 17, 8, MOST, "array length of key 'key.texts' at byte" },
    { "key.texts", 25, 8, MOST, "string length of key 'key.texts' at byte" },
    { "key.reals", 17, 8, (uint64_t)1 << 62, "array length of key 'key.reals' at byte" }, /* times 4 wraps to 0 */
    { "key.reals", 17, 8, 1 << 30, "array length of key 'key.reals' at byte" },
    { "key.reals", 13, 4, 7, "a bool is" }, /* a row of bools, of which some are 63 and 128 */
    { "key.reals", 0, 9, 0, "control character" },
    { "one", -8, 8, 0, "tensor name at byte" },
    { "one", -8, 8, 64, "tensor name at byte" },
    { "one", -8, 8, MOST, "tensor name at byte" },
    { "one", 3, 4, 0, "dimension count of tensor 'one' at byte" },
    { "one", 3, 4, 5, "dimension count of tensor 'one' at byte" },
    { "one", 3, 4, 0xffffffff, "dimension count of tensor 'one' at byte" },
    { "one", 7, 8, 0, "dimension of tensor 'one' at byte" },
    { "one", 7, 8, MOST, "dimension of tensor 'one' at byte" },
    { "one", 7, 8, (uint64_t)1 << 62, "size of tensor 'one' at byte" }, /* times 4 wraps to 0 */
    { "one", 7, 8, (uint64_t)1 << 40, "size of tensor 'one' at byte" },
    { "one", 15, 4, 99, "type of tensor 'one' at byte" },
    { "one", 15, 4, 4, "type of tensor 'one' at byte" },
    { "one", 15, 4, 16, "is iq2_xxs, which is not read" },
    { "one", 15, 4, 2, "no whole blocks of 32 (q4_0)" },
    { "one", 19, 8, 1, "offset of tensor 'one' at byte" },
    { "one", 19, 8, MOST, "offset of tensor 'one' at byte" },
    { "two", 0, 3, 'o' | 'n' << 8 | 'e' << 16, "tensor 'one' at byte" }, /* twice */
    { "two", 27, 8, 0, "offset of tensor 'two' at byte" },               /* over the first */
    { "two", 27, 8, 33, "offset of tensor 'two' at byte" },
    { "two", 27, 8, 64, "offset of tensor 'two' at byte" },
    { "two", 15, 8, (uint64_t)1 << 32, "size of tensor 'two' at byte" },
    { "tri", 7, 8, 40, "data of tensor 'tri' at byte" },
};

static void patch(unsigned char *p, size_t size, uint64_t value)
{
    for (size_t i = 0; i < size; i++)
        p[i] = i < 8 ? (unsigned char)(value >> 8 * i) : 0;
}

static void every_damage_of_a_gguf_is_one_line_with_field_and_offset(void **state)
{
    struct bytes good = make_gguf(*state);
    assert_int_equal(open_bytes("x.gguf", good.data, good.size), 0);
    for (size_t i = 0; i < sizeof gguf_damages / sizeof *gguf_damages; i++) {
        const struct damage *d = &gguf_damages[i];
        unsigned char *copy = malloc(good.size), *at = memcpy(copy, good.data, good.size);
        at = memmem(copy, good.size, d->anchor, strlen(d->anchor));
        assert_non_null(at);
        patch(at + d->offset, d->size, d->value);
        tare_error_clear();
        if (open_bytes("x.gguf", copy, good.size) == 0)
            fail_msg("%s + %d = %llu: opened", d->anchor, d->offset, (unsigned long long)d->value);
        assert_says(d->anchor, "x.gguf: ", d->says);
        free(copy);
    }
    free(good.data);
}

/* {2^32, 2^32}: each fits, the product wraps to 0. */
static void a_product_of_dimensions_that_wraps_is_refused(void **state)
{
    struct bytes good = make_gguf(*state);
    unsigned char *at = memmem(good.data, good.size, "two", 3);
    patch(at + 7, 8, (uint64_t)1 << 32);
    patch(at + 15, 8, (uint64_t)1 << 32);
    assert_int_equal(open_bytes("x.gguf", good.data, good.size), TARE_EPARSE);
    assert_says("{2^32, 2^32}", "x.gguf: ", "size of tensor 'two' at byte");
    free(good.data);
}

/* Cut anywhere, a file is refused, and the message tells of its end or its size. */
static void check_cuts(const char *name, struct bytes good)
{
    char start[64];
    snprintf(start, sizeof start, "%s: ", name);
    assert_int_equal(open_bytes(name, good.data, good.size), 0);
    for (size_t n = 0; n < good.size; n++) {
        tare_error_clear();
        if (open_bytes(name, good.data, n) == 0)
            fail_msg("%s: the first %zu of %zu bytes are opened", name, n, good.size);
        assert_says(name, start, "at byte");
    }
    free(good.data);
}

static void a_gguf_cut_at_any_byte_is_refused(void **state)
{
    check_cuts("x.gguf", make_gguf(*state));
}

/* llama2.c, by hand: 2 layers, 2 heads, 1 for keys, 5 tokens, 4 places, and `scale` times dim 8, hidden 12. */
static struct bytes make_scaled_llama2c(int version, int group, size_t scale)
{
    enum { LAYERS = 2, VOCAB = 5, SEQ = 4 };
    const size_t DIM = 8 * scale, HIDDEN = 12 * scale, KV = 4 * scale;
    struct tare_buf b = { 0 };
    const int32_t sizes[] = { (int32_t)DIM, (int32_t)HIDDEN, LAYERS, 2, 1, VOCAB, SEQ };
    const size_t norms = (2 * LAYERS + 1) * DIM;
    const size_t matrices[] = {
        VOCAB * DIM,        LAYERS * DIM * DIM,    LAYERS * KV * DIM,     LAYERS * KV * DIM,
        LAYERS * DIM * DIM, LAYERS * HIDDEN * DIM, LAYERS * HIDDEN * DIM, LAYERS * HIDDEN * DIM
    };
    size_t weights = 0;
    if (version)
        tare_buf_add(&b, (const uint32_t[]){ 0x616b3432, (uint32_t)version }, 8);
    tare_buf_add(&b, sizes, sizeof sizes);
    if (version) {
        tare_buf_add(&b, "\1", 1);
        tare_buf_add(&b, &group, version == 2 ? 4 : 0);
        while (b.len < 256)
            tare_buf_add(&b, "", 1);
    }
    for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++)
        weights += matrices[i];
    for (size_t i = 0; i < norms + (version == 2 ? 0 : weights) + (version ? 0 : SEQ * DIM / 2); i++)
        tare_buf_add(&b, &(float){ (float)i }, 4);
    for (size_t i = 0; version == 2 && i < sizeof matrices / sizeof *matrices; i++) {
        size_t each = i == 0 ? 1 : LAYERS; /* tensor by tensor: values, then scales */
        for (size_t k = 0; k < each; k++) {
            for (size_t n = 0; n < matrices[i] / each; n++)
                tare_buf_add(&b, &(int8_t){ (int8_t)(n * 7 % 255 - 127) }, 1);
            for (size_t n = 0; n < matrices[i] / each / (size_t)group; n++)
                tare_buf_add(&b, &(float){ 0.5f + (float)n }, 4);
        }
    }
    assert_false(b.failed);
    return (struct bytes){ (unsigned char *)b.data, b.len };
}

static struct bytes make_llama2c(int version, int group)
{
    return make_scaled_llama2c(version, group, 1);
}

static void a_llama2c_file_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    check_cuts("x.bin", make_llama2c(0, 0));
    check_cuts("x.bin", make_llama2c(1, 0));
    check_cuts("x.bin", make_llama2c(2, 4));
}

static void groups_of_int8_become_their_values(void **state)
{
    (void)state;
    struct bytes b = make_llama2c(2, 4);
    struct lm_file *f;
    struct lm_config c;
    if (lm_file_open_memory(&f, "x.bin", b.data, b.size) || lm_config_read(&c, f, NULL) ||
        lm_config_check_tensors(&c, f))
        fail_msg("%s", tare_error());
    const struct lm_tensor *t = lm_file_tensor(f, "blk.1.ffn_up.weight");
    float row[8];
    assert_int_equal(t->type, KN_TYPE_f32);
    lm_tensor_row(t, 11, row);
    for (size_t i = 0; i < 8; i++) {
        size_t n = 11 * 8 + i;
        assert_true(row[i] == (float)((int)(n * 7 % 255) - 127) * (0.5f + (float)(n / 4)));
    }
    assert_int_equal(lm_file_copied_bytes(f), (5 * 8 + 2 * (2 * 64 + 2 * 32 + 3 * 96)) * 4);
    lm_file_close(f);
    free(b.data);
}

/* Groups of 32 whose rows are whole groups stay int8, as q8_0; the scales here have no more bits than f16. */
static void groups_of_32_become_blocks(void **state)
{
    (void)state;
    struct bytes b = make_scaled_llama2c(2, 32, 8);
    struct lm_file *f;
    if (lm_file_open_memory(&f, "x.bin", b.data, b.size))
        fail_msg("%s", tare_error());
    const struct lm_tensor *t = lm_file_tensor(f, "blk.1.ffn_down.weight");
    float row[96];
    assert_int_equal(t->type, KN_TYPE_q8_0);
    assert_int_equal(t->dims[1], 96);
    for (size_t r = 0; r < t->dims[0]; r++) {
        lm_tensor_row(t, r, row);
        for (size_t i = 0; i < 96; i++) {
            size_t n = r * 96 + i;
            assert_true(row[i] == (float)((int)(n * 7 % 255) - 127) * (0.5f + (float)(n / 32)));
        }
    }
    lm_file_close(f);
    free(b.data);
}

static void every_damage_of_a_llama2c_file_names_its_field(void **state)
{
    (void)state;
    static const struct {
        int version;
        size_t offset, size;
        uint64_t value;
        const char *says;
    } cases[] = {
        { 0, 0, 4, 0, "dim at byte 0" },
        { 0, 0, 4, 0x7fffffff, "dim at byte 0" },
        { 0, 4, 4, 0x80000000, "hidden_dim at byte 4" },
        { 0, 8, 4, 0, "n_layers at byte 8" },
        { 0, 8, 4, 1000000, "n_layers at byte 8" },
        { 0, 8, 4, 4000, "at byte" },
        { 0, 12, 4, 0, "n_heads at byte 12" },
        { 0, 12, 4, 3, "n_heads at byte 12" },
        { 0, 16, 4, 3, "n_kv_heads at byte 16" },
        { 0, 20, 4, 0, "vocab_size at byte 20" },
        { 0, 20, 4, 0x80000000, "vocab_size at byte 20" },
        { 0, 20, 4, 0xfffffffb, "tensor 'output.weight' at byte" }, /* -5: a head of its own, which is not there */
        { 0, 24, 4, 0, "seq_len at byte 24" },
        { 0, 24, 4, 0x7fffffff, "seq_len at byte 24" },
        { 1, 4, 4, 3, "version at byte 4: is 3" },
        { 1, 36, 1, 2, "shared classifier at byte 36" },
        { 1, 36, 1, 0, "tensor 'output.weight' at byte" },
        { 2, 37, 4, 0, "group size at byte 37" },
        { 2, 37, 4, 3, "no whole groups of 3" },
        { 2, 37, 4, 0x7fffffff, "group size at byte 37" },
        { 2, 37, 4, 8, "more bytes follow" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes b = make_llama2c(cases[i].version, 4);
        patch(b.data + cases[i].offset, cases[i].size, cases[i].value);
        if (open_bytes("x.bin", b.data, b.size) == 0)
            fail_msg("case %zu was opened", i);
        assert_says("llama2.c", "x.bin: ", cases[i].says);
        free(b.data);
    }
}

static struct bytes make_safetensors(const char *head, size_t data_bytes)
{
    struct bytes b = { calloc(1, 8 + strlen(head) + data_bytes), 8 + strlen(head) + data_bytes };
    patch(b.data, 8, strlen(head));
    memcpy(b.data + 8, head, strlen(head));
    return b;
}

#define GOOD_A "\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}"

static void a_safetensors_file_cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    check_cuts("x.safetensors", make_safetensors("{\"__metadata__\":{\"format\":\"pt\"}," GOOD_A
                                                 ",\"b\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[16,22]}}",
                                                 22));
}

static void every_damage_of_a_safetensors_file_names_its_field(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        size_t data_bytes;
        const char *says;
    } cases[] = {
        { "{" GOOD_A "}", 17, "end of the tensors at byte" },
        { "{" GOOD_A "}", 15, "data_offsets of tensor 'a' at byte" },
        { "{" GOOD_A "," GOOD_A "}", 16, "duplicate" },
        { "{" GOOD_A ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]}}", 16, "overlap" },
        { "{" GOOD_A ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[20,24]}}", 24, "hole" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,12]}}", 12, "data_offsets of tensor 'a'" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[16,0]}}", 16, "data_offsets of tensor 'a'" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,-1]}}", 16, "data_offsets of tensor 'a'" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0]}}", 16, "data_offsets of tensor 'a'" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2]}}", 16, "data_offsets of tensor 'a' at byte" },
        { "{\"a\":{\"dtype\":\"F31\",\"shape\":[2,2],\"data_offsets\":[0,16]}}", 16, "dtype of tensor 'a' at byte" },
        { "{\"a\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]}}", 16, "is I64, only" },
        { "{\"a\":{\"shape\":[2,2],\"data_offsets\":[0,16]}}", 16, "dtype of tensor 'a' at byte" },
        { "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,16]}}", 16, "shape of tensor 'a' at byte" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "shape of tensor 'a' at byte" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,0]}}", 0, "shape of tensor 'a' at byte" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4, "shape of tensor 'a' at byte" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1],\"data_offsets\":[0,4]}}", 4, "shape of tensor 'a'" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0,
          "shape of tensor 'a' at byte" }, /* wraps to 0 */
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,0]}}", 0, "header at byte" },
        { "{\"a\":[]}", 0, "tensor 'a' at byte" },
        { "{\"a\\n\":"
          "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
          4, "control character" },
        { "{" GOOD_A "]", 16, "header at byte" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes b = make_safetensors(cases[i].head, cases[i].data_bytes);
        if (open_bytes("x.safetensors", b.data, b.size) == 0)
            fail_msg("%s was opened", cases[i].head);
        assert_says(cases[i].head, "x.safetensors: ", cases[i].says);
        free(b.data);
    }
    struct bytes b = make_safetensors("{" GOOD_A "}", 16);
    patch(b.data, 8, MOST);
    assert_int_equal(open_bytes("x.safetensors", b.data, b.size), TARE_EPARSE);
    assert_says("length", "x.safetensors: ", "header length at byte 0");
    patch(b.data, 8, 1000);
    assert_int_equal(open_bytes("x.safetensors", b.data, b.size), TARE_EPARSE);
    assert_says("length", "x.safetensors: ", "header at byte 8");
    free(b.data);
}

static void a_shard_index_that_does_not_fit_is_refused(void **state)
{
    static const struct {
        const char *index, *says;
    } cases[] = {
        { "{}", "weight_map" },
        { "[]", "header at byte 0" },
        { "{\"weight_map\":[]}", "weight_map" },
        { "{\"weight_map\":{\"a\":1}}", "weight_map 'a'" },
        { "{\"weight_map\":{\"a\":\"../x.safetensors\"}}", "weight_map 'a'" },
        { "{\"weight_map\":{\"a\":\"..\"}}", ".." },
        { "{\"weight_map\":{\"a\":\"absent.safetensors\"}}", "absent.safetensors" },
        { "{\"weight_map\":{\"b\":\"good.safetensors\"}}", "weight_map 'b'" },
        { "{\"weight_map\":{\"rope_freqs.weight\":\"good.safetensors\"}}", "rope_freqs" },
    };
    struct bytes b = make_safetensors("{" GOOD_A "}", 16);
    char *good = tare_path_join(*state, "good.safetensors"), *path = tare_path_join(*state, "m.safetensors.index.json");
    assert_int_equal(tare_file_write(good, b.data, b.size), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lm_file *f;
        scratch_put(*state, "m.safetensors.index.json", cases[i].index);
        if (lm_file_open(&f, path) == 0)
            fail_msg("%s was opened", cases[i].index);
        assert_says(cases[i].index, *state, cases[i].says);
    }
    free(good);
    free(path);
    free(b.data);
}

/* Keys of a small sound model, one of which is another. */
static void write_config(const char *path, const char *key, int kind, double value)
{
    static const struct {
        const char *key;
        uint32_t value;
    } keys[] = { { "llama.context_length", 16 },      { "llama.embedding_length", 8 },
                 { "llama.block_count", 1 },          { "llama.feed_forward_length", 8 },
                 { "llama.attention.head_count", 2 }, { "llama.attention.head_count_kv", 1 },
                 { "llama.rope.dimension_count", 4 }, { "tokenizer.ggml.bos_token_id", 1 } };
    static const float zeros[32];
    struct gguf_writer *w;
    assert_int_equal(gguf_create(&w, path), 0);
    gguf_text(w, "general.architecture", strcmp(key, "general.architecture") == 0 ? "mamba" : "llama");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i].key, key) != 0)
            gguf_u32(w, keys[i].key, keys[i].value);
    if (strcmp(key, "llama.attention.layer_norm_rms_epsilon") != 0)
        gguf_f32(w, "llama.attention.layer_norm_rms_epsilon", 1e-5f);
    if (kind == 'u')
        gguf_u32(w, key, (uint32_t)value);
    else if (kind == 'f')
        gguf_f32(w, key, (float)value);
    else if (kind == 't')
        gguf_text(w, key, "text");
    gguf_texts(w, "tokenizer.ggml.tokens", 4);
    for (int i = 0; i < 4; i++)
        gguf_add_text(w, &"abcd"[i], 1);
    if (kind == 'a') {
        gguf_f32s(w, key, (size_t)value);
        for (int i = 0; i < (int)value; i++)
            gguf_add_f32(w, 0);
    }
    const struct lm_tensor t = { .name = "token_embd.weight", .type = KN_TYPE_f32, .n_dims = 2, .dims = { 4, 8 } };
    assert_int_equal(gguf_declare(w, &t), 0);
    assert_int_equal(gguf_begin_data(w), 0);
    assert_int_equal(gguf_data(w, zeros, sizeof zeros), 0);
    assert_int_equal(gguf_finish(w), 0);
}

static void every_senseless_size_of_a_model_names_its_key(void **state)
{
    static const struct {
        const char *key;
        int kind; /* u32, f32, text, an array of so many reals, or 0: the key is missing */
        double value;
        const char *says;
    } cases[] = {
        { "general.architecture", 0, 0, "'general.architecture'" },
        { "llama.context_length", 0, 0, "key 'llama.context_length' is missing" },
        { "llama.embedding_length", 'u', 9, "key 'llama.attention.head_count' at byte" },
        { "llama.embedding_length", 'u', 16, "tensor 'token_embd.weight' at byte" },
        { "llama.embedding_length", 'u', 4294967295.0, "key 'llama.embedding_length' at byte" },
        { "llama.block_count", 'u', 0, "key 'llama.block_count' at byte" },
        { "llama.block_count", 'u', 4294967295.0, "key 'llama.block_count' at byte" },
        { "llama.block_count", 'f', 2, "key 'llama.block_count' at byte" },
        { "llama.block_count", 't', 2, "key 'llama.block_count' at byte" },
        { "llama.attention.head_count", 'u', 0, "key 'llama.attention.head_count' at byte" },
        { "llama.attention.head_count", 'u', 3, "key 'llama.attention.head_count' at byte" },
        { "llama.attention.head_count_kv", 'u', 3, "key 'llama.attention.head_count' at byte" },
        { "llama.attention.value_length", 'u', 3, "key 'llama.attention.value_length' at byte" },
        { "llama.rope.dimension_count", 'u', 3, "key 'llama.rope.dimension_count' at byte" },
        { "llama.rope.dimension_count", 'u', 6, "key 'llama.rope.dimension_count' at byte" },
        { "llama.rope.freq_base", 'f', -1, "key 'llama.rope.freq_base' at byte" },
        { "llama.rope.scaling.type", 't', 0, "key 'llama.rope.scaling.type' at byte" },
        { "llama.attention.layer_norm_rms_epsilon", 0, 0, "layer_norm_rms_epsilon' is missing" },
        { "llama.attention.layer_norm_rms_epsilon", 'f', NAN, "layer_norm_rms_epsilon' at byte" },
        { "llama.attention.layer_norm_rms_epsilon", 'f', 0, "layer_norm_rms_epsilon' at byte" },
        { "llama.vocab_size", 'u', 5, "tensor 'token_embd.weight' at byte" },
        { "tokenizer.ggml.bos_token_id", 'u', 4, "key 'tokenizer.ggml.bos_token_id' at byte" },
        { "tokenizer.ggml.scores", 'a', 3, "key 'tokenizer.ggml.scores' at byte" },
        { "tokenizer.ggml.token_type", 'a', 5, "key 'tokenizer.ggml.token_type' at byte" },
    };
    char *path = tare_path_join(*state, "x.gguf");
    struct lm_file *f;
    struct lm_config c;
    write_config(path, "none", 0, 0);
    if (lm_file_open(&f, path) || lm_config_read(&c, f, NULL))
        fail_msg("%s", tare_error());
    assert_int_equal(c.n_vocab, 4);
    assert_int_equal(lm_config_check_tensors(&c, f), TARE_EPARSE);
    assert_says("tensors", path, "tensor 'blk.0.attn_norm.weight' is missing");
    lm_file_close(f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_config(path, cases[i].key, cases[i].kind, cases[i].value);
        if (lm_file_open(&f, path))
            fail_msg("%s", tare_error());
        if (lm_config_read(&c, f, NULL) == 0)
            fail_msg("%s, case %zu: was read", cases[i].key, i);
        assert_says(cases[i].key, path, cases[i].says);
        lm_file_close(f);
    }
    free(path);
}

static void weights_that_are_no_numbers_are_found(void **state)
{
    (void)state;
    struct bytes b = make_llama2c(0, 0);
    struct lm_file *f;
    patch(b.data + 28 + 4 * 11, 4, 0x7fc00000);
    assert_int_equal(lm_file_open_memory(&f, "x.bin", b.data, b.size), 0);
    assert_int_equal(lm_tensor_check(f, lm_file_tensor(f, "token_embd.weight")), TARE_EPARSE);
    assert_says("NaN", "x.bin: ", "tensor 'token_embd.weight' at byte 28: weight 3 of row 1 is not a number");
    assert_int_equal(lm_tensor_check(f, lm_file_tensor(f, "blk.0.attn_q.weight")), 0);
    lm_file_close(f);
    free(b.data);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(every_damage_of_a_gguf_is_one_line_with_field_and_offset, scratch_make,
                                    scratch_remove),
    cmocka_unit_test_setup_teardown(a_product_of_dimensions_that_wraps_is_refused, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(a_gguf_cut_at_any_byte_is_refused, scratch_make, scratch_remove),
    cmocka_unit_test(a_llama2c_file_cut_at_any_byte_is_refused),
    cmocka_unit_test(groups_of_int8_become_their_values),
    cmocka_unit_test(groups_of_32_become_blocks),
    cmocka_unit_test(every_damage_of_a_llama2c_file_names_its_field),
    cmocka_unit_test(a_safetensors_file_cut_at_any_byte_is_refused),
    cmocka_unit_test(every_damage_of_a_safetensors_file_names_its_field),
    cmocka_unit_test_setup_teardown(a_shard_index_that_does_not_fit_is_refused, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(every_senseless_size_of_a_model_names_its_key, scratch_make, scratch_remove),
    cmocka_unit_test(weights_that_are_no_numbers_are_found),
};

TARE_TEST_MAIN(tests)
