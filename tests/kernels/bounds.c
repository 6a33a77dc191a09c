/* Every kernel against ref, and ref against a long double evaluation, over sizes that fit vectors and that do not. */
#include <float.h>
#include <math.h>

#include "tests/harness.h"
#include "tests/kernels/trial.h"

/* ref rounds once; what it computes with (double, libm) adds next to nothing. */
static void check_ref(const struct trial *t)
{
    for (size_t i = 0; i < t->c.out_count; i++) {
        struct expected e = trial_expected(t, i);
        long double error = 1.001L * 0x1p-24L * fabsl(e.value) + e.ref_error + 0x1p-149L;
        if (!(fabsl(t->ref[i] - e.value) <= error) && fabsl(e.value) < FLT_MAX)
            fail_msg("%s: ref has %a at %zu, exactly it is %La; m=%zu n=%zu k=%zu", kn_op_name(t->c.op),
                     (double)t->ref[i], i, e.value, t->c.dims.m, t->c.dims.n, t->c.dims.k);
    }
}

static void check(enum kn_op op, size_t m, size_t n, size_t k, size_t offset)
{
    struct trial t;
    trial_make(&t, op, (struct kn_dims){ m, n, k }, offset);
    trial_reference(&t);
    check_ref(&t);
    const struct kn_kernel *kernel;
    for (size_t i = 1; (kernel = trial_kernel(op, i)) != NULL; i++) {
        trial_run(&t, kernel, NULL);
        trial_check_like_ref(&t, kernel);
    }
    trial_free(&t);
}

/* 0, 1, ... 70, and around the larger powers of two. */
static const size_t long_sizes[] = { 127, 128, 129, 255, 257, 1000 };
enum { SHORT_SIZES = 71, SIZES = SHORT_SIZES + sizeof long_sizes / sizeof *long_sizes };

static size_t size_at(size_t i)
{
    return i < SHORT_SIZES ? i : long_sizes[i - SHORT_SIZES];
}

static void check_rows_of_all_sizes(enum kn_op op, size_t rows)
{
    for (size_t i = 0; i < SIZES; i++)
        check(op, rows, size_at(i), 1, i % 4);
}

static void elementwise_kernels_stay_within_their_bounds(void **state)
{
    (void)state;
    static const enum kn_op ops[] = { KN_OP_add,  KN_OP_mul,  KN_OP_axpy,      KN_OP_swiglu, KN_OP_copy,
                                      KN_OP_relu, KN_OP_gelu, KN_OP_gelu_tanh, KN_OP_silu };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        check_rows_of_all_sizes(ops[i], 1);
}

static void dot_products_stay_within_gamma_n(void **state)
{
    (void)state;
    check_rows_of_all_sizes(KN_OP_dot, 1);
    check(KN_OP_dot, 1, 100003, 1, 1);
}

static void sums_and_places_of_the_largest_are_found(void **state)
{
    (void)state;
    check_rows_of_all_sizes(KN_OP_sum, 1);
    check_rows_of_all_sizes(KN_OP_argmax, 1);
    check(KN_OP_sum, 1, 100003, 1, 1);
    check(KN_OP_argmax, 1, 100003, 1, 1);
}

static void samplers_draw_the_token_that_their_definition_names(void **state)
{
    (void)state;
    static const enum kn_op ops[] = { KN_OP_sample_temperature, KN_OP_sample_top_k, KN_OP_sample_top_p };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        check_rows_of_all_sizes(ops[i], 1);
        check(ops[i], 1, 2003, 1, 1);
    }
}

static void softmax_stays_within_its_bound(void **state)
{
    (void)state;
    check_rows_of_all_sizes(KN_OP_softmax, 3);
    check(KN_OP_softmax, 0, 7, 1, 0);
}

static void norms_stay_within_their_bounds(void **state)
{
    (void)state;
    check_rows_of_all_sizes(KN_OP_rmsnorm, 3);
    check_rows_of_all_sizes(KN_OP_layernorm, 3);
    check(KN_OP_layernorm, 0, 7, 1, 0);
}

static void rope_stays_within_its_bound(void **state)
{
    (void)state;
    for (size_t d = 0; d <= 140; d += 2) {
        check(KN_OP_rope_pairs, 3, 2, d, d / 2 % 4);
        check(KN_OP_rope_halves, 3, 2, d, d / 2 % 4);
    }
    for (size_t d = 0; d <= 140; d += d < 36 ? 2 : 18) {
        check(KN_OP_rope_pairs_computed, 3, 2, d, d / 2 % 4);
        check(KN_OP_rope_halves_computed, 3, 2, d, d / 2 % 4);
    }
    check(KN_OP_rope_pairs_computed, 2, 0, 64, 0);
    check(KN_OP_rope_halves_computed, 0, 3, 64, 0);
    check(KN_OP_rope_pairs, 2, 0, 64, 0);
    check(KN_OP_rope_halves, 0, 3, 64, 0);
}

/* The sizes straddle each tile's height and width and the blocks along K, N and M of the packed kernels. */
static void matmul_stays_within_gamma_k(void **state)
{
    (void)state;
    for (size_t k = 0; k < SIZES; k++) {
        check(KN_OP_matmul, 3, 5, size_at(k), k % 4);
        check(KN_OP_matmul, 11, 19, size_at(k), k % 4);
    }
    for (size_t n = 0; n <= 70; n++) {
        check(KN_OP_matmul, 1, n, 37, n % 4);
        check(KN_OP_matmul, 9, n, 37, n % 4);
    }
    for (size_t m = 0; m <= 31; m++)
        check(KN_OP_matmul, m, 35, 33, m % 4);
    check(KN_OP_matmul, 13, 259, 800, 1);
    check(KN_OP_matmul, 1030, 3, 17, 1);
}

/* Results that are exact in floats have one right answer: a product too many, too few or misplaced shows. */
static void sums_of_small_integers_are_exact(void **state)
{
    (void)state;
    static const struct kn_dims sizes[] = { { 1, 67, 1000 },  { 2, 33, 129 },   { 3, 9, 65 },     { 7, 31, 401 },
                                            { 15, 67, 1000 }, { 29, 600, 17 },  { 1100, 33, 20 }, { 64, 64, 64 },
                                            { 41, 11, 700 },  { 70, 45, 2111 }, { 200, 45, 1111 } };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct trial t;
        trial_make(&t, KN_OP_matmul, sizes[s], 1);
        size_t n = sizes[s].n, k = sizes[s].k;
        for (size_t j = 0; j < 2; j++)
            for (size_t i = 0; i < t.c.in[j].rows * t.c.in[j].cols; i++)
                t.in[j][i] = truncf(t.in[j][i] * 8);
        const struct kn_kernel *kernel;
        for (size_t v = 0; (kernel = trial_kernel(KN_OP_matmul, v)) != NULL; v++) {
            trial_run(&t, kernel, NULL);
            for (size_t i = 0; i < t.c.out_count; i++) {
                int64_t sum = 0;
                for (size_t l = 0; l < k; l++)
                    sum += (int64_t)t.in[0][i / n * k + l] * (int64_t)t.in[1][i % n * k + l];
                if (t.y[i] != (float)sum)
                    fail_msg("%s: y[%zu] is %a, not %d", kernel->variant, i, (double)t.y[i], (int)sum);
            }
        }
        trial_free(&t);
    }
}

/* The whole range where a result is neither 0 nor x itself, and beyond. */
static void activations_hold_their_bounds_from_minus_110_to_110(void **state)
{
    (void)state;
    static const enum kn_op ops[] = { KN_OP_gelu, KN_OP_gelu_tanh, KN_OP_silu };
    enum { N = 220001 };
    for (size_t o = 0; o < 3; o++) {
        struct trial t;
        trial_make(&t, ops[o], (struct kn_dims){ 1, N, 1 }, 0);
        for (size_t i = 0; i < N; i++)
            t.in[0][i] = (float)i * 0.001f - 110;
        trial_reference(&t);
        check_ref(&t);
        const struct kn_kernel *kernel;
        for (size_t v = 1; (kernel = trial_kernel(ops[o], v)) != NULL; v++) {
            trial_run(&t, kernel, NULL);
            trial_check_like_ref(&t, kernel);
        }
        trial_free(&t);
    }
}

/* A softmax row of a large value and another d below gives e^-d: the exponential itself, to the last denormal. */
static void softmax_reaches_down_to_the_denormals(void **state)
{
    (void)state;
    enum { N = 110000 };
    struct trial t;
    trial_make(&t, KN_OP_softmax, (struct kn_dims){ 1, N, 1 }, 0);
    for (size_t i = 1; i < N; i++)
        t.in[0][i] = -(float)i * 0.001f;
    t.in[0][0] = 20; /* dwarfs the others' sum */
    trial_reference(&t);
    const struct kn_kernel *kernel;
    for (size_t v = 1; (kernel = trial_kernel(KN_OP_softmax, v)) != NULL; v++) {
        trial_run(&t, kernel, NULL);
        long double exact_sum = 0;
        for (size_t i = 0; i < N; i++)
            exact_sum += expl((long double)t.in[0][i] - 20);
        for (size_t i = 0; i < N; i++) {
            long double d = 20 - (long double)t.in[0][i], y = expl(-d) / exact_sum;
            if (fabsl(t.y[i] - y) > (6 + d) * 0x1p-24L * y + 0x1p-149L)
                fail_msg("%s: e^-%Lg is %a, not %La", kernel->variant, d, (double)t.y[i], y);
        }
    }
    trial_free(&t);
}

/* Rows far from zero, on both sides of where exponentials are taken of differences alone. */
static void softmax_rows_may_lie_anywhere(void **state)
{
    (void)state;
    static const float largest[] = { 0,      88.5f,    -88.5f,  1e3f, -1e3f, 65535.9f, -65535.9f, 65536, -131071,
                                     131071, 131072.f, -131072, 1e6f, -1e6f, 1e10f,    -1e30f,    3e38f, -3e38f };
    enum { N = 1003 };
    struct trial t;
    trial_make(&t, KN_OP_softmax, (struct kn_dims){ 1, N, 1 }, 1);
    for (size_t r = 0; r < sizeof largest / sizeof *largest; r++) {
        long double top = (long double)largest[r], sum = 0;
        for (size_t i = 0; i < N; i++) {
            t.in[0][i] = largest[r] - (float)(i * 37 % N) * 0.11f;
            sum += expl((long double)t.in[0][i] - top);
        }
        const struct kn_kernel *kernel;
        for (size_t v = 0; (kernel = trial_kernel(KN_OP_softmax, v)) != NULL; v++) {
            trial_run(&t, kernel, NULL);
            for (size_t i = 0; i < N; i++) {
                long double d = top - (long double)t.in[0][i], y = expl(-d) / sum;
                if (!(fabsl(t.y[i] - y) <= ((6 + d) * 0x1p-24L + N * 0x1p-23L) * y + 0x1p-149L))
                    fail_msg("%s: %Lg below %g is %a, not %La", kernel->variant, d, (double)largest[r], (double)t.y[i],
                             y);
            }
        }
    }
    trial_free(&t);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(elementwise_kernels_stay_within_their_bounds),
    cmocka_unit_test(dot_products_stay_within_gamma_n),
    cmocka_unit_test(sums_and_places_of_the_largest_are_found),
    cmocka_unit_test(samplers_draw_the_token_that_their_definition_names),
    cmocka_unit_test(softmax_stays_within_its_bound),
    cmocka_unit_test(norms_stay_within_their_bounds),
    cmocka_unit_test(rope_stays_within_its_bound),
    cmocka_unit_test(matmul_stays_within_gamma_k),
    cmocka_unit_test(sums_of_small_integers_are_exact),
    cmocka_unit_test(activations_hold_their_bounds_from_minus_110_to_110),
    cmocka_unit_test(softmax_reaches_down_to_the_denormals),
    cmocka_unit_test(softmax_rows_may_lie_anywhere),
};

TARE_TEST_MAIN(tests)
