/* The forward pass of every architecture, against one in double precision, and against itself computed in other ways.
 */
#include <lm/model.h>
#include <lm/session.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/pool.h"
#include "framework/base/rng.h"
#include "tests/harness.h"
#include "tests/models/slow.h"

enum { N = 41 };

/* Of the largest logit. Sums of up to 144 products in float, a few layers deep, come to about 1e-6 here. */
static const double BOUND = 3e-6;

struct setting {
    const char *name;
    size_t chunk, first; /* `first` tokens in one call, then the rest one by one; 0 = all in one call */
    int threads;
    const char *level; /* a mask, or NULL for all */
};

static const struct setting settings[] = {
    { "plain", 0, 0, 1, "ref" },
    { "best kernels", 0, 0, 1, NULL },
    { "AVX2", 0, 0, 1, "avx2" },
    { "chunks of 7", 7, 0, 1, NULL },
    { "token by token", 0, 1, 1, NULL },
    { "chunks, then tokens", 5, 17, 1, NULL },
    { "two threads", 0, 0, 2, NULL },
    { "three threads", 0, 0, 3, NULL },
    { "seven threads", 0, 0, 7, NULL },
    { "seven threads, tokens", 0, 1, 7, NULL },
    { "threads and chunks", 9, 20, 4, "ref" },
};

static void tokens(int32_t *ids, size_t n, size_t n_vocab)
{
    struct tare_rng rng;
    tare_rng_seed(&rng, 7);
    for (size_t i = 0; i < n; i++)
        ids[i] = (int32_t)tare_rng_below(&rng, n_vocab);
}

static struct lm_model *open_model(struct lm_file *f, const struct lm_config *c)
{
    struct lm_model *m;
    fake_make(f, c);
    fake_add_all(f);
    assert_int_equal(lm_model_open(&m, f, &(struct lm_load){ 0 }), 0);
    return m;
}

static struct lm_session *open_session(const struct lm_model *m, const struct setting *how, struct tare_pool **pool,
                                       enum kn_type kv)
{
    struct lm_session *s;
    unsigned levels;
    *pool = NULL;
    if (how->level && tare_cpu_mask(&levels, how->level, tare_cpu_levels()))
        return NULL;
    if (!how->level)
        levels = tare_cpu_levels();
    if (how->threads > 1)
        assert_int_equal(tare_pool_create(pool, how->threads, NULL), 0);
    const struct lm_session_plan plan = { .chunk = how->chunk, .kv = kv, .levels = levels, .pool = *pool };
    assert_int_equal(lm_session_create(&s, m, &plan), 0);
    return s;
}

static void assert_near(const struct setting *how, const struct lm_config *c, const float *y, const double *right,
                        double bound)
{
    double largest = 0, off = 0;
    for (size_t i = 0; i < c->n_vocab; i++) {
        largest = fmax(largest, fabs(right[i]));
        off = fmax(off, fabs((double)y[i] - right[i]));
        if (!isfinite(y[i]))
            fail_msg("%s, %s: logit %zu is %g", c->name, how->name, i, (double)y[i]);
    }
    if (!(off <= bound * largest))
        fail_msg("%s, %s: off by %g of %g", c->name, how->name, off, largest);
}

/* Feeds the tokens as the setting says, and compares the logits wherever there are some. */
static void feed_and_compare(struct lm_session *s, const struct setting *how, const struct lm_config *c,
                             size_t sequence, const int32_t *ids, const double *right, double bound)
{
    size_t first = how->first ? how->first : N;
    assert_int_equal(lm_session_feed(s, sequence, ids, first), 0);
    assert_near(how, c, lm_session_logits(s, sequence), right + (first - 1) * c->n_vocab, bound);
    for (size_t i = first; i < N; i++) {
        assert_int_equal(lm_session_feed(s, sequence, ids + i, 1), 0);
        assert_near(how, c, lm_session_logits(s, sequence), right + i * c->n_vocab, bound);
    }
    assert_int_equal(lm_session_length(s, sequence), N);
}

static void every_architecture_agrees_with_double_precision_in_every_setting(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_fake_configs; i++) {
        const struct lm_config *c = &fake_configs[i];
        struct lm_file f;
        int32_t ids[N];
        struct lm_model *m = open_model(&f, c);
        tokens(ids, N, c->n_vocab);
        double *right = slow_logits(&f, ids, N);
        for (size_t j = 0; j < sizeof settings / sizeof *settings; j++) {
            struct tare_pool *pool;
            struct lm_session *s = open_session(m, &settings[j], &pool, KN_TYPE_f32);
            if (s)
                feed_and_compare(s, &settings[j], c, 0, ids, right, BOUND);
            lm_session_free(s);
            tare_pool_free(pool);
        }
        free(right);
        lm_model_free(m);
        fake_free(&f);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_architecture_agrees_with_double_precision_in_every_setting),
};

TARE_TEST_MAIN(tests)
