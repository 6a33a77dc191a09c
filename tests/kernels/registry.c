/* The registry, the case builder and the cost model. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/pool.h"
#include "tests/harness.h"
#include "tests/kernels/trial.h"

static void every_operation_has_a_plain_version_and_every_kernel_its_name(void **state)
{
    (void)state;
    size_t n;
    const struct kn_kernel *k = kn_kernels(&n);
    for (enum kn_op op = 0; op < KN_N_OPS; op++)
        assert_non_null(kn_find(op, KN_TYPE_f32, "ref"));
    for (size_t i = 0; i < n; i++) {
        const char *level = tare_cpu_level_name(k[i].level);
        assert_int_equal(strncmp(k[i].variant, level, strlen(level)), 0);
        assert_ptr_equal(kn_find(k[i].op, k[i].type, k[i].variant), &k[i]); /* no name twice */
    }
    assert_null(kn_find(KN_OP_dot, KN_TYPE_f32, "avx3"));
}

static void the_best_kernel_is_the_strongest_that_the_levels_allow(void **state)
{
    (void)state;
    assert_string_equal(kn_best(KN_OP_dot, KN_TYPE_f32, TARE_CPU_REF)->variant, "ref");
#ifdef KN_HAVE_X86
    assert_string_equal(kn_best(KN_OP_dot, KN_TYPE_f32, TARE_CPU_AVX2)->variant, "avx2");
    assert_string_equal(kn_best(KN_OP_dot, KN_TYPE_f32, TARE_CPU_AVX2 | TARE_CPU_AVX512)->variant, "avx512");
    assert_false(kn_allowed(kn_find(KN_OP_dot, KN_TYPE_f32, "avx512"), TARE_CPU_AVX2));
#endif
}

static void shapes_have_a_name_each_and_can_be_built(void **state)
{
    (void)state;
    size_t n;
    const struct kn_shape *s = kn_shapes(&n);
    for (size_t i = 0; i < n; i++) {
        assert_ptr_equal(kn_shape_find(s[i].kind, s[i].name), &s[i]);
        for (enum kn_op op = 0; op < KN_N_OPS; op++) {
            struct kn_case c;
            struct kn_dims d = s[i].dims;
            d.m = d.m ? d.m : 128;
            d.n = d.n ? d.n : 128;
            if (kn_op_kind(op) == s[i].kind)
                assert_int_equal(kn_case_make(&c, op, KN_TYPE_f32, &d), 0);
        }
    }
    const struct kn_shape *up = kn_shape_find(KN_KIND_matmul, "llama-1b.ffn_up");
    assert_true(up->dims.n == 8192 && up->dims.k == 2048);
    assert_null(kn_shape_find(KN_KIND_dot, "llama-1b.ffn_up"));
}

static void shapes_whose_product_overflows_are_refused(void **state)
{
    (void)state;
    static const struct {
        enum kn_op op;
        struct kn_dims d;
    } cases[] = {
        { KN_OP_matmul, { SIZE_MAX, 1, 2 } },
        { KN_OP_matmul, { 1, SIZE_MAX / 2, 3 } },
        { KN_OP_matmul, { (size_t)1 << 40, (size_t)1 << 40, 1 } },
        { KN_OP_matmul, { (size_t)1 << 31, (size_t)1 << 31, 0 } },
        { KN_OP_pack, { 1, SIZE_MAX - 3, 1 } },
        { KN_OP_pack, { 1, 33, (size_t)1 << 58 } },
        { KN_OP_dot, { 1, SIZE_MAX / 4, 1 } },
        { KN_OP_add, { (size_t)1 << 33, (size_t)1 << 33, 1 } },
        { KN_OP_silu, { 1, (size_t)1 << 62, 1 } },
        { KN_OP_softmax, { 3, SIZE_MAX / 2, 1 } },
        { KN_OP_layernorm, { SIZE_MAX, SIZE_MAX, 1 } },
        { KN_OP_rope_pairs, { 1, SIZE_MAX, 4 } },
        { KN_OP_rope_halves, { 1, 1, 7 } }, /* odd */
        { KN_OP_rope_halves_computed, { 1, SIZE_MAX, 4 } },
        { KN_OP_rope_pairs_computed, { 1, 1, 7 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kn_case c;
        assert_int_equal(kn_case_make(&c, cases[i].op, KN_TYPE_f32, &cases[i].d), TARE_EUSAGE);
        assert_non_null(strstr(tare_error(), kn_op_name(cases[i].op)));
    }
}

/* By hand, from the rule in kn/case.h. */
static void costs_are_those_of_the_algorithm(void **state)
{
    (void)state;
    static const struct {
        enum kn_op op;
        struct kn_dims d;
        double flops, read, written;
    } cases[] = {
        { KN_OP_matmul, { 2, 3, 5 }, 60, 4 * (10 + 15), 4 * 6 },
        { KN_OP_pack, { 1, 33, 5 }, 0, 4 * 33 * 5, 4 * 64 * 5 },
        { KN_OP_dot, { 1, 7, 1 }, 14, 4 * 14, 4 },
        { KN_OP_add, { 2, 7, 1 }, 14, 4 * 28, 4 * 14 },
        { KN_OP_silu, { 2, 7, 1 }, 56, 4 * 14, 4 * 14 },
        { KN_OP_softmax, { 2, 7, 1 }, 70, 4 * 14, 4 * 14 },
        { KN_OP_rmsnorm, { 2, 7, 1 }, 56, 4 * (14 + 7), 4 * 14 },
        { KN_OP_layernorm, { 2, 7, 1 }, 98, 4 * (14 + 7 + 7), 4 * 14 },
        { KN_OP_embedding, { 2, 30, 4 }, 8, 2 * (16 + 4), 4 * 8 },
        { KN_OP_rope_pairs, { 2, 3, 4 }, 72, 4 * (24 + 4 + 4), 4 * 24 },
        { KN_OP_rope_pairs_computed, { 2, 3, 4 }, 72 + 12, 4 * 24, 4 * 24 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kn_case c;
        assert_int_equal(kn_case_make(&c, cases[i].op, KN_TYPE_f32, &cases[i].d), 0);
        struct kn_cost cost = kn_case_cost(&c);
        assert_true(cost.flops == cases[i].flops);
        assert_true(cost.bytes_read == cases[i].read && cost.bytes_written == cases[i].written);
    }
}

static void inputs_are_seeded_and_keys_name_their_content(void **state)
{
    (void)state;
    struct kn_case c, wider;
    char key[2][96];
    float a[40], b[40];
    assert_int_equal(kn_case_make(&c, KN_OP_add, KN_TYPE_f32, &(struct kn_dims){ 1, 40, 1 }), 0);
    assert_int_equal(kn_case_make(&wider, KN_OP_silu, KN_TYPE_f32, &(struct kn_dims){ 1, 40, 1 }), 0);
    kn_input_fill(&c.in[0], a);
    kn_input_fill(&c.in[0], b);
    assert_memory_equal(a, b, sizeof a);
    kn_input_fill(&c.in[1], b);
    assert_memory_not_equal(a, b, sizeof a);
    for (size_t i = 0; i < 40; i++)
        assert_true(a[i] >= -1 && a[i] < 1);
    const struct kn_input *others[] = { &c.in[1], &wider.in[0] };
    kn_input_key(&c.in[0], key[0], sizeof key[0]);
    for (size_t i = 0; i < 2; i++) {
        kn_input_key(others[i], key[1], sizeof key[1]);
        assert_string_not_equal(key[0], key[1]);
    }
}

/* Angles of token 3, head_dim 8: 3 * 10000^(-i/4). cos, sin by hand calculator: cos 3 = -0.98999250, sin 0.3 =
 * 0.29552021 */
static void rope_angles_fall_by_powers_of_ten_thousand(void **state)
{
    (void)state;
    struct kn_case c;
    float cosines[5 * 4], sines[5 * 4];
    assert_int_equal(kn_case_make(&c, KN_OP_rope_pairs, KN_TYPE_f32, &(struct kn_dims){ 5, 1, 8 }), 0);
    kn_input_fill(&c.in[1], cosines);
    kn_input_fill(&c.in[2], sines);
    assert_true(fabsf(cosines[3 * 4] + 0.98999250f) < 1e-7f);
    assert_true(fabsf(sines[3 * 4 + 1] - 0.29552021f) < 1e-7f);
}

/* Parts of a call on several threads make the same y as the whole on one. */
static void a_pool_computes_what_one_thread_computes(void **state)
{
    (void)state;
    static const struct kn_dims of_kind[] = {
        [KN_KIND_matmul] = { 20, 333, 70 },  [KN_KIND_dot] = { 1, 100, 1 },
        [KN_KIND_unary] = { 3, 333, 1 },     [KN_KIND_binary] = { 3, 333, 1 },
        [KN_KIND_softmax] = { 7, 33, 1 },    [KN_KIND_norm] = { 7, 33, 1 },
        [KN_KIND_rope] = { 5, 3, 24 },       [KN_KIND_attention] = { 3, 9, 24, 6, 2 },
        [KN_KIND_reduce] = { 1, 100, 1 },    [KN_KIND_sample] = { 1, 100, 1 },
        [KN_KIND_pack] = { 1, 333, 70 },     [KN_KIND_rows] = { 7, 64, 1 },
        [KN_KIND_embedding] = { 7, 20, 33 }, [KN_KIND_rope_computed] = { 5, 3, 24 },
    };
    static const int threads[] = { 1, 2, 3, 8 };
    for (size_t p = 0; p < sizeof threads / sizeof *threads; p++) {
        struct tare_pool *pool;
        assert_int_equal(tare_pool_create(&pool, threads[p], NULL), 0);
        for (enum kn_op op = 0; op < KN_N_OPS; op++) {
            struct trial t;
            trial_make(&t, op, of_kind[kn_op_kind(op)], 1);
            const struct kn_kernel *kernel;
            for (size_t v = 0; (kernel = trial_kernel(op, v)) != NULL; v++) {
                trial_run(&t, kernel, NULL);
                memcpy(t.ref, t.y, t.c.out_count * sizeof(float));
                trial_run(&t, kernel, pool);
                assert_memory_equal(t.ref, t.y, t.c.out_count * sizeof(float));
            }
            trial_free(&t);
        }
        tare_pool_free(pool);
    }
}

/* A tall product is split by rows of x; a part of few rows sums in another order, so the bound holds, not equality. */
static void a_tall_product_is_split_by_its_rows(void **state)
{
    (void)state;
    struct tare_pool *pool;
    struct trial t;
    assert_int_equal(tare_pool_create(&pool, 4, NULL), 0);
    trial_make(&t, KN_OP_matmul, (struct kn_dims){ 27, 5, 130 }, 0);
    trial_reference(&t);
    const struct kn_kernel *kernel;
    for (size_t v = 0; (kernel = trial_kernel(KN_OP_matmul, v)) != NULL; v++) {
        trial_run(&t, kernel, pool);
        trial_check_like_ref(&t, kernel);
    }
    trial_free(&t);
    tare_pool_free(pool);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_operation_has_a_plain_version_and_every_kernel_its_name),
    cmocka_unit_test(the_best_kernel_is_the_strongest_that_the_levels_allow),
    cmocka_unit_test(shapes_have_a_name_each_and_can_be_built),
    cmocka_unit_test(shapes_whose_product_overflows_are_refused),
    cmocka_unit_test(costs_are_those_of_the_algorithm),
    cmocka_unit_test(inputs_are_seeded_and_keys_name_their_content),
    cmocka_unit_test(rope_angles_fall_by_powers_of_ten_thousand),
    cmocka_unit_test(a_pool_computes_what_one_thread_computes),
    cmocka_unit_test(a_tall_product_is_split_by_its_rows),
};

TARE_TEST_MAIN(tests)
