/* Products with weights of every type, against the exact sum of the decoded weights. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/pool.h"
#include "framework/base/rng.h"
#include "kernels/quant/activations.h"
#include "tests/harness.h"
#include "tests/kernels/trial.h"

static void check_variants(struct trial *t, struct tare_pool *pool)
{
    const struct kn_kernel *kernel;
    trial_reference(t);
    for (size_t i = 0; i < t->c.out_count; i++) {
        struct expected e = trial_expected(t, i);
        long double error = 1.001L * 0x1p-24L * fabsl(e.value) + 0x1p-149L;
        if (fabsl(t->ref[i] - e.value) > error)
            fail_msg("%s: ref has %a at %zu, exactly it is %La", kn_type_name(t->c.type), (double)t->ref[i], i,
                     e.value);
    }
    for (size_t v = 1; (kernel = trial_variant(t, v)) != NULL; v++) {
        trial_run(t, kernel, pool);
        trial_check_like_ref(t, kernel);
    }
}

static void check(enum kn_type type, struct kn_dims d, size_t offset)
{
    struct trial t;
    trial_make_typed(&t, KN_OP_matmul, type, d, offset);
    check_variants(&t, NULL);
    trial_free(&t);
}

/* K over whole blocks of every count up to 9 and some beyond (by single elements where there are no blocks), and rows
 * of x and w that no kernel takes at once. */
static void products_of_every_type_stay_within_their_bound(void **state)
{
    (void)state;
    for (enum kn_type type = KN_TYPE_f32 + 1; type < KN_N_TYPES; type++) {
        size_t block = kn_type_block(type), blocks = block == 1 ? 70 : 9;
        for (size_t k = 0; k <= blocks; k++) {
            check(type, (struct kn_dims){ 1, 11, k * block }, k % 4);
            check(type, (struct kn_dims){ 4, 7, k * block }, k % 4);
        }
        for (size_t n = 0; n <= 37; n++)
            check(type, (struct kn_dims){ n % 3 + 1, n, 256 }, n % 4);
        for (size_t m = 0; m <= 17; m++)
            check(type, (struct kn_dims){ m, 9, 256 }, m % 4);
        check(type, (struct kn_dims){ 3, 19, 17 * 256 }, 1);
        check(type, (struct kn_dims){ 130, 35, 512 }, 1);
        check(type, (struct kn_dims){ 70, 13, 2304 }, 1);
        check(type, (struct kn_dims){ 200, 35, 1280 }, 1);
    }
}

/* Rows of w that are short, and one element longer: as many as are taken at once, fewer, and some more. */
static void products_with_short_rows_stay_within_their_bound(void **state)
{
    (void)state;
    static const enum kn_type types[] = { KN_TYPE_f32, KN_TYPE_f16, KN_TYPE_bf16 };
    static const size_t lengths[] = { 1, 5, 8, 16, 23, 64, 65, 128, 129, 172, 256, 257 };
    for (size_t type = 0; type < sizeof types / sizeof *types; type++)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
            for (size_t n = 1; n <= 50; n += 7) {
                check(types[type], (struct kn_dims){ 1, n, lengths[i] }, i % 4);
                check(types[type], (struct kn_dims){ 5 + n % 12, n, lengths[i] }, n % 4);
            }
}

enum { MOST_ROWS = 17 };

/* Few rows of x: a column of y is within its bound, and has the same bits whatever columns are computed beside it, so
 * that a share of a thread may be any. */
static void check_columns(enum kn_type type, struct kn_dims d, size_t offset)
{
    enum { WORK = 1 << 20 };
    struct trial t;
    const struct kn_kernel *kernel;
    float *work = aligned_alloc(64, WORK);
    assert_non_null(work);
    assert_true(d.m <= MOST_ROWS);
    trial_make_typed(&t, KN_OP_matmul, type, d, offset);
    check_variants(&t, NULL);
    for (size_t v = 1; (kernel = trial_variant(&t, v)) != NULL; v++) {
        if (kernel->packed) /* a share is whole panels */
            continue;
        float column[MOST_ROWS];
        size_t row = kn_row_bytes(t.c.type, d.k);
        assert_true(!kernel->work_bytes || kernel->work_bytes(&d) <= WORK);
        trial_run(&t, kernel, NULL);
        for (size_t n = 0; n < d.n; n++) {
            struct kn_matmul a = { .x = t.in[0], .y = column, .m = d.m, .n = 1, .k = d.k, .ldy = 1, .work = work };
            a.w = (const char *)t.raw[1] + n * row;
            kernel->fn.matmul(&a);
            for (size_t m = 0; m < d.m; m++)
                assert_memory_equal(&column[m], &t.y[m * d.n + n], sizeof *column);
        }
    }
    trial_free(&t);
    free(work);
}

static void columns_of_few_rows_do_not_depend_on_their_neighbours(void **state)
{
    (void)state;
    static const enum kn_type types[] = { KN_TYPE_f32, KN_TYPE_f16, KN_TYPE_bf16 };
    for (size_t i = 0; i < 2 * MOST_ROWS * sizeof types / sizeof *types; i++)
        check_columns(types[i / (2 * MOST_ROWS)],
                      (struct kn_dims){ 1 + i % MOST_ROWS, 23, i / MOST_ROWS % 2 ? 1030 : 289 }, i % 4);
}

/* As many columns as come from parts of w far from one another, of which some would be at the same place of a page. */
static void columns_of_one_row_do_not_depend_on_how_far_the_parts_of_w_lie_apart(void **state)
{
    (void)state;
    static const size_t columns[] = { 191, 195, 259 };
    for (int type = 0; type < KN_N_TYPES; type++)
        for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
            check_columns((enum kn_type)type, (struct kn_dims){ 1, columns[i], 2048 }, i);
}

/* More rows of x than are rounded at once, more of k than a panel has. Of f32 one panel is packed while another is
 * used: as a whole, a half of it or not at all, by how many tiles the rows of x make. */
static void long_rows_are_taken_in_parts(void **state)
{
    static const size_t f32_rows[] = { 193, 200, 230, 257, 300, 517 };
    (void)state;
    for (size_t i = 0; i < sizeof f32_rows / sizeof *f32_rows; i++)
        check(KN_TYPE_f32, (struct kn_dims){ f32_rows[i], 97 + 2 * i, 1283 - i }, i % 4);
    check(KN_TYPE_f16, (struct kn_dims){ 300, 99, 1283 }, 1);
    check(KN_TYPE_f32, (struct kn_dims){ 300, 0, 40 }, 0);
    check(KN_TYPE_i8, (struct kn_dims){ 50, 33, 12325 }, 1);
    check(KN_TYPE_q6_k, (struct kn_dims){ 50, 33, 12544 }, 1);
}

static void a_row_that_is_no_whole_number_of_blocks_is_refused(void **state)
{
    (void)state;
    for (enum kn_type type = 0; type < KN_N_TYPES; type++) {
        struct kn_case c;
        size_t block = kn_type_block(type), k = 2 * block + block / 2;
        if (block == 1)
            continue;
        assert_int_equal(kn_case_make(&c, KN_OP_matmul, type, &(struct kn_dims){ 1, 1, k }), TARE_EUSAGE);
        assert_non_null(strstr(tare_error(), kn_type_name(type)));
        assert_non_null(strstr(tare_error(), "multiple"));
    }
}

static void a_pool_computes_what_one_thread_computes(void **state)
{
    (void)state;
    struct tare_pool *pool;
    assert_int_equal(tare_pool_create(&pool, 3, NULL), 0);
    for (enum kn_type type = KN_TYPE_f32 + 1; type < KN_N_TYPES; type++) {
        struct trial t;
        const struct kn_kernel *kernel;
        trial_make_typed(&t, KN_OP_matmul, type, (struct kn_dims){ 3, 333, 256 }, 0);
        for (size_t v = 0; (kernel = trial_variant(&t, v)) != NULL; v++) {
            trial_run(&t, kernel, NULL);
            memcpy(t.ref, t.y, t.c.out_count * sizeof(float));
            trial_run(&t, kernel, pool);
            assert_memory_equal(t.ref, t.y, t.c.out_count * sizeof(float));
        }
        trial_free(&t);
    }
    tare_pool_free(pool);
}

/* In x at its first, some middle and its last place. */
static void special_values_of_x_stay_in_their_row(void **state)
{
    (void)state;
    static const float specials[] = { NAN, INFINITY, -INFINITY, 0x1p-149f, -0x1p-125f, 1e30f };
    for (enum kn_type type = KN_TYPE_f32 + 1; type < KN_N_TYPES; type++)
        for (size_t m = 1; m <= 9; m += 4) {
            struct trial t;
            trial_make_typed(&t, KN_OP_matmul, type, (struct kn_dims){ m, 9, 512 }, 1);
            for (size_t v = 0; v < 3 * sizeof specials / sizeof *specials; v++) {
                size_t at = v % 3 * (m * 512 - 1) / 2;
                float old = t.in[0][at];
                t.in[0][at] = specials[v / 3];
                if (isfinite(specials[v / 3])) {
                    check_variants(&t, NULL);
                } else {
                    const struct kn_kernel *kernel;
                    trial_reference(&t);
                    for (size_t i = 1; (kernel = trial_variant(&t, i)) != NULL; i++) {
                        trial_run(&t, kernel, NULL);
                        trial_check_like_ref(&t, kernel);
                    }
                }
                t.in[0][at] = old;
            }
            trial_free(&t);
        }
}

/* A number in bf16 whose products with x cannot add up to more than a float holds: the bound says nothing of those. */
static uint16_t summable(uint16_t b)
{
    unsigned exponent = b >> 7 & 255;
    return exponent > 240 && exponent < 255 ? (uint16_t)(b & ~(1u << 14)) : b;
}

/* The same of what begins with a f32: a row of i8, a block of nf4. */
static void tame(enum kn_type type, uint8_t *row, size_t bytes)
{
    size_t step = type == KN_TYPE_nf4 ? 36 : type == KN_TYPE_i8 ? bytes : 0;
    for (size_t i = 3; step > 0 && i < bytes; i += step)
        row[i] &= 0xbf;
}

/* Bytes at random: scales of every size, infinities and NaN among them. */
static void weights_of_any_bytes_are_what_they_decode_to(void **state)
{
    (void)state;
    struct tare_rng rng;
    tare_rng_seed(&rng, 9);
    for (enum kn_type type = KN_TYPE_f32 + 1; type < KN_N_TYPES; type++)
        for (size_t m = 1; m <= 6; m += 5) {
            struct trial t;
            const struct kn_kernel *kernel;
            trial_make_typed(&t, KN_OP_matmul, type, (struct kn_dims){ m, 200, 256 }, 0);
            for (size_t i = 0; i < t.c.in[1].bytes; i++)
                ((uint8_t *)t.raw[1])[i] = (uint8_t)(tare_rng_u64(&rng) >> 56);
            for (size_t i = 0; type == KN_TYPE_bf16 && i < t.c.in[1].bytes / 2; i++)
                ((uint16_t *)t.raw[1])[i] = summable(((uint16_t *)t.raw[1])[i]);
            size_t bytes = kn_row_bytes(type, t.c.in[1].cols);
            for (size_t r = 0; r < t.c.in[1].rows; r++)
                tame(type, (uint8_t *)t.raw[1] + r * bytes, bytes);
            trial_decode(&t, 1);
            trial_reference(&t);
            for (size_t v = 1; (kernel = trial_variant(&t, v)) != NULL; v++) {
                trial_run(&t, kernel, NULL);
                trial_check_like_ref(&t, kernel);
            }
            trial_free(&t);
        }
}

/* ---- x in int8 ---- */

/* The exact product of x as it was rounded: element i of y, and how large its terms are. A minimum and what it is taken
 * from may both be larger than w, of this data by less than four times the largest w of a block. */
static struct expected rounded_product(const struct trial *t, const char *work, size_t i)
{
    size_t n = t->c.dims.n, k = t->c.dims.k, block = t->c.type == KN_TYPE_i8 ? k : KN_ACT_BLOCK;
    struct kn_act a = kn_act_at((void *)work, k, block, i / n);
    const float *w = t->in[1] + i % n * k;
    long double sum = 0, size = 0;
    for (size_t b = 0; b < k / block; b++) {
        long double largest = 0, dot = 0, magnitude = 0;
        for (size_t j = b * block; j < (b + 1) * block; j++) {
            dot += (long double)a.q[j] * w[j];
            magnitude += fabsl((long double)a.q[j]);
            largest = fmaxl(largest, fabsl((long double)w[j]));
        }
        sum += a.scale[b] * dot;
        size += a.scale[b] * magnitude * 4 * largest;
    }
    long double roundings = (long double)k / KN_ACT_BLOCK + 24;
    return (struct expected){ sum, roundings * 0x1p-24L * size + 0x1p-140L };
}

/* What is left when the rounding of x is taken out is a few roundings of floats: hundreds of times less. */
static void with_x_in_int8_products_are_exact_but_for_a_few_roundings(void **state)
{
    (void)state;
    static const struct kn_dims sizes[] = {
        { 1, 37, 2048 }, { 2, 9, 768 }, { 3, 9, 256 }, { 4, 21, 1024 }, { 9, 40, 512 }
    };
    for (enum kn_type type = 0; type < KN_N_TYPES; type++)
        for (size_t s = 0; kn_type_rounds_x(type) && s < sizeof sizes / sizeof *sizes; s++) {
            struct trial t;
            const struct kn_kernel *kernel;
            const struct kn_dims *d = &sizes[s];
            size_t block = type == KN_TYPE_i8 ? d->k : KN_ACT_BLOCK, bytes = d->m * kn_act_bytes(d->k, block);
            char *work = aligned_alloc(64, bytes);
            assert_non_null(work);
            trial_make_typed(&t, KN_OP_matmul, type, *d, 1);
            kn_act_quantise_ref(t.in[0], d->m, d->k, block, work);
            for (size_t v = 1; (kernel = trial_variant(&t, v)) != NULL; v++) {
                trial_run(&t, kernel, NULL);
                for (size_t i = 0; i < t.c.out_count; i++) {
                    struct expected e = rounded_product(&t, work, i);
                    if (fabsl(t.y[i] - e.value) > e.error)
                        fail_msg("%s %s: y[%zu] is %a, with x rounded it is %La, the bound is %La; m=%zu k=%zu",
                                 kn_type_name(type), kernel->variant, i, (double)t.y[i], e.value, e.error, d->m, d->k);
                }
            }
            trial_free(&t);
            free(work);
        }
}

static void every_instruction_set_rounds_x_to_the_same_bytes(void **state)
{
    (void)state;
    static const struct {
        unsigned level;
        kn_act_fn *fn;
    } sets[] = {
        { TARE_CPU_REF, kn_act_quantise_ref },
#ifdef KN_HAVE_X86
        { TARE_CPU_AVX2, kn_act_quantise_avx2 },
        { TARE_CPU_AVX512, kn_act_quantise_avx512 },
#endif
#ifdef KN_HAVE_NEON
        { TARE_CPU_NEON, kn_act_quantise_neon },
#endif
    };
    enum { M = 3, MOST_K = 320 };
    struct tare_rng rng;
    tare_rng_seed(&rng, 4);
    static float x[M * MOST_K];
    static _Alignas(64) char want[M * 1024], got[M * 1024];
    for (size_t k = 0; k <= MOST_K; k++)
        for (int whole = k % KN_ACT_BLOCK != 0; whole < 2; whole++) {
            size_t block = !whole ? KN_ACT_BLOCK : k > 0 ? k : 1, bytes = M * kn_act_bytes(k, block);
            assert_true(bytes <= sizeof want);
            for (size_t i = 0; i < M * k; i++)
                x[i] = ldexpf((float)((int64_t)tare_rng_u64(&rng) >> 40), -(int)(i / 32 % 5) * 36);
            kn_act_quantise_ref(x, M, k, block, want);
            for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
                if ((sets[s].level & ~tare_cpu_levels()) != 0)
                    continue;
                memset(got, 0x55, sizeof got);
                sets[s].fn(x, M, k, block, got);
                if (memcmp(got, want, bytes) != 0)
                    fail_msg("set %zu differs, k=%zu block=%zu", s, k, block);
            }
        }
}

/* |x - scale q| <= scale / 2 (1 + 2^-10), and the sums are those of q. */
static void x_lies_within_half_a_step_of_its_integers(void **state)
{
    (void)state;
    enum { K = 4096 };
    static float x[K];
    static _Alignas(64) char work[K + 2 * K / 8];
    struct tare_rng rng;
    tare_rng_seed(&rng, 6);
    for (size_t i = 0; i < K; i++)
        x[i] = ldexpf((float)((int64_t)tare_rng_u64(&rng) >> 40), -(int)(i / 32 % 9) * 16);
    kn_act_quantise_ref(x, 1, K, KN_ACT_BLOCK, work);
    struct kn_act a = kn_act_at(work, K, KN_ACT_BLOCK, 0);
    for (size_t b = 0; b < K / KN_ACT_BLOCK; b++) {
        int32_t sum = 0;
        double largest = 0;
        for (size_t i = b * KN_ACT_BLOCK; i < (b + 1) * KN_ACT_BLOCK; i++) {
            double scale = (double)a.scale[b], e = fabs((double)x[i] - scale * a.q[i]);
            assert_true(e <= scale / 2 * (1 + 0x1p-10));
            largest = fmax(largest, fabs((double)x[i]));
            sum += a.q[i];
        }
        assert_int_equal(sum, a.sum[b]);
        assert_true(a.scale[b] == (float)largest / 127);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(products_of_every_type_stay_within_their_bound),
    cmocka_unit_test(products_with_short_rows_stay_within_their_bound),
    cmocka_unit_test(columns_of_few_rows_do_not_depend_on_their_neighbours),
    cmocka_unit_test(columns_of_one_row_do_not_depend_on_how_far_the_parts_of_w_lie_apart),
    cmocka_unit_test(long_rows_are_taken_in_parts),
    cmocka_unit_test(a_row_that_is_no_whole_number_of_blocks_is_refused),
    cmocka_unit_test(a_pool_computes_what_one_thread_computes),
    cmocka_unit_test(special_values_of_x_stay_in_their_row),
    cmocka_unit_test(weights_of_any_bytes_are_what_they_decode_to),
    cmocka_unit_test(with_x_in_int8_products_are_exact_but_for_a_few_roundings),
    cmocka_unit_test(every_instruction_set_rounds_x_to_the_same_bytes),
    cmocka_unit_test(x_lies_within_half_a_step_of_its_integers),
};

TARE_TEST_MAIN(tests)
