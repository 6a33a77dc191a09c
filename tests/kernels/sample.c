/* What samplers keep and draw, on logits made so that the answer is known; and how often each token is drawn. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/kernels/trial.h"

enum { N = 3000 };

/* Draws once, with its own parameters, through the variant's function. */
static float draw(const struct kn_kernel *k, const float *x, size_t n, struct kn_sample how)
{
    float y = -1;
    void *work = NULL;
    assert_int_equal(posix_memalign(&work, 64, k->work_bytes(&(struct kn_dims){ 1, n, 1 })), 0);
    how.x = x;
    how.n = n;
    how.y = &y;
    how.work = work;
    kn_call(k, &(union kn_args){ .sample = how });
    free(work);
    return y;
}

/* The weights of the tokens are 2^-rank, the ranks scattered over the vocabulary by a step that is prime to it. */
static size_t place_of(size_t rank)
{
    return rank * 1777 % N;
}

static void fill(float *x)
{
    for (size_t rank = 0; rank < N; rank++)
        x[place_of(rank)] = -(float)rank * (float)M_LN2;
}

/* The number of draws out of `draws` with evenly spread u that fall on each rank. */
static void count(const struct kn_kernel *k, const float *x, struct kn_sample how, size_t draws, size_t *counts)
{
    memset(counts, 0, N * sizeof *counts);
    for (size_t i = 0; i < draws; i++) {
        how.u = ((float)i + 0.5f) / (float)draws;
        float y = draw(k, x, N, how);
        assert_true(y >= 0 && y < N);
        for (size_t rank = 0; rank < N; rank++)
            if (place_of(rank) == (size_t)y)
                counts[rank]++;
    }
}

static void tokens_are_drawn_as_often_as_their_weights_say(void **state)
{
    (void)state;
    static const struct {
        enum kn_op op;
        struct kn_sample how;
        size_t kept;
        double first; /* share of the largest */
    } cases[] = {
        { KN_OP_sample_temperature, { .temperature = 1 }, N, 0.5 },
        { KN_OP_sample_temperature, { .temperature = 0.5f }, N, 0.75 }, /* 1, 1/4, 1/16 ... */
        { KN_OP_sample_top_k, { .temperature = 1, .top_k = 1 }, 1, 1 },
        { KN_OP_sample_top_k, { .temperature = 1, .top_k = 3 }, 3, 4.0 / 7 },
        { KN_OP_sample_top_k, { .temperature = 1, .top_k = N + 5 }, N, 0.5 },
        { KN_OP_sample_top_p, { .temperature = 1, .top_p = 0.45f }, 1, 1 },
        { KN_OP_sample_top_p, { .temperature = 1, .top_p = 0.55f }, 2, 2.0 / 3 },
        { KN_OP_sample_top_p, { .temperature = 1, .top_p = 0.8f }, 3, 4.0 / 7 },
        { KN_OP_sample_top_p, { .temperature = 1, .top_p = 1 }, N, 0.5 },
    };
    enum { DRAWS = 400 };
    float x[N];
    size_t counts[N];
    fill(x);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const struct kn_kernel *k;
        for (size_t v = 0; (k = trial_kernel(cases[c].op, v)) != NULL; v++) {
            count(k, x, cases[c].how, DRAWS, counts);
            if (fabs((double)counts[0] - cases[c].first * DRAWS) > 1)
                fail_msg("%s %s: the largest was drawn %zu of %d times", kn_op_name(k->op), k->variant, counts[0],
                         DRAWS);
            for (size_t rank = cases[c].kept; rank < N; rank++)
                assert_int_equal(counts[rank], 0);
        }
    }
}

static void of_equal_logits_the_first_are_kept(void **state)
{
    (void)state;
    float x[N];
    for (size_t i = 0; i < N; i++)
        x[i] = i < 10 ? -1 : 2;
    const struct kn_kernel *k;
    for (size_t v = 0; (k = trial_kernel(KN_OP_sample_top_k, v)) != NULL; v++)
        for (size_t i = 0; i < 50; i++) {
            struct kn_sample how = { .temperature = 1, .top_k = 50, .u = ((float)i + 0.5f) / 50 };
            assert_true(draw(k, x, N, how) == (float)(10 + i));
        }
    for (size_t v = 0; (k = trial_kernel(KN_OP_argmax, v)) != NULL; v++) {
        float y;
        kn_call(k, &(union kn_args){ .reduce = { .x = x, .y = &y, .n = N } });
        assert_true(y == 10);
    }
}

static void logits_with_nan_or_none_draw_nothing(void **state)
{
    (void)state;
    static const enum kn_op ops[] = { KN_OP_sample_temperature, KN_OP_sample_top_k, KN_OP_sample_top_p };
    struct kn_sample how = { .temperature = 1, .top_k = 5, .top_p = 0.5f, .u = 0.5f };
    float x[N];
    fill(x);
    for (size_t o = 0; o < 3; o++) {
        const struct kn_kernel *k;
        for (size_t v = 0; (k = trial_kernel(ops[o], v)) != NULL; v++) {
            assert_true(isnan(draw(k, x, 0, how)));
            x[1234] = NAN;
            assert_true(isnan(draw(k, x, N, how)));
            fill(x);
        }
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(tokens_are_drawn_as_often_as_their_weights_say),
    cmocka_unit_test(of_equal_logits_the_first_are_kept),
    cmocka_unit_test(logits_with_nan_or_none_draw_nothing),
};

TARE_TEST_MAIN(tests)
