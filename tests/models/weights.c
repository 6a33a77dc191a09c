/* Loading weights: what is missing, has another shape or is no number, and what is turned, aligned and quantised. */
#include "models/arch/weights.h"

#include <lm/session.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/pool.h"
#include "models/arch/convert.h"
#include "tests/harness.h"
#include "tests/models/fake_file.h"

static const struct lm_load as_it_is = { 0 };

static void make_file(struct lm_file *f, size_t config)
{
    fake_make(f, &fake_configs[config]);
    fake_add_all(f);
}

static void expect_failure(struct lm_file *f, const struct lm_load *how, int code, const char *says)
{
    struct lm_model *m;
    assert_int_equal(lm_model_open(&m, f, how), code);
    assert_null(m);
    if (!strstr(tare_error(), says) || strchr(tare_error(), '\n'))
        fail_msg("'%s' should say '%s'", tare_error(), says);
}

static void every_tensor_must_be_there(void **state)
{
    (void)state;
    for (size_t c = 0; c < n_fake_configs; c++) {
        struct lm_file f;
        make_file(&f, c);
        for (size_t i = 0; i < f.n_tensors; i++) {
            char name[64];
            memcpy(name, f.names[i], sizeof name);
            f.names[i][0] = '?';
            expect_failure(&f, &as_it_is, TARE_EPARSE, name);
            memcpy(f.names[i], name, sizeof name);
        }
        fake_free(&f);
    }
}

static void every_tensor_must_have_its_shape(void **state)
{
    (void)state;
    for (size_t c = 0; c < n_fake_configs; c++) {
        struct lm_file f;
        make_file(&f, c);
        for (size_t i = 0; i < f.n_tensors; i++)
            for (size_t d = 0; d < f.tensors[i].n_dims; d++) {
                f.tensors[i].dims[d]++;
                expect_failure(&f, &as_it_is, TARE_EPARSE, f.names[i]);
                f.tensors[i].dims[d]--;
            }
        fake_free(&f);
    }
}

static void norms_and_biases_that_are_no_numbers_are_always_found_others_on_request(void **state)
{
    (void)state;
    for (size_t c = 0; c < n_fake_configs; c++) {
        struct lm_file f;
        make_file(&f, c);
        for (size_t i = 0; i < f.n_tensors; i++) {
            const struct lm_tensor *t = &f.tensors[i];
            float *last = (float *)(uintptr_t)t->data + t->bytes / sizeof(float) - 1, before = *last;
            bool looked_up = strcmp(t->name, "position_embd.weight") == 0;
            struct lm_model *m;
            for (int k = 0; k < 2; k++) {
                *last = k ? -INFINITY : NAN;
                expect_failure(&f, &(struct lm_load){ .check_weights = true }, TARE_EPARSE, t->name);
                if (!looked_up)
                    expect_failure(&f, &(struct lm_load){ .quantize = "f16" }, TARE_EPARSE, t->name);
                if (t->n_dims == 1)
                    expect_failure(&f, &as_it_is, TARE_EPARSE, t->name);
            }
            if (t->n_dims == 2) {
                assert_int_equal(lm_model_open(&m, &f, &as_it_is), 0);
                lm_model_free(m);
            }
            *last = before;
        }
        fake_free(&f);
    }
}

static void matrices_stay_where_they_lie_and_others_are_copied(void **state)
{
    (void)state;
    struct lm_file f;
    struct lm_model *m;
    make_file(&f, 0);
    struct lm_tensor *up = fake_tensor(&f, "blk.1.ffn_up.weight"), *down = fake_tensor(&f, "blk.1.ffn_down.weight");
    assert_int_equal(lm_model_open(&m, &f, &as_it_is), 0);
    assert_ptr_equal(m->layers[1].up.data, up->data);
    lm_model_free(m);

    char *odd = malloc(up->bytes + 1); /* not aligned to a float */
    memcpy(odd + 1, up->data, up->bytes);
    const void *before = up->data;
    up->data = odd + 1;
    float *turned = malloc(down->bytes); /* [in][out] */
    size_t rows = down->dims[0], cols = down->dims[1];
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            turned[c * rows + r] = ((const float *)down->data)[r * cols + c];
    const void *straight = down->data;
    down->data = turned;
    down->transposed = true;
    assert_int_equal(lm_model_open(&m, &f, &as_it_is), 0);
    assert_int_equal((uintptr_t)m->layers[1].up.data % sizeof(float), 0);
    assert_memory_equal(m->layers[1].up.data, before, up->bytes);
    assert_memory_equal(m->layers[1].down.data, straight, down->bytes);
    lm_model_free(m);
    up->data = before;
    down->data = straight;
    free(odd);
    free(turned);
    fake_free(&f);
}

static void what_begins_within_a_line_is_copied_where_the_model_is_small(void **state)
{
    (void)state;
    static const struct {
        size_t n_vocab;
        bool copied;
    } cases[] = { { 97, true }, { 100003, false } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lm_file f;
        struct lm_model *m;
        struct lm_config c = fake_configs[0];
        c.n_vocab = cases[i].n_vocab;
        fake_make(&f, &c);
        fake_add_all(&f);
        struct lm_tensor *up = fake_tensor(&f, "blk.1.ffn_up.weight");
        const void *before = up->data;
        char *within = tare_aligned(64, up->bytes + 64);
        assert_non_null(within);
        up->data = memcpy(within + 32, before, up->bytes);
        assert_int_equal(lm_model_open(&m, &f, &as_it_is), 0);
        assert_int_equal(m->layers[1].up.data != up->data, cases[i].copied);
        assert_int_equal((uintptr_t)m->layers[1].up.data % 64, cases[i].copied ? 0 : 32);
        assert_memory_equal(m->layers[1].up.data, before, up->bytes);
        assert_true(lm_model_is_mapped(m)); /* the others are */
        lm_model_free(m);
        up->data = before;
        free(within);
        fake_free(&f);
    }
}

static void unmapped_matrices_are_the_same_bytes_elsewhere(void **state)
{
    (void)state;
    struct tare_pool *pool;
    assert_int_equal(tare_pool_create(&pool, 2, NULL), 0);
    for (size_t c = 0; c < n_fake_configs; c++)
        for (int threads = 1; threads <= 2; threads++) {
            struct lm_file f;
            struct lm_model *mapped, *copied;
            make_file(&f, c);
            const struct lm_load how = { .unmapped = true, .check_weights = c % 2, .pool = threads > 1 ? pool : NULL };
            assert_int_equal(lm_model_open(&mapped, &f, &as_it_is), 0);
            assert_int_equal(lm_model_open(&copied, &f, &how), 0);
            assert_int_equal(lm_model_bytes(copied), lm_model_bytes(mapped));
            assert_true(lm_model_is_mapped(mapped));
            assert_false(lm_model_is_mapped(copied));
            const struct lm_matrix *of[][2] = {
                { &mapped->embd, &copied->embd },
                { &mapped->output, &copied->output },
                { &mapped->layers[1].v, &copied->layers[1].v }, /* the last rows of one tensor, in some */
                { &mapped->layers[1].down, &copied->layers[1].down },
            };
            for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
                const struct lm_matrix *a = of[i][0], *b = of[i][1];
                assert_int_equal(a->type, b->type);
                assert_ptr_not_equal(a->data, b->data);
                assert_memory_equal(a->data, b->data, a->rows * kn_row_bytes(a->type, a->cols));
            }
            lm_model_free(mapped);
            lm_model_free(copied);
            fake_free(&f);
        }
    tare_pool_free(pool);
}

/* More than one piece of a copy, and more than one huge page; it lies badly in the file, too. */
static void a_large_matrix_is_copied_whole(void **state)
{
    (void)state;
    struct lm_file f;
    struct lm_model *m;
    struct lm_config large = fake_configs[0];
    struct tare_pool *pool;
    large.n_vocab = 100003;
    fake_make(&f, &large);
    fake_add_all(&f);
    struct lm_tensor *embd = fake_tensor(&f, "token_embd.weight");
    const void *before = embd->data;
    char *odd = malloc(embd->bytes + 1);
    assert_non_null(odd);
    memcpy(odd + 1, before, embd->bytes);
    embd->data = odd + 1;
    assert_int_equal(tare_pool_create(&pool, 3, NULL), 0);
    assert_int_equal(lm_model_open(&m, &f, &(struct lm_load){ .unmapped = true, .pool = pool }), 0);
    assert_true(embd->bytes > 16 << 20);
    assert_int_equal((uintptr_t)m->embd.data % 64, 0);
    assert_memory_equal(m->embd.data, before, embd->bytes);
    lm_model_free(m);
    tare_pool_free(pool);
    embd->data = before;
    free(odd);
    fake_free(&f);
}

static void what_cannot_be_read_is_an_error_with_its_tensor(void **state)
{
    (void)state;
    struct lm_file f;
    make_file(&f, 0);
    f.unreadable = fake_tensor(&f, "blk.1.ffn_up.weight");
    expect_failure(&f, &(struct lm_load){ .unmapped = true }, TARE_EIO, "blk.1.ffn_up.weight");
    fake_free(&f);
}

static void copies_that_do_not_fit_are_refused_with_the_way_out(void **state)
{
    (void)state;
    static const struct {
        struct lm_load how;
        bool transposed;
        const char *says;
    } cases[] = {
        { { .unmapped = true }, false, "without --no-mmap" },
        { { .quantize = "q8_0" }, false, "--quantize q4_0" },
        { { .quantize = "q8_0", .unmapped = true }, false, "--quantize q4_0" },
        { { 0 }, true, "tare model quantize" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lm_file f;
        make_file(&f, 1);
        struct lm_tensor *embd = fake_tensor(&f, "token_embd.weight");
        embd->dims[0] = f.config.n_vocab = (size_t)1 << 44; /* nothing of it may be touched */
        embd->transposed = cases[i].transposed;
        expect_failure(&f, &cases[i].how, TARE_ENOMEM, cases[i].says);
        expect_failure(&f, &cases[i].how, TARE_ENOMEM, "not enough memory");
        fake_free(&f);
    }
}

static void a_bias_that_the_architecture_need_not_have_is_used(void **state)
{
    (void)state;
    struct lm_file f;
    struct lm_model *m;
    make_file(&f, 0);
    const float *bias = fake_add(&f, "blk.2.attn_k.bias", f.config.n_kv_heads * f.config.head_dim, 0, 0, 1);
    assert_int_equal(lm_model_open(&m, &f, &as_it_is), 0);
    assert_null(m->layers[1].k.bias);
    assert_memory_equal(m->layers[2].k.bias, bias, m->layers[2].k.rows * sizeof(float));
    lm_model_free(m);
    fake_free(&f);
}

static void quantising_takes_the_type_or_one_that_fits(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum kn_type ffn, attn; /* of rows of 96 and 64 */
    } cases[] = {
        { "int8", KN_TYPE_i8, KN_TYPE_i8 },     { "float16", KN_TYPE_f16, KN_TYPE_f16 },
        { "nf4", KN_TYPE_q4_0, KN_TYPE_nf4 },   { "q8_0", KN_TYPE_q8_0, KN_TYPE_q8_0 },
        { "Q4_K", KN_TYPE_q4_1, KN_TYPE_q4_1 }, { "q6_k", KN_TYPE_q8_0, KN_TYPE_q8_0 },
    };
    struct lm_file f;
    make_file(&f, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lm_model *m;
        assert_int_equal(lm_model_open(&m, &f, &(struct lm_load){ .quantize = cases[i].word }), 0);
        assert_int_equal(m->layers[0].down.type, cases[i].ffn);
        assert_int_equal(m->layers[0].q.type, cases[i].attn);
        const struct lm_matrix *w = &m->layers[0].q;
        const float *exact = fake_tensor(&f, "blk.0.attn_q.weight")->data;
        float row[64];
        kn_decode_row(w->type, (const char *)w->data + 5 * kn_row_bytes(w->type, 64), row, 64);
        for (size_t c = 0; c < 64; c++)
            assert_true(fabsf(row[c] - exact[5 * 64 + c]) < 0.06f);
        for (size_t r = 0; r < w->rows; r++) {
            char plain[64 * sizeof(float)];
            kn_encode_row(w->type, exact + r * 64, plain, 64);
            assert_memory_equal((const char *)w->data + r * kn_row_bytes(w->type, 64), plain,
                                kn_row_bytes(w->type, 64));
        }
        assert_ptr_equal(m->output.data, m->embd.data);
        lm_model_free(m);
    }
    expect_failure(&f, &(struct lm_load){ .quantize = "q8_1" }, TARE_EUSAGE, "did you mean 'q8_0'");
    fake_free(&f);
}

static void what_is_no_finite_number_is_found_wherever_it_stands(void **state)
{
    (void)state;
    const float bad[] = { NAN, -NAN, INFINITY, -INFINITY }, most[] = { FLT_MAX, -FLT_MAX, 0, -0.0f, 0x1p-149f };
    float x[40] = { 0 };
    for (size_t n = 0; n <= 40; n++) {
        for (size_t i = 0; i < n; i++)
            x[i] = most[i % 5];
        assert_true(lm_all_finite(x, n));
        for (size_t i = 0; i < n; i++)
            for (size_t b = 0; b < 4; b++) {
                float was = x[i];
                x[i] = bad[b];
                if (lm_all_finite(x, n))
                    fail_msg("%g at %zu of %zu", (double)bad[b], i, n);
                x[i] = was;
            }
    }
}

static void random_weights_are_the_same_on_any_threads_and_differ_by_seed(void **state)
{
    (void)state;
    static const enum kn_type types[] = { KN_TYPE_f32, KN_TYPE_f16, KN_TYPE_q8_0, KN_TYPE_i8 };
    struct tare_pool *pool;
    assert_int_equal(tare_pool_create(&pool, 3, NULL), 0);
    for (size_t c = 0; c < n_fake_configs; c++)
        for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
            struct lm_model *a, *b, *other;
            assert_int_equal(lm_model_random(&a, &fake_configs[c], types[t], 1, NULL), 0);
            assert_int_equal(lm_model_random(&b, &fake_configs[c], types[t], 1, pool), 0);
            assert_int_equal(lm_model_random(&other, &fake_configs[c], types[t], 2, NULL), 0);
            const struct lm_matrix *x = &a->layers[1].up, *y = &b->layers[1].up, *z = &other->layers[1].up;
            size_t bytes = x->rows * kn_row_bytes(x->type, x->cols);
            assert_memory_equal(x->data, y->data, bytes);
            assert_true(memcmp(x->data, z->data, bytes) != 0);
            assert_true(memcmp(x->data, a->layers[0].up.data, bytes) != 0);
            assert_int_equal(lm_model_bytes(a), lm_model_bytes(b));
            assert_true(lm_model_token_bytes(a) <= lm_model_bytes(a));
            lm_model_free(a);
            lm_model_free(b);
            lm_model_free(other);
        }
    tare_pool_free(pool);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_tensor_must_be_there),
    cmocka_unit_test(every_tensor_must_have_its_shape),
    cmocka_unit_test(norms_and_biases_that_are_no_numbers_are_always_found_others_on_request),
    cmocka_unit_test(matrices_stay_where_they_lie_and_others_are_copied),
    cmocka_unit_test(what_begins_within_a_line_is_copied_where_the_model_is_small),
    cmocka_unit_test(unmapped_matrices_are_the_same_bytes_elsewhere),
    cmocka_unit_test(a_large_matrix_is_copied_whole),
    cmocka_unit_test(what_cannot_be_read_is_an_error_with_its_tensor),
    cmocka_unit_test(copies_that_do_not_fit_are_refused_with_the_way_out),
    cmocka_unit_test(a_bias_that_the_architecture_need_not_have_is_used),
    cmocka_unit_test(quantising_takes_the_type_or_one_that_fits),
    cmocka_unit_test(what_is_no_finite_number_is_found_wherever_it_stands),
    cmocka_unit_test(random_weights_are_the_same_on_any_threads_and_differ_by_seed),
};

TARE_TEST_MAIN(tests)
