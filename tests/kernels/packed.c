/* Weights in panels: where every element lies, and products with them. */
#include <stdlib.h>
#include <string.h>

#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/pool.h"
#include "framework/base/rng.h"
#include "tests/harness.h"
#include "tests/kernels/trial.h"

static const enum kn_type types[] = { KN_TYPE_f32, KN_TYPE_f16, KN_TYPE_bf16 };
enum { TYPES = sizeof types / sizeof *types };

/* Element by element, as struct kn_pack has it. */
static bool in_place(const char *w, const char *y, size_t size, size_t n, size_t k)
{
    static const char zeros[sizeof(float)];
    for (size_t row = 0; row < (n + KN_PANEL - 1) / KN_PANEL * KN_PANEL; row++)
        for (size_t col = 0; col < k; col++) {
            size_t panel = row / KN_PANEL, at = (panel * k + col) * KN_PANEL + row % KN_PANEL;
            if (memcmp(y + at * size, row < n ? w + (row * k + col) * size : zeros, size) != 0)
                return false;
        }
    return true;
}

static void check_pack(enum kn_type type, size_t n, size_t k, size_t offset)
{
    enum { AROUND = 64 };
    size_t size = kn_row_bytes(type, 1), bytes, n_kernels;
    assert_int_equal(kn_packed_bytes(type, n, k, &bytes), 0);
    assert_int_equal(bytes, (n + 31) / 32 * 32 * k * size);
    char *w = malloc(n * k * size + offset * size + 1), *y = malloc(bytes + (offset + 2 * AROUND) * size);
    assert_true(w && y);
    struct tare_rng rng;
    tare_rng_seed(&rng, 11);
    for (size_t i = 0; i < n * k * size; i++) /* any bits, NaN among them */
        w[offset * size + i] = (char)(tare_rng_u64(&rng) >> 56);
    const struct kn_kernel *all = kn_kernels(&n_kernels);
    for (size_t i = 0; i < n_kernels; i++) {
        if (all[i].op != KN_OP_pack || all[i].type != type || !kn_allowed(&all[i], tare_cpu_levels()))
            continue;
        for (int twice = 0; twice < 2; twice++) { /* over other bytes the same */
            char *at = y + (offset + AROUND) * size, before = twice ? 0x55 : 0x2a;
            memset(y, before, bytes + (offset + 2 * AROUND) * size);
            union kn_args args = { .pack = { .w = w + offset * size, .y = at, .n = n, .k = k } };
            kn_call(&all[i], &args);
            if (!in_place(w + offset * size, at, size, n, k) || at[-1] != before || at[bytes] != before)
                fail_msg("pack %s %s: n=%zu k=%zu", kn_type_name(type), all[i].variant, n, k);
        }
    }
    free(w);
    free(y);
}

static void every_weight_lies_in_its_panel(void **state)
{
    (void)state;
    for (size_t t = 0; t < TYPES; t++) {
        for (size_t n = 0; n <= 70; n++)
            check_pack(types[t], n, n % 7 * 9 + n % 2, n % 4);
        for (size_t k = 0; k <= 70; k++)
            check_pack(types[t], 33 + k % 32, k, k % 4);
    }
}

static void sizes_and_types_without_a_packed_copy_are_refused(void **state)
{
    (void)state;
    size_t bytes;
    static const size_t sizes[][2] = { { SIZE_MAX, 1 }, { SIZE_MAX - 31, 2 }, { 1, SIZE_MAX / 64 }, { 33, SIZE_MAX } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t t = 0; t < TYPES; t++)
            assert_int_equal(kn_packed_bytes(types[t], sizes[i][0], sizes[i][1], &bytes), TARE_EUSAGE);
    assert_int_equal(kn_packed_bytes(KN_TYPE_q4_0, 32, 32, &bytes), TARE_EUSAGE);
    assert_non_null(strstr(tare_error(), "q4_0"));
    assert_int_equal(kn_packed_bytes(KN_TYPE_f32, 0, 7, &bytes), 0);
    assert_int_equal(bytes, 0);
}

/* Models take their weights as they lie. */
static void the_best_kernel_needs_no_packing(void **state)
{
    (void)state;
    size_t n;
    const struct kn_kernel *all = kn_kernels(&n);
    for (size_t i = 0; i < n; i++) {
        assert_false(all[i].packed && all[i].op != KN_OP_matmul);
        assert_false(kn_best(all[i].op, all[i].type, ~0u)->packed);
        if (all[i].packed) /* and what needs it can have it */
            assert_non_null(kn_best(KN_OP_pack, all[i].type, all[i].level));
    }
#ifdef KN_HAVE_X86
    assert_true(kn_find(KN_OP_matmul, KN_TYPE_f32, "avx512_packed")->packed);
#endif
}

static void check_product(enum kn_type type, struct kn_dims d, size_t offset, struct tare_pool *pool)
{
    struct trial t;
    const struct kn_kernel *kernel;
    trial_make_typed(&t, KN_OP_matmul, type, d, offset);
    trial_reference(&t);
    for (size_t v = 1; (kernel = trial_variant(&t, v)) != NULL; v++) {
        if (!kernel->packed)
            continue;
        trial_run(&t, kernel, NULL);
        trial_check_like_ref(&t, kernel);
        if (!pool)
            continue;
        memcpy(t.ref, t.y, t.c.out_count * sizeof(float));
        trial_run(&t, kernel, pool);
        assert_memory_equal(t.ref, t.y, t.c.out_count * sizeof(float));
    }
    trial_free(&t);
}

/* Rows of x to one tile, to several, to a block and some over; columns to a panel and some over, to eight, for which x
 * is read as it lies, and more; rows of w in one part and in several, of equal length and not. */
static void products_of_packed_weights_stay_within_their_bound(void **state)
{
    (void)state;
    static const size_t rows[] = { 1, 2, 5, 13, 14, 15, 28, 29, 57 }, lengths[] = { 0, 1, 3, 4, 17, 64, 129 };
    static const struct kn_dims large[] = {
        { 1, 37, 8200 },    { 9, 33, 16390 },  { 16, 70, 1030 },   { 139, 33, 260 },
        { 141, 64, 513 },   { 141, 31, 2500 }, { 150, 100, 2051 }, { 281, 40, 1025 },
        { 300, 200, 1100 }, { 425, 1, 70 },    { 75, 70, 4100 },   { 139, 257, 260 },
        { 141, 289, 2500 }, { 15, 300, 2051 }, { 281, 270, 1025 }, { 425, 257, 70 },
    };
    for (size_t t = 0; t < TYPES; t++) {
        for (size_t m = 0; m < sizeof rows / sizeof *rows; m++)
            for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++)
                for (size_t n = 1; n <= 287; n += n < 63 ? 1 + n % 32 : 224)
                    check_product(types[t], (struct kn_dims){ rows[m], n, lengths[k] }, n % 4, NULL);
        for (size_t i = 0; i < sizeof large / sizeof *large; i++)
            check_product(types[t], large[i], i % 4, NULL);
    }
}

/* A part begins with a panel, and its sums are those of the whole. */
static void a_pool_computes_what_one_thread_computes(void **state)
{
    (void)state;
    static const struct kn_dims sizes[] = { { 1, 333, 70 }, { 20, 100, 2051 }, { 150, 200, 1100 }, { 150, 333, 1100 } };
    for (int threads = 2; threads <= 8; threads += 3) {
        struct tare_pool *pool;
        assert_int_equal(tare_pool_create(&pool, threads, NULL), 0);
        for (size_t t = 0; t < TYPES; t++)
            for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
                check_product(types[t], sizes[i], i % 4, pool);
        tare_pool_free(pool);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_weight_lies_in_its_panel),
    cmocka_unit_test(sizes_and_types_without_a_packed_copy_are_refused),
    cmocka_unit_test(the_best_kernel_needs_no_packing),
    cmocka_unit_test(products_of_packed_weights_stay_within_their_bound),
    cmocka_unit_test(a_pool_computes_what_one_thread_computes),
};

TARE_TEST_MAIN(tests)
