/* dequantise, quantise and embedding: there is one right result, to the bit. */
#include <string.h>

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

static void quantise_makes_the_rows_of_the_encoder(void **state)
{
    (void)state;
    enum { ROWS = 3, COLS = 512 };
    for (enum kn_type type = 0; type < KN_N_TYPES; type++) {
        struct trial t;
        uint8_t want[COLS * sizeof(float)];
        size_t bytes = kn_row_bytes(type, COLS);
        const struct kn_kernel *kernel;
        trial_make_typed(&t, KN_OP_quantise, type, (struct kn_dims){ ROWS, COLS, 1 }, 0);
        for (size_t v = 0; (kernel = trial_variant(&t, v)) != NULL; v++) {
            trial_run(&t, kernel, NULL);
            for (size_t r = 0; r < ROWS; r++) {
                kn_encode_row(type, t.in[0] + r * COLS, want, COLS);
                assert_memory_equal((char *)t.y + r * bytes, want, bytes);
            }
        }
        trial_free(&t);
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
    cmocka_unit_test(rows_of_broken_blocks_and_tables_of_nothing_are_refused),
};

TARE_TEST_MAIN(tests)
