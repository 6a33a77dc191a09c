/* Attention against its definition: sizes that fit tiles and that do not, every cache type, and what no token may see.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/kernels/trial.h"

static const enum kn_type types[] = { KN_TYPE_f32, KN_TYPE_f16, KN_TYPE_i8 };

static void check(enum kn_type type, struct kn_dims d, size_t offset)
{
    struct trial t;
    trial_make_typed(&t, KN_OP_attention, type, d, offset);
    trial_reference(&t);
    const struct kn_kernel *kernel;
    for (size_t v = 1; (kernel = trial_variant(&t, v)) != NULL; v++) {
        trial_run(&t, kernel, NULL);
        trial_check_like_ref(&t, kernel);
    }
    trial_free(&t);
}

/* Heads in groups of 1, 3, 4 and 7; one token, a chunk and a prompt; before, at and behind the end of a block. */
static void every_variant_stays_within_its_bound(void **state)
{
    (void)state;
    static const struct kn_dims sizes[] = { { 1, 1, 64, 4, 4 },    { 1, 2, 16, 3, 1 },    { 1, 255, 32, 8, 2 },
                                            { 1, 256, 80, 7, 1 },  { 1, 257, 64, 14, 2 }, { 1, 600, 128, 4, 1 },
                                            { 2, 300, 64, 6, 2 },  { 5, 5, 64, 8, 2 },    { 17, 17, 64, 4, 1 },
                                            { 9, 300, 96, 3, 3 },  { 40, 40, 33, 2, 2 },  { 33, 290, 16, 4, 2 },
                                            { 20, 530, 48, 2, 1 }, { 3, 9, 7, 6, 2 },     { 1, 40, 5, 2, 1 },
                                            { 0, 9, 64, 4, 2 },    { 90, 90, 16, 1, 1 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t type = 0; type < sizeof types / sizeof *types; type++)
            check(types[type], sizes[i], i % 4);
}

/* Heads that fill no whole number of vectors, in groups of 1 to 5, few rows of them: before and behind the end of a
 * block, and at places of their own in y. */
static void small_heads_stay_within_their_bound(void **state)
{
    (void)state;
    for (size_t dim = 1; dim <= 40; dim += dim < 9 ? 1 : 5)
        for (size_t group = 1; group <= 5; group++)
            for (size_t type = 0; type < sizeof types / sizeof *types; type++) {
                check(types[type], (struct kn_dims){ 1, 30 + dim, dim, 2 * group, 2 }, dim % 4);
                check(types[type], (struct kn_dims){ 3, 250 + dim, dim, group, 1 }, group % 4);
            }
}

/* What stands behind a token changes nothing, whatever it is. */
/* Heads of 8 floats have a way of their own: one and many tokens, a few positions, whole vectors of them and one more
 * or fewer, and as many as are kept or one more. */
static void heads_of_eight_floats_stay_within_their_bound(void **state)
{
    (void)state;
    static const size_t positions[] = { 255, 256, 257, 511, 512, 513 };
    for (size_t n = 1; n <= 50; n++) {
        check(KN_TYPE_f32, (struct kn_dims){ 1, n, 8, 1 + n % 5 * 3, 1 }, n % 4);
        check(KN_TYPE_f32, (struct kn_dims){ n, n, 8, 8, 4 }, n % 4);
    }
    for (size_t i = 0; i < sizeof positions / sizeof *positions; i++) {
        check(KN_TYPE_f32, (struct kn_dims){ 1, positions[i], 8, 12, 3 }, i % 4);
        check(KN_TYPE_f32, (struct kn_dims){ 3, positions[i], 8, 4, 1 }, i % 4);
        check(KN_TYPE_f32, (struct kn_dims){ 20, positions[i], 8, 4, 2 }, i % 4);
    }
}

static void a_token_does_not_see_what_follows_it(void **state)
{
    (void)state;
    enum { TOKENS = 70, DIM = 64, TOKEN = 33 };
    struct trial t;
    trial_make(&t, KN_OP_attention, (struct kn_dims){ TOKENS, TOKENS, DIM, 2, 1 }, 0);
    const struct kn_kernel *kernel;
    for (size_t v = 0; (kernel = trial_kernel(KN_OP_attention, v)) != NULL; v++) {
        float before[2 * DIM];
        trial_run(&t, kernel, NULL);
        memcpy(before, t.y + TOKEN * 2 * DIM, sizeof before);
        float *k = t.in[1] + (TOKEN + 1) * DIM, *value = t.in[2] + (TOKEN + 1) * DIM, old_k = *k, old_v = *value;
        *k = 1e30f;
        *value = -1e30f;
        trial_run(&t, kernel, NULL);
        assert_memory_equal(t.y + TOKEN * 2 * DIM, before, sizeof before);
        assert_false(t.y[(TOKEN + 1) * 2 * DIM] == before[0]);
        *k = old_k;
        *value = old_v;
    }
    trial_free(&t);
}

/* One position that outweighs all others gives its value, wherever it stands: the largest score moves between blocks.
 */
static void the_largest_score_wins_wherever_it_stands(void **state)
{
    (void)state;
    enum { POSITIONS = 700, DIM = 32 };
    static const size_t places[] = { 0, 255, 256, 300, 699 };
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        struct trial t;
        trial_make(&t, KN_OP_attention, (struct kn_dims){ 1, POSITIONS, DIM, 2, 2 }, 0);
        for (size_t i = 0; i < DIM; i++) {
            t.in[0][i] = 1; /* head 0 */
            t.in[1][places[p] * DIM + i] = 40;
        }
        const struct kn_kernel *kernel;
        for (size_t v = 0; (kernel = trial_kernel(KN_OP_attention, v)) != NULL; v++) {
            trial_run(&t, kernel, NULL);
            for (size_t i = 0; i < DIM; i++)
                assert_true(fabsf(t.y[i] - t.in[2][places[p] * DIM + i]) < 1e-6f);
        }
        trial_free(&t);
    }
}

/* One token of a problem by `ref`, which is given the positions from `first` on and no window. */
static void attend_alone(const struct kn_attention *a, enum kn_type type, size_t token, size_t window, float *y)
{
    static double work[1024];
    size_t seen = a->past + token + 1, first = seen > window ? seen - window : 0, width = a->heads * a->head_dim;
    struct kn_attention one = *a;
    one.q += token * width;
    one.k = (const char *)a->k + first * a->position_stride;
    one.v = (const char *)a->v + first * a->position_stride;
    one.y = y;
    one.tokens = 1;
    one.past = seen - first - 1;
    one.work = work;
    kn_call(kn_find(KN_OP_attention, type, "ref"), &(union kn_args){ .attention = one });
}

static void check_window(const struct trial *t, const struct kn_kernel *kernel, size_t window)
{
    const struct kn_dims *d = &t->c.dims;
    size_t width = d->heads * d->k, bytes = kn_work_bytes(kernel, d, 1);
    void *work = aligned_alloc(64, (bytes + 127) / 64 * 64);
    float *y = malloc(t->c.out_count * sizeof *y), *alone = malloc(width * sizeof *alone);
    const void *in[KN_MAX_INPUTS] = { t->raw[0], t->raw[1], t->raw[2] };
    union kn_args args;
    assert_true(work && y && alone);
    memset(work, 0xff, bytes);
    memset(y, 0xff, t->c.out_count * sizeof *y);
    kn_case_args(&t->c, kernel, in, y, work, &args);
    args.attention.window = window;
    kn_call(kernel, &args);
    for (size_t token = 0; token < d->m; token++) {
        attend_alone(&args.attention, t->c.type, token, window, alone);
        for (size_t i = 0; i < width; i++)
            if (!(fabsf(y[token * width + i] - alone[i]) < 4e-6f))
                fail_msg("%s %s: window %zu, token %zu of %zu, %zu positions: y[%zu] is %g, not %g", kernel->variant,
                         kn_type_name(t->c.type), window, token, d->m, d->n, i, (double)y[token * width + i],
                         (double)alone[i]);
    }
    free(work);
    free(y);
    free(alone);
}

/* Few rows and many, windows shorter and longer than a block, than the tokens and than all there is. */
static void a_token_sees_no_further_back_than_its_window(void **state)
{
    (void)state;
    static const struct kn_dims sizes[] = { { 1, 600, 128, 4, 1 }, { 3, 300, 64, 6, 2 },  { 40, 40, 33, 2, 2 },
                                            { 33, 290, 16, 4, 2 }, { 20, 530, 48, 2, 1 }, { 300, 300, 8, 1, 1 },
                                            { 2, 60, 8, 4, 2 },    { 40, 270, 8, 2, 1 },  { 40, 120, 8, 2, 1 } };
    static const size_t windows[] = { 1, 2, 31, 255, 256, 257, 299, 1000 };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t type = 0; type < sizeof types / sizeof *types; type++) {
            struct trial t;
            trial_make_typed(&t, KN_OP_attention, types[type], sizes[s], s % 4);
            const struct kn_kernel *kernel;
            for (size_t v = 0; (kernel = trial_variant(&t, v)) != NULL; v++)
                for (size_t w = 0; w < sizeof windows / sizeof *windows; w++)
                    check_window(&t, kernel, windows[w]);
            trial_free(&t);
        }
}

static void groups_that_do_not_divide_are_refused(void **state)
{
    (void)state;
    static const struct kn_dims bad[] = { { 1, 4, 64, 3, 2 }, { 1, 4, 64, 4, 0 }, { 5, 4, 64, 4, 2 } };
    struct kn_case c;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_not_equal(kn_case_make(&c, KN_OP_attention, KN_TYPE_f32, &bad[i]), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_variant_stays_within_its_bound),
    cmocka_unit_test(small_heads_stay_within_their_bound),
    cmocka_unit_test(heads_of_eight_floats_stay_within_their_bound),
    cmocka_unit_test(a_token_does_not_see_what_follows_it),
    cmocka_unit_test(the_largest_score_wins_wherever_it_stands),
    cmocka_unit_test(a_token_sees_no_further_back_than_its_window),
    cmocka_unit_test(groups_that_do_not_divide_are_refused),
};

TARE_TEST_MAIN(tests)
