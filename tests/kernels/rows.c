/* dequantise, quantise and embedding: there is one right result, to the bit. */
#include <string.h>

#include "framework/base/cpu.h"
#include "framework/base/rng.h"
#include "tests/harness.h"
#include "tests/kernels/trial.h"

static void check(struct trial *t)
{
    const struct kn_kernel *kernel;
    for (size_t v = 0; (kernel = trial_variant(t, v)) != NULL; v++) {
        trial_run(t, kernel, NULL);
        for (size_t i = 0; i < t->c.out_count; i++) {
            float want = (float)trial_expected(t, i).value;
            if (t->y[i] != want && !(t->y[i] != t->y[i] && want != want))
                fail_msg("%s %s %s: y[%zu] is %a, not %a", kn_op_name(kernel->op), kn_type_name(kernel->type),
                         kernel->variant, i, (double)t->y[i], (double)want);
        }
    }
}

static void randomise(struct trial *t)
{
    struct tare_rng rng;
    tare_rng_seed(&rng, 21);
    for (size_t i = 0; i < t->c.in[0].bytes; i++)
        ((uint8_t *)t->raw[0])[i] = (uint8_t)(tare_rng_u64(&rng) >> 56);
    trial_decode(t, 0);
}

/* Whole blocks of every count up to 9; encoded numbers, and bytes at random. */
static void every_variant_decodes_to_the_bit(void **state)
{
    (void)state;
    for (enum kn_type type = 0; type < KN_N_TYPES; type++)
        for (size_t blocks = 0; blocks < (kn_type_block(type) == 1 ? 70 : 10); blocks++) {
            struct trial t;
            trial_make_typed(&t, KN_OP_dequantise, type, (struct kn_dims){ 5, blocks * kn_type_block(type), 1 },
                             blocks % 4);
            check(&t);
            if (type != KN_TYPE_f32)
                randomise(&t);
            check(&t);
            trial_free(&t);
        }
}

static void embedding_gathers_the_rows_it_is_told(void **state)
{
    (void)state;
    for (enum kn_type type = 0; type < KN_N_TYPES; type++)
        for (size_t tokens = 0; tokens < 6; tokens++) {
            struct trial t;
            static const int32_t ids[] = { 16, 0, 3, 3, 16 }; /* the last, the first, one twice */
            trial_make_typed(&t, KN_OP_embedding, type, (struct kn_dims){ tokens, 17, 256 }, 1);
            check(&t);
            memcpy(t.in[1], ids, tokens * sizeof *ids);
            check(&t);
            trial_free(&t);
        }
}

/* What encoders meet: values that a scale fits well or badly, signs of zero, and sizes from denormals to 3e38. */
static void fill_with(float *x, size_t n, int kind)
{
    struct tare_rng rng;
    tare_rng_seed(&rng, 31 + (uint64_t)kind);
    for (size_t i = 0; i < n; i++) {
        float random = (float)(int32_t)tare_rng_u64(&rng) * 0x1p-31f, other = (float)(int32_t)tare_rng_u64(&rng);
        const float of_kind[] = { random,
                                  random * random * random * 3, /* most near 0 */
                                  random + 1.5f,                /* of one sign */
                                  random - 1.5f,
                                  0,
                                  other < 0 ? -0.0f : 0,
                                  random > 0.9f ? random * 100 : random * 0.01f, /* outliers */
                                  random * 0x1p-140f,
                                  random * 3e38f,
                                  0.75f,
                                  i / 32 % 3 == 0 ? 0 : random, /* blocks of nothing between others */
                                  (float)(int)(random * 9),     /* ties */
                                  random * 0x1p-20f };
        x[i] = of_kind[kind];
    }
}
enum { KINDS = 13 };

/* Rows with a gap behind each, in x and in y, which may lie as their elements allow; nothing beside them changes. */
static void check_quantise(enum kn_type type, size_t cols, int kind, size_t offset)
{
    enum { ROWS = 3, MOST = 3000, GAP = 12 };
    float x[ROWS * (MOST + 1) + 4], *from = x + offset;
    uint8_t y[ROWS * (MOST * sizeof(float) + GAP) + 64], want[MOST * sizeof(float)], *to = y + 4 * offset;
    size_t n, bytes = kn_row_bytes(type, cols), x_stride = (cols + 1) * sizeof(float), y_stride = bytes + GAP;
    const struct kn_kernel *all = kn_kernels(&n);
    assert_true(cols <= MOST);
    y_stride += y_stride % 2;
    fill_with(from, ROWS * (cols + 1), kind);
    for (size_t v = 0; v < n; v++) {
        if (all[v].op != KN_OP_quantise || all[v].type != type || !kn_allowed(&all[v], tare_cpu_levels()))
            continue;
        memset(y, 0xa5, sizeof y);
        kn_call(&all[v], &(union kn_args){ .rows = { from, to, ROWS, cols, x_stride, y_stride } });
        for (size_t r = 0; r < ROWS; r++) {
            kn_encode_row(type, from + r * (cols + 1), want, cols);
            if (memcmp(to + r * y_stride, want, bytes) != 0) {
                size_t at = 0;
                while (to[r * y_stride + at] == want[at])
                    at++;
                fail_msg("%s %s: row %zu of %zu, numbers of kind %d: byte %zu is %02x, not %02x", kn_type_name(type),
                         all[v].variant, r, cols, kind, at, to[r * y_stride + at], want[at]);
            }
            for (size_t i = bytes; i < y_stride; i++)
                assert_int_equal(to[r * y_stride + i], 0xa5);
        }
    }
}

static void quantise_makes_the_rows_of_the_encoder(void **state)
{
    (void)state;
    for (enum kn_type type = 0; type < KN_N_TYPES; type++) {
        size_t block = kn_type_block(type), most = block == 1 ? 70 : block == 256 ? 5 : 35;
        for (int kind = 0; kind < KINDS; kind++)
            check_quantise(type, (block == 256 ? 3 : block == 1 ? 133 : 19) * block, kind, (size_t)kind % 4);
        for (size_t blocks = 0; blocks <= most; blocks++)
            check_quantise(type, blocks * block, 1, blocks % 4);
    }
}

/* Which f16 and bf16 keep; the middle of a vector and its rest. */
static void infinities_and_nan_are_kept_by_halves(void **state)
{
    (void)state;
    enum { COLS = 37 };
    static const uint32_t bits[] = { 0x7f800000, 0xff800000, 0x7fc00000, 0xffc01000, 0x7f812345, 0x477fefff,
                                     0x477ff000, 0xc77ff001, 0x7f7fffff, 0x33000000, 0x33000001, 0x387fe000 };
    static const enum kn_type types[] = { KN_TYPE_f16, KN_TYPE_bf16 };
    float x[COLS] = { 0 };
    uint16_t y[COLS], want[COLS];
    size_t n;
    const struct kn_kernel *all = kn_kernels(&n);
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        memcpy(&x[i], &bits[i], sizeof *x);
        memcpy(&x[COLS - 1 - i], &bits[i], sizeof *x);
    }
    for (size_t t = 0; t < 2; t++)
        for (size_t v = 0; v < n; v++)
            if (all[v].op == KN_OP_quantise && all[v].type == types[t] && kn_allowed(&all[v], tare_cpu_levels())) {
                kn_encode_row(types[t], x, want, COLS);
                kn_call(&all[v], &(union kn_args){ .rows = { x, y, 1, COLS, sizeof x, sizeof y } });
                assert_memory_equal(y, want, sizeof y);
            }
}

static void no_rows_and_empty_rows_are_left_alone(void **state)
{
    (void)state;
    size_t n;
    const struct kn_kernel *all = kn_kernels(&n);
    float x[1] = { 1 };
    for (size_t v = 0; v < n; v++)
        if (all[v].op == KN_OP_quantise && kn_allowed(&all[v], tare_cpu_levels())) {
            uint8_t y[4] = { 7, 7, 7, 7 };
            kn_call(&all[v], &(union kn_args){ .rows = { x, y, 0, 256, 1024, 1024 } });
            assert_memory_equal(y, ((uint8_t[]){ 7, 7, 7, 7 }), sizeof y);
            kn_call(&all[v], &(union kn_args){ .rows = { x, y, 1, 0, 0, 0 } });
            /* a row of i8 is its scale */
            assert_memory_equal(y, all[v].type == KN_TYPE_i8 ? ((uint8_t[4]){ 0 }) : ((uint8_t[]){ 7, 7, 7, 7 }),
                                sizeof y);
        }
}

static void rows_of_broken_blocks_and_tables_of_nothing_are_refused(void **state)
{
    (void)state;
    struct kn_case c;
    assert_int_not_equal(kn_case_make(&c, KN_OP_quantise, KN_TYPE_q4_k, &(struct kn_dims){ 1, 128, 1 }), 0);
    assert_int_not_equal(kn_case_make(&c, KN_OP_dequantise, KN_TYPE_q8_0, &(struct kn_dims){ 1, 33, 1 }), 0);
    assert_int_not_equal(kn_case_make(&c, KN_OP_embedding, KN_TYPE_q8_0, &(struct kn_dims){ 1, 3, 33 }), 0);
    assert_int_not_equal(kn_case_make(&c, KN_OP_embedding, KN_TYPE_f32, &(struct kn_dims){ 1, 0, 32 }), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_variant_decodes_to_the_bit),
    cmocka_unit_test(embedding_gathers_the_rows_it_is_told),
    cmocka_unit_test(quantise_makes_the_rows_of_the_encoder),
    cmocka_unit_test(infinities_and_nan_are_kept_by_halves),
    cmocka_unit_test(no_rows_and_empty_rows_are_left_alone),
    cmocka_unit_test(rows_of_broken_blocks_and_tables_of_nothing_are_refused),
};

TARE_TEST_MAIN(tests)
