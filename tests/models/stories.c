/* A trained model, in three formats: the ids and logits that llama2.c gives for it, by every way of computing them. */
#include <lm/file.h>
#include <lm/generate.h>
#include <lm/model.h>
#include <lm/sampler.h>
#include <lm/session.h>

#include <math.h>
#include <string.h>

#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/pool.h"
#include "tests/models/data.h"

/* stories260K.reference.md: greedily behind BOS, the first four being the prompt "Once upon a time". */
static const int32_t text[] = { 1,   403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 315, 421, 395, 317, 426,
                                338, 401, 396, 267, 337, 410, 408, 419, 292, 411, 322, 265, 282, 295, 433, 426,
                                385, 328, 432, 358, 394, 261, 370, 432, 352, 266, 268, 388, 426, 338, 391, 266,
                                267, 337, 335, 312, 432, 398, 312, 286, 267, 414, 270, 333, 415, 426, 13,  438 };
enum { N_TEXT = sizeof text / sizeof *text, N_PROMPT = 5 };

static const struct {
    size_t position;
    float logits[4];
} reference[] = {
    { 0, { -6.222911f, 8.404342f, -6.223737f, -6.222542f } },
    { 5, { -6.345011f, 0.677196f, -6.346439f, -6.344969f } },
    { 63, { -7.859766f, 1.138132f, -7.859973f, -7.860178f } },
};

/* How a model is stored and computed, and how far its logits may then lie from those of llama2.c, which computes in
 * f32. */
struct way {
    const char *file, *quantize;
    enum kn_type kv;
    const char *level;
    int threads;
    size_t chunk;
    bool uncached;
    double bound;
};

static const struct way ways[] = {
    { "stories260K.bin", NULL, KN_TYPE_f32, NULL, 1, 0, false, 2.5e-5 },
    { "stories260K.bin", NULL, KN_TYPE_f32, "ref", 1, 0, false, 2.5e-5 },
    { "stories260K.bin", NULL, KN_TYPE_f32, "avx2", 1, 0, false, 2.5e-5 },
    { "stories260K.bin", NULL, KN_TYPE_f32, NULL, 2, 3, false, 2.5e-5 },
    { "stories260K.bin", NULL, KN_TYPE_f32, NULL, 1, 0, true, 2.5e-5 },
    { "stories260K-f32.gguf", NULL, KN_TYPE_f32, NULL, 1, 0, false, 2.5e-5 },
    { "stories260K-f32.gguf", NULL, KN_TYPE_f32, "ref", 2, 2, true, 2.5e-5 },
    { "stories260K-f32.gguf", NULL, KN_TYPE_f16, NULL, 1, 0, false, 0.01 },
    { "stories260K-f32.gguf", NULL, KN_TYPE_i8, NULL, 2, 0, false, 0.2 },
    { "stories260K-f32.gguf", "float16", KN_TYPE_f32, NULL, 1, 0, false, 0.01 },
    { "stories260K-f32.gguf", "q8_0", KN_TYPE_f16, "ref", 1, 0, false, 0.3 },
    { "stories260K-f32.gguf", "q8_0", KN_TYPE_f16, "avx2", 1, 7, false, 0.3 },
    { "stories260K-f32.gguf", "q8_0", KN_TYPE_f16, "avx512", 1, 0, false, 0.3 },
    { "stories260K-f32.gguf", "q8_0", KN_TYPE_f16, NULL, 2, 3, false, 0.3 },
    { "stories260K-f16.gguf", NULL, KN_TYPE_f32, NULL, 1, 0, false, 0.01 },
    { "stories260K-f16.gguf", NULL, KN_TYPE_f16, "ref", 2, 4, false, 0.01 },
};

struct opened {
    struct lm_file *file;
    struct lm_model *model;
    struct lm_session *session;
    struct tare_pool *pool;
};

/* false where the machine has not the instruction set. */
static bool open_way(struct opened *o, const struct way *w, size_t n_sequences)
{
    unsigned levels = tare_cpu_levels();
    memset(o, 0, sizeof *o);
    if (w->level && tare_cpu_mask(&levels, w->level, tare_cpu_levels()))
        return false;
    char *path = data_file(w->file);
    assert_int_equal(lm_file_open(&o->file, path), 0);
    free(path);
    assert_int_equal(lm_model_open(&o->model, o->file, &(struct lm_load){ .quantize = w->quantize }), 0);
    if (w->threads > 1)
        assert_int_equal(tare_pool_create(&o->pool, w->threads, NULL), 0);
    const struct lm_session_plan plan = {
        .n_sequences = n_sequences, .chunk = w->chunk, .kv = w->kv, .levels = levels, .pool = o->pool
    };
    assert_int_equal(lm_session_create(&o->session, o->model, &plan), 0);
    return true;
}

static void close_way(struct opened *o)
{
    lm_session_free(o->session);
    lm_model_free(o->model);
    lm_file_close(o->file);
    tare_pool_free(o->pool);
}

static bool collect(void *ctx, size_t sequence, int32_t id)
{
    int32_t **at = ctx;
    *at[sequence]++ = id;
    return true;
}

static void the_text_is_written_token_for_token_in_every_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct opened o;
        struct lm_sampler *sampler;
        struct lm_generated how;
        int32_t ids[N_TEXT], *at = ids;
        if (!open_way(&o, &ways[i], 1))
            continue;
        assert_int_equal(lm_sampler_create(&sampler, &(struct lm_sampler_plan){ 0 }, 512), 0);
        const struct lm_generate g = { .prompts = &(struct lm_prompt){ text, N_PROMPT },
                                       .samplers = &sampler,
                                       .n_prompts = 1,
                                       .max_tokens = N_TEXT - N_PROMPT,
                                       .uncached = ways[i].uncached,
                                       .token = collect,
                                       .ctx = &at };
        assert_int_equal(lm_generate(o.session, &g, &how), 0);
        assert_int_equal(how.n_tokens, N_TEXT - N_PROMPT);
        for (size_t t = N_PROMPT; t < N_TEXT; t++)
            if (ids[t - N_PROMPT] != text[t])
                fail_msg("way %zu: token %zu is %d", i, t, (int)ids[t - N_PROMPT]);
        lm_sampler_free(sampler);
        close_way(&o);
    }
}

static void the_logits_are_those_of_llama2_c(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct opened o;
        if (!open_way(&o, &ways[i], 1))
            continue;
        for (size_t r = 0; r < sizeof reference / sizeof *reference; r++) {
            lm_session_cut(o.session, 0, 0);
            assert_int_equal(lm_session_feed(o.session, 0, text, reference[r].position + 1), 0);
            const float *logits = lm_session_logits(o.session, 0);
            for (size_t j = 0; j < 4; j++)
                if (!(fabsf(logits[j] - reference[r].logits[j]) <= ways[i].bound))
                    fail_msg("way %zu: logit %zu at %zu is %f", i, j, reference[r].position, (double)logits[j]);
        }
        close_way(&o);
    }
}

/* Sequences that begin at different places of the text, and so are of different lengths, step side by side. */
static void sixteen_sequences_together_are_what_each_is_alone(void **state)
{
    (void)state;
    struct opened o, alone;
    const struct way w = { "stories260K.bin", NULL, KN_TYPE_f32, NULL, 2, 0, false, 0 };
    assert_true(open_way(&o, &w, 16));
    assert_true(open_way(&alone, &w, 1));
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(lm_session_feed(o.session, i, text, i + 1), 0);
    for (size_t step = 0; step < 20; step++) {
        int32_t ids[16];
        for (size_t i = 0; i < 16; i++)
            ids[i] = text[i + 1 + step];
        assert_int_equal(lm_session_step(o.session, ids, 16), 0);
    }
    for (size_t i = 0; i < 16; i++) {
        lm_session_cut(alone.session, 0, 0);
        assert_int_equal(lm_session_feed(alone.session, 0, text, i + 21), 0);
        for (size_t j = 0; j < 512; j++)
            if (!(fabsf(lm_session_logits(o.session, i)[j] - lm_session_logits(alone.session, 0)[j]) <= 1e-4f))
                fail_msg("sequence %zu, logit %zu", i, j);
    }
    close_way(&o);
    close_way(&alone);
}

struct sums {
    double nats;
    size_t n;
};

/* Adds -log p of the token behind `position`. */
static void add_nats(void *ctx, size_t position, const float *logits)
{
    struct sums *s = ctx;
    if (position + 1 >= N_TEXT)
        return;
    double total = 0;
    for (size_t i = 0; i < 512; i++)
        total += exp((double)logits[i]);
    s->nats -= (double)logits[text[position + 1]] - log(total);
    s->n++;
}

static void perplexity_is_that_of_the_logits_one_by_one(void **state)
{
    (void)state;
    struct opened o;
    const struct way w = { "stories260K-f32.gguf", NULL, KN_TYPE_f32, NULL, 2, 24, false, 0 };
    struct sums slow = { 0, 0 }, same = { 0, 0 };
    double nats = 0, parts = 0;
    assert_true(open_way(&o, &w, 1));
    for (size_t i = 0; i < N_TEXT; i++) {
        assert_int_equal(lm_session_feed(o.session, 0, &text[i], 1), 0);
        add_nats(&slow, i, lm_session_logits(o.session, 0));
    }
    lm_session_cut(o.session, 0, 0);
    assert_int_equal(lm_session_score(o.session, 0, text, N_TEXT, &nats, add_nats, &same), 0);
    assert_int_equal(slow.n, N_TEXT - 1);
    assert_true(fabs(nats - slow.nats) < 1e-4 && fabs(same.nats - slow.nats) < 1e-4);
    lm_session_cut(o.session, 0, 0); /* in two parts it is the same */
    assert_int_equal(lm_session_score(o.session, 0, text, 31, &parts, NULL, NULL), 0);
    assert_int_equal(lm_session_score(o.session, 0, text + 31, N_TEXT - 31, &parts, NULL, NULL), 0);
    assert_true(fabs(parts - slow.nats) < 1e-4);
    assert_true(exp(nats / (N_TEXT - 1)) < 3); /* a text that the model itself wrote */
    close_way(&o);
}

/* Formats of few bits write other words, but stay near: the text keeps being likely. */
static void a_quantised_model_still_foretells_the_text(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        double most; /* perplexity; f32 has 1.498 */
    } types[] = { { "int8", 1.53 }, { "q8_0", 1.53 }, { "nf4", 1.8 }, { "q4_0", 1.8 }, { "float16", 1.5 } };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct opened o;
        const struct way w = { "stories260K-f32.gguf", types[i].type, KN_TYPE_i8, NULL, 1, 0, false, 0 };
        double nats = 0;
        assert_true(open_way(&o, &w, 1));
        assert_int_equal(lm_session_score(o.session, 0, text, N_TEXT, &nats, NULL, NULL), 0);
        if (!(exp(nats / (N_TEXT - 1)) < types[i].most))
            fail_msg("%s: perplexity %g", types[i].type, exp(nats / (N_TEXT - 1)));
        close_way(&o);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_text_is_written_token_for_token_in_every_way),
    cmocka_unit_test(the_logits_are_those_of_llama2_c),
    cmocka_unit_test(sixteen_sequences_together_are_what_each_is_alone),
    cmocka_unit_test(perplexity_is_that_of_the_logits_one_by_one),
    cmocka_unit_test(a_quantised_model_still_foretells_the_text),
};

TARE_TEST_MAIN(tests)
