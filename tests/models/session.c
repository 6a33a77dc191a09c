/* Sessions: what they take of memory and when, and what they refuse. */
#include <lm/generate.h>
#include <lm/model.h>
#include <lm/sampler.h>
#include <lm/session.h>

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/pool.h"
#include "framework/base/sanitized.h"
#include "models/runtime/kv_cache.h"
#include "tests/harness.h"
#include "tests/models/fake_file.h"

/* Counts what the program takes from the heap, but for sanitizers, which have a heap of their own. */
static atomic_size_t n_allocations;
#if defined(__GLIBC__) && !TARE_SANITIZED
#define COUNTS 1
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

void *malloc(size_t n)
{
    atomic_fetch_add(&n_allocations, 1);
    return __libc_malloc(n);
}
void *calloc(size_t n, size_t size)
{
    atomic_fetch_add(&n_allocations, 1);
    return __libc_calloc(n, size);
}
void *realloc(void *p, size_t n)
{
    atomic_fetch_add(&n_allocations, 1);
    return __libc_realloc(p, n);
}
void *aligned_alloc(size_t alignment, size_t n)
{
    atomic_fetch_add(&n_allocations, 1);
    return __libc_memalign(alignment, n);
}
int posix_memalign(void **p, size_t alignment, size_t n)
{
    atomic_fetch_add(&n_allocations, 1);
    *p = __libc_memalign(alignment, n);
    return *p ? 0 : 12;
}
#else
#define COUNTS 0
#endif

static struct lm_model *make_model(size_t config, enum kn_type type)
{
    struct lm_model *m;
    assert_int_equal(lm_model_random(&m, &fake_configs[config], type, 1, NULL), 0);
    return m;
}

static struct lm_session *make_session(const struct lm_model *m, const struct lm_session_plan *plan)
{
    struct lm_session *s;
    assert_int_equal(lm_session_create(&s, m, plan), 0);
    return s;
}

struct seen {
    size_t n, at_start, at_end;
};

static bool count_token(void *ctx, size_t sequence, int32_t id)
{
    (void)sequence;
    (void)id;
    struct seen *seen = ctx;
    seen->at_end = atomic_load(&n_allocations);
    if (seen->n++ == 0)
        seen->at_start = seen->at_end;
    return true;
}

static void no_token_takes_memory(void **state)
{
    (void)state;
    if (!COUNTS)
        skip();
    struct tare_pool *pool;
    assert_int_equal(tare_pool_create(&pool, 2, NULL), 0);
    for (size_t c = 0; c < n_fake_configs; c++) {
        struct lm_model *m = make_model(c, KN_TYPE_q8_0);
        struct lm_session *s =
            make_session(m, &(struct lm_session_plan){
                                .kv = KN_TYPE_f16, .n_sequences = 2, .pool = pool, .levels = tare_cpu_levels() });
        struct lm_sampler *samplers[2];
        const struct lm_sampler_plan plan = { .temperature = 1, .top_p = 0.9, .min_p = 0.01, .repeat_penalty = 1.1 };
        static const int32_t ids[] = { 1, 2, 3, 4, 5 };
        const struct lm_prompt prompts[] = { { ids, 5 }, { ids, 3 } };
        struct seen seen = { 0 };
        struct lm_generated how;
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(lm_sampler_create(&samplers[i], &plan, fake_configs[c].n_vocab), 0);
        const struct lm_generate g = { .prompts = prompts,
                                       .samplers = samplers,
                                       .n_prompts = 2,
                                       .max_tokens = 50,
                                       .token = count_token,
                                       .ctx = &seen };
        size_t before = atomic_load(&n_allocations);
        assert_int_equal(lm_generate(s, &g, &how), 0);
        assert_int_equal(how.n_tokens, 100);
        assert_int_equal(seen.n, 100);
        assert_int_equal(seen.at_end, seen.at_start);
        assert_int_equal(seen.at_start, before); /* nor does the prompt */
        assert_true(before > 0);
        for (size_t i = 0; i < 2; i++)
            lm_sampler_free(samplers[i]);
        lm_session_free(s);
        lm_model_free(m);
    }
    tare_pool_free(pool);
}

static void the_cache_takes_what_the_formula_says(void **state)
{
    (void)state;
    static const struct {
        enum kn_type kv;
        size_t bytes; /* an element */
        size_t row;   /* more for each row of a head */
    } types[] = { { KN_TYPE_f32, 4, 0 }, { KN_TYPE_f16, 2, 0 }, { KN_TYPE_i8, 1, 4 } };
    for (size_t c = 0; c < n_fake_configs; c++)
        for (size_t t = 0; t < 3; t++)
            for (size_t batch = 1; batch <= 16; batch += 5) {
                const struct lm_config *k = &fake_configs[c];
                struct lm_model *m = make_model(c, KN_TYPE_f32);
                struct lm_session *s =
                    make_session(m, &(struct lm_session_plan){ .n_ctx = 33, .n_sequences = batch, .kv = types[t].kv });
                struct lm_session_memory memory = lm_session_memory(s);
                size_t rows = k->n_layers * 2 * batch * k->n_kv_heads;
                assert_int_equal(memory.kv_formula, rows * 33 * k->head_dim * types[t].bytes);
                size_t least = rows * 33 * (k->head_dim * types[t].bytes + types[t].row);
                assert_true(memory.kv_allocated >= least && memory.kv_allocated < least + rows * 64);
                assert_int_equal(lm_kv_formula(k, batch, 33, types[t].kv), memory.kv_formula);
                assert_true(memory.buffers > 0);
                lm_session_free(s);
                lm_model_free(m);
            }
    struct lm_config large = fake_configs[0];
    large.n_layers = SIZE_MAX / 4;
    assert_int_equal(lm_kv_formula(&large, 16, 1 << 20, KN_TYPE_f32), SIZE_MAX);
}

/* Some heads of one token, of every kernel level: the same bytes, and none beside them. */
static void the_cache_holds_what_the_plain_encoder_writes(void **state)
{
    (void)state;
    enum { HEADS = 3, MOST = 128 };
    static const enum kn_type types[] = { KN_TYPE_f32, KN_TYPE_f16, KN_TYPE_i8 };
    static const size_t dims[] = { 8, 64, 80, MOST };
    float k[HEADS * MOST], v[HEADS * MOST];
    char plain[MOST * sizeof(float)], zero[MOST * sizeof(float)] = { 0 };
    for (size_t i = 0; i < HEADS * MOST; i++) {
        k[i] = sinf((float)i * 0.7f) * (float)(i % 17);
        v[i] = cosf((float)i * 1.3f) * 0x1p-9f;
    }
    for (size_t t = 0; t < 3; t++)
        for (size_t d = 0; d < 4; d++)
            for (int all = 0; all < 2; all++) {
                struct lm_config c = { .n_layers = 2, .n_kv_heads = HEADS, .head_dim = dims[d] };
                struct lm_kv kv;
                size_t bytes = kn_row_bytes(types[t], dims[d]);
                assert_int_equal(lm_kv_create(&kv, &c, 1, 5, types[t], all ? tare_cpu_levels() : 0), 0);
                memset(kv.k, 0, kv.bytes);
                lm_kv_store(&kv, lm_kv_offset(&kv, 1, 0, 1, 2), 2, k, v);
                for (size_t h = 0; h < HEADS; h++)
                    for (size_t p = 0; p < 5; p++) {
                        size_t at = lm_kv_offset(&kv, 1, 0, h, p);
                        bool there = h > 0 && p == 2;
                        kn_encode_row(types[t], k + (h ? h - 1 : 0) * dims[d], plain, dims[d]);
                        assert_memory_equal(kv.k + at, there ? plain : zero, bytes);
                        kn_encode_row(types[t], v + (h ? h - 1 : 0) * dims[d], plain, dims[d]);
                        assert_memory_equal(kv.v + at, there ? plain : zero, bytes);
                    }
                lm_kv_free(&kv);
            }
}

static void plans_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct lm_session_plan plan;
        const char *says;
    } cases[] = {
        { { .n_ctx = 65 }, "more than the model's 64" },
        { { .n_sequences = 17 }, "17 sequences" },
        { { .kv = KN_TYPE_q8_0 }, "KV cache" },
    };
    struct lm_model *m = make_model(0, KN_TYPE_f32);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lm_session *s;
        assert_true(lm_session_create(&s, m, &cases[i].plan) < 0);
        assert_null(s);
        if (!strstr(tare_error(), cases[i].says))
            fail_msg("'%s' should say '%s'", tare_error(), cases[i].says);
    }
    lm_model_free(m);
}

static void growth_that_cannot_be_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    struct lm_model *m = make_model(0, KN_TYPE_f32);
    struct lm_session *s = make_session(m, &(struct lm_session_plan){ .n_ctx = 8, .n_sequences = 2 });
    const int32_t ids[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, high[] = { 1, 97 }, low[] = { -1 };
    double nats = 0;
    assert_int_equal(lm_session_feed(s, 0, ids, 9), TARE_EUSAGE);
    assert_int_equal(lm_session_feed(s, 0, high, 2), TARE_EUSAGE);
    assert_non_null(strstr(tare_error(), "97"));
    assert_int_equal(lm_session_feed(s, 0, low, 1), TARE_EUSAGE);
    assert_int_equal(lm_session_feed(s, 2, ids, 1), TARE_EUSAGE);
    assert_int_equal(lm_session_score(s, 0, high, 2, &nats, NULL, NULL), TARE_EUSAGE);
    assert_int_equal(lm_session_length(s, 0), 0);
    assert_int_equal(lm_session_feed(s, 0, ids, 8), 0);
    assert_int_equal(lm_session_feed(s, 0, ids, 1), TARE_EUSAGE);
    assert_int_equal(lm_session_feed(s, 1, ids, 2), 0);
    assert_int_equal(lm_session_step(s, ids, 2), TARE_EUSAGE); /* sequence 0 is full: neither grows */
    assert_int_equal(lm_session_length(s, 1), 2);
    assert_int_equal(lm_session_fill(s, 1, 9, 1), TARE_EUSAGE);
    lm_session_free(s);
    lm_model_free(m);
}

/* What was cut off leaves no trace, and sequences do not see each other. */
static void a_sequence_that_is_cut_grows_as_a_new_one_does(void **state)
{
    (void)state;
    static const enum kn_type caches[] = { KN_TYPE_f32, KN_TYPE_f16, KN_TYPE_i8 };
    const int32_t ids[] = { 5, 9, 2, 60, 33, 7 }, others[] = { 50, 40, 30, 20, 10 };
    for (size_t c = 0; c < n_fake_configs; c++)
        for (size_t t = 0; t < 3; t++) {
            struct lm_model *m = make_model(c, KN_TYPE_f32);
            const struct lm_session_plan plan = { .n_sequences = 3, .kv = caches[t], .levels = tare_cpu_levels() };
            struct lm_session *once = make_session(m, &plan), *s = make_session(m, &plan);
            assert_int_equal(lm_session_feed(once, 1, ids, 6), 0);
            assert_int_equal(lm_session_fill(s, 0, 20, 5), 0);
            assert_int_equal(lm_session_length(s, 0), 20);
            assert_int_equal(lm_session_feed(s, 2, others, 5), 0);
            assert_int_equal(lm_session_feed(s, 1, ids, 3), 0);
            assert_int_equal(lm_session_feed(s, 1, others, 5), 0);
            lm_session_cut(s, 1, 3);
            assert_int_equal(lm_session_feed(s, 1, ids + 3, 3), 0);
            for (size_t i = 0; i < fake_configs[c].n_vocab; i++)
                assert_true(fabsf(lm_session_logits(s, 1)[i] - lm_session_logits(once, 1)[i]) < 1e-2f);
            lm_session_free(once);
            lm_session_free(s);
            lm_model_free(m);
        }
}

/* Some tokens, one by one, whose last logits are kept; then seventeen scored ones, the last alone behind a full block.
 */
static void grow(struct lm_session *s, float *logits, size_t n_vocab, double *nats)
{
    const int32_t ids[17] = { 9, 4, 1000, 77, 5, 6, 1, 2, 3, 900, 17, 18, 19, 20, 21, 22, 23 };
    lm_session_cut(s, 0, 0);
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(lm_session_feed(s, 0, ids + i, 1), 0);
    memcpy(logits, lm_session_logits(s, 0), n_vocab * sizeof *logits);
    *nats = 0;
    assert_int_equal(lm_session_score(s, 0, ids, 17, nats, NULL, NULL), 0);
}

/* Of products as large as these each thread has a part of its own, and the rest goes to whoever is done first. */
static void however_the_threads_share_large_products_a_token_s_bits_are_the_same(void **state)
{
    (void)state;
    const struct lm_config wide = { LM_ARCH_llama,      "wide",          .n_vocab = 1090, .n_ctx = 32,
                                    .n_embd = 768,      .n_layers = 2,   .n_ff = 1120,    .n_heads = 12,
                                    .n_kv_heads = 4,    .head_dim = 64,  .rope_dims = 64, .rope = LM_ROPE_PAIRS,
                                    .rope_base = 10000, .rope_scale = 1, .norm_eps = 1e-5 };
    struct lm_model *m;
    assert_int_equal(lm_model_random(&m, &wide, KN_TYPE_f32, 3, NULL), 0);
    struct lm_session *alone = make_session(m, &(struct lm_session_plan){ .levels = tare_cpu_levels() });
    static float right[1090], logits[1090];
    double right_nats, nats;
    grow(alone, right, wide.n_vocab, &right_nats);
    for (int threads = 2; threads <= 5; threads++) {
        struct tare_pool *pool;
        assert_int_equal(tare_pool_create(&pool, threads, NULL), 0);
        const struct lm_session_plan plan = { .pool = pool, .levels = tare_cpu_levels() };
        struct lm_session *s = make_session(m, &plan);
        for (int again = 0; again < 3; again++) {
            grow(s, logits, wide.n_vocab, &nats);
            assert_memory_equal(logits, right, sizeof right);
            assert_true(fabs(nats - right_nats) < 1e-5 * right_nats);
        }
        lm_session_free(s);
        tare_pool_free(pool);
    }
    lm_session_free(alone);
    lm_model_free(m);
}

static bool end_at_five(void *ctx, size_t sequence, int32_t id)
{
    (void)id;
    size_t *counts = ctx;
    return ++counts[sequence] < 5 + sequence;
}

static void generation_ends_where_it_is_told_to_or_the_context_does(void **state)
{
    (void)state;
    struct lm_model *m = make_model(0, KN_TYPE_f32);
    struct lm_session *s = make_session(m, &(struct lm_session_plan){ .n_ctx = 12, .n_sequences = 2 });
    struct lm_sampler *samplers[2];
    const int32_t ids[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 };
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(lm_sampler_create(&samplers[i], &(struct lm_sampler_plan){ 0 }, 97), 0);
    struct lm_prompt prompts[] = { { ids, 3 }, { ids, 2 } };
    size_t counts[2] = { 0 };
    int64_t step_ns[30];
    struct lm_generate g = { .prompts = prompts,
                             .samplers = samplers,
                             .n_prompts = 2,
                             .max_tokens = 30,
                             .ctx = counts,
                             .token = end_at_five,
                             .step_ns = step_ns };
    struct lm_generated how;
    assert_int_equal(lm_generate(s, &g, &how), 0);
    assert_int_equal(how.n_tokens, 4 + 5);
    assert_int_equal(how.n_steps, 6);
    assert_int_equal(how.n_prompted, 5);
    assert_true(how.prompt_ns <= how.first_ns && how.first_ns <= how.last_ns && !how.filled);
    for (size_t i = 1; i < how.n_steps; i++)
        assert_true(step_ns[i] >= step_ns[i - 1]);
    assert_true(step_ns[0] == how.first_ns && step_ns[5] == how.last_ns);
    g.token = NULL;
    assert_int_equal(lm_generate(s, &g, &how), 0);
    assert_true(how.filled);
    assert_int_equal(how.n_steps, 10); /* 3 and 9 fill the context; the tenth follows the last */
    prompts[1].n = 0;
    assert_int_equal(lm_generate(s, &g, &how), TARE_EUSAGE);
    assert_non_null(strstr(tare_error(), "empty"));
    prompts[1].n = 13;
    assert_int_equal(lm_generate(s, &g, &how), TARE_EUSAGE);
    assert_non_null(strstr(tare_error(), "prompt of 13 tokens"));
    for (size_t i = 0; i < 2; i++)
        lm_sampler_free(samplers[i]);
    lm_session_free(s);
    lm_model_free(m);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(no_token_takes_memory),
    cmocka_unit_test(the_cache_takes_what_the_formula_says),
    cmocka_unit_test(the_cache_holds_what_the_plain_encoder_writes),
    cmocka_unit_test(plans_that_make_no_sense_are_refused),
    cmocka_unit_test(growth_that_cannot_be_is_refused_and_changes_nothing),
    cmocka_unit_test(a_sequence_that_is_cut_grows_as_a_new_one_does),
    cmocka_unit_test(however_the_threads_share_large_products_a_token_s_bits_are_the_same),
    cmocka_unit_test(generation_ends_where_it_is_told_to_or_the_context_does),
};

TARE_TEST_MAIN(tests)
