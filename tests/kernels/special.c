/* NaN, infinities, denormals and zeros: the policy of kn/ops.h, the same in every variant; and work done in place. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/kernels/trial.h"

static const float specials[] = { NAN, INFINITY, -INFINITY, -0.0f, 0x1p-149f, -0x1.8p-130f, FLT_MIN };
enum { SPECIALS = sizeof specials / sizeof *specials };

static struct kn_dims dims_for(enum kn_op op, size_t n)
{
    switch (kn_op_kind(op)) {
    case KN_KIND_matmul:
        return (struct kn_dims){ 11, 9, n };
    case KN_KIND_pack:
        return (struct kn_dims){ 1, 35, n };
    case KN_KIND_rope:
    case KN_KIND_rope_computed:
        return (struct kn_dims){ 2, 2, n / 2 * 2 };
    case KN_KIND_dot:
        return (struct kn_dims){ 1, n, 1 };
    case KN_KIND_attention:
        return (struct kn_dims){ 3, 5, n, 4, 2 };
    default:
        return (struct kn_dims){ 2, n, 1 };
    }
}

static void check_variants(struct trial *t)
{
    const struct kn_kernel *kernel;
    trial_reference(t);
    for (size_t v = 1; (kernel = trial_kernel(t->c.op, v)) != NULL; v++) {
        trial_run(t, kernel, NULL);
        trial_check_like_ref(t, kernel);
    }
}

/* One special value at a time, in every input, at its first, some middle and its last place. */
static void every_variant_treats_special_values_as_ref_does(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 7, 16, 33, 70 };
    for (enum kn_op op = 0; op < KN_N_OPS; op++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            struct trial t;
            trial_make(&t, op, dims_for(op, sizes[s]), 1);
            /* what v holds may reach the tokens before its place: kn/ops.h */
            size_t n_in = kn_op_kind(op) == KN_KIND_attention ? 2 : t.c.n_in;
            for (size_t in = 0; in < n_in; in++)
                for (size_t p = 0; p < 3; p++)
                    for (size_t v = 0; v < SPECIALS; v++) {
                        size_t n = t.c.in[in].rows * t.c.in[in].cols, at = p == 0 ? 0 : p == 1 ? n / 2 : n - 1;
                        if (n == 0 || t.c.in[in].fill == KN_FILL_IDS)
                            continue;
                        float old = t.in[in][at];
                        t.in[in][at] = specials[v];
                        check_variants(&t);
                        t.in[in][at] = old;
                    }
            trial_free(&t);
        }
}

static void inputs_of_nothing_but_denormals_are_not_lost(void **state)
{
    (void)state;
    for (enum kn_op op = 0; op < KN_N_OPS; op++) {
        struct trial t;
        trial_make(&t, op, dims_for(op, 53), 0);
        size_t n = t.c.in[0].rows * t.c.in[0].cols;
        for (size_t i = 0; i < n; i++)
            t.in[0][i] *= 0x1p-128f;
        check_variants(&t);
        trial_free(&t);
    }
}

/* Fills the first input with `fill`, puts `value` at place `at`, and gives back what a variant makes of it. */
static const float *result_of(struct trial *t, const struct kn_kernel *kernel, float fill, size_t at, float value)
{
    for (size_t i = 0; i < t->c.in[0].rows * t->c.in[0].cols; i++)
        t->in[0][i] = fill;
    t->in[0][at] = value;
    trial_run(t, kernel, NULL);
    return t->y;
}

static void activations_follow_their_policy(void **state)
{
    (void)state;
    static const struct {
        enum kn_op op;
        float x, y;
    } cases[] = {
        { KN_OP_relu, NAN, NAN },
        { KN_OP_relu, INFINITY, INFINITY },
        { KN_OP_relu, -INFINITY, 0 },
        { KN_OP_relu, -0.0f, -0.0f },
        { KN_OP_gelu, NAN, NAN },
        { KN_OP_gelu, INFINITY, INFINITY },
        { KN_OP_gelu, -INFINITY, NAN },
        { KN_OP_gelu, -FLT_MAX, -0.0f },
        { KN_OP_gelu, FLT_MAX, FLT_MAX },
        { KN_OP_silu, NAN, NAN },
        { KN_OP_silu, INFINITY, INFINITY },
        { KN_OP_silu, -INFINITY, NAN },
        { KN_OP_silu, -1000, -0.0f },
        { KN_OP_silu, FLT_MAX, FLT_MAX },
        { KN_OP_gelu_tanh, NAN, NAN },
        { KN_OP_gelu_tanh, -INFINITY, NAN },
        { KN_OP_gelu_tanh, INFINITY, INFINITY },
        { KN_OP_gelu_tanh, -FLT_MAX, -0.0f },
        { KN_OP_gelu_tanh, FLT_MAX, FLT_MAX },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct trial t;
        trial_make(&t, cases[c].op, (struct kn_dims){ 1, 37, 1 }, 0);
        const struct kn_kernel *kernel;
        for (size_t v = 0; (kernel = trial_kernel(cases[c].op, v)) != NULL; v++)
            for (size_t at = 0; at < 37; at += 18) {
                float y = result_of(&t, kernel, 1, at, cases[c].x)[at], want = cases[c].y;
                if (isnan(want) ? !isnan(y) : y != want || signbit(y) != signbit(want))
                    fail_msg("%s %s(%a) is %a, not %a", kn_op_name(cases[c].op), kernel->variant, (double)cases[c].x,
                             (double)y, (double)want);
            }
        trial_free(&t);
    }
}

static size_t count_nan(const float *y, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += isnan(y[i]) != 0;
    return count;
}

static void a_softmax_row_with_nan_or_infinity_is_nan_and_others_are_not(void **state)
{
    (void)state;
    enum { ROWS = 3, COLS = 35 };
    static const struct {
        float fill, value;
        size_t nans;
    } cases[] = { { 1, NAN, COLS },
                  { 1, INFINITY, COLS },
                  { 1, -INFINITY, 0 },
                  { -INFINITY, -INFINITY, ROWS * COLS },
                  { -INFINITY, 0, (ROWS - 1) * COLS } };
    struct trial t;
    trial_make(&t, KN_OP_softmax, (struct kn_dims){ ROWS, COLS, 1 }, 0);
    const struct kn_kernel *kernel;
    for (size_t v = 0; (kernel = trial_kernel(KN_OP_softmax, v)) != NULL; v++)
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
            for (size_t at = COLS; at < 2 * COLS; at += 17) {
                const float *y = result_of(&t, kernel, cases[c].fill, at, cases[c].value);
                assert_int_equal(count_nan(y, ROWS * COLS), cases[c].nans);
                if (cases[c].nans == 0)
                    assert_true(y[at] == 0);
                if (cases[c].fill < 0 && cases[c].value == 0)
                    assert_true(y[at] == 1);
            }
    trial_free(&t);
}

static void a_nan_in_a_matrix_stays_in_its_row_or_column(void **state)
{
    (void)state;
    static const struct kn_dims sizes[] = { { 3, 70, 50 }, { 20, 70, 50 }, { 33, 5, 400 } };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct trial t;
        trial_make(&t, KN_OP_matmul, sizes[s], 0);
        size_t m = sizes[s].m, n = sizes[s].n, k = sizes[s].k;
        const struct kn_kernel *kernel;
        for (size_t v = 0; (kernel = trial_kernel(KN_OP_matmul, v)) != NULL; v++)
            for (size_t in = 0; in < 2; in++) {
                size_t line = (in == 0 ? m : n) - 1;
                float old = t.in[in][line * k + k / 3];
                t.in[in][line * k + k / 3] = NAN;
                trial_run(&t, kernel, NULL);
                for (size_t i = 0; i < m * n; i++)
                    assert_int_equal(isnan(t.y[i]) != 0, (in == 0 ? i / n : i % n) == line);
                t.in[in][line * k + k / 3] = old;
            }
        trial_free(&t);
    }
}

static void norms_follow_their_policy(void **state)
{
    (void)state;
    enum { COLS = 45, AT = COLS + 11 }; /* the place lies in the second of three rows */
    static const struct {
        enum kn_op op;
        float value;
        size_t nans;
    } cases[] = { { KN_OP_rmsnorm, NAN, COLS },
                  { KN_OP_rmsnorm, INFINITY, 1 },
                  { KN_OP_layernorm, NAN, COLS },
                  { KN_OP_layernorm, -INFINITY, COLS } };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct trial t;
        trial_make(&t, cases[c].op, (struct kn_dims){ 3, COLS, 1 }, 0);
        const struct kn_kernel *kernel;
        for (size_t v = 0; (kernel = trial_kernel(cases[c].op, v)) != NULL; v++) {
            const float *y = result_of(&t, kernel, 1, AT, cases[c].value);
            assert_int_equal(count_nan(y, 3 * COLS), cases[c].nans);
            assert_int_equal(count_nan(y + COLS, COLS), cases[c].nans);
            if (cases[c].nans == 1)
                assert_true(isnan(y[AT]) && y[COLS] == 0);
        }
        trial_free(&t);
    }
}

static bool works_in_place(enum kn_kind kind)
{
    return kind == KN_KIND_unary || kind == KN_KIND_binary || kind == KN_KIND_softmax || kind == KN_KIND_norm ||
           kind == KN_KIND_rope || kind == KN_KIND_rope_computed;
}

/* y = x gives bit for bit what another y gives. */
static void kernels_work_in_place(void **state)
{
    (void)state;
    for (enum kn_op op = 0; op < KN_N_OPS; op++) {
        enum kn_kind kind = kn_op_kind(op);
        if (!works_in_place(kind))
            continue;
        struct trial t;
        trial_make(&t, op, dims_for(op, 77), 0);
        size_t bytes = t.c.out_count * sizeof(float);
        const struct kn_kernel *kernel;
        for (size_t v = 0; (kernel = trial_kernel(op, v)) != NULL; v++)
            for (size_t shared = 0; shared < (kind == KN_KIND_binary ? 2 : 1); shared++) {
                trial_run(&t, kernel, NULL);
                const void *in[KN_MAX_INPUTS] = { t.in[0], t.in[1], t.in[2] };
                memcpy(t.ref, t.in[shared], bytes);
                in[shared] = t.ref;
                union kn_args args;
                void *work = aligned_alloc(64, kn_work_bytes(kernel, &t.c.dims, 1) + 64);
                assert_non_null(work);
                kn_case_args(&t.c, kernel, in, t.ref, work, &args);
                kn_call(kernel, &args);
                free(work);
                assert_memory_equal(t.ref, t.y, bytes);
            }
        trial_free(&t);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_variant_treats_special_values_as_ref_does),
    cmocka_unit_test(inputs_of_nothing_but_denormals_are_not_lost),
    cmocka_unit_test(activations_follow_their_policy),
    cmocka_unit_test(a_softmax_row_with_nan_or_infinity_is_nan_and_others_are_not),
    cmocka_unit_test(a_nan_in_a_matrix_stays_in_its_row_or_column),
    cmocka_unit_test(norms_follow_their_policy),
    cmocka_unit_test(kernels_work_in_place),
};

TARE_TEST_MAIN(tests)
