/* The suite `generation` in a host of a few lines: which cases there are, what they declare, and what they tell. */
#include "tests/harness.h"

#include <dirent.h>
#include <dlfcn.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tare/bench.h>

enum { MOST = 1024, MOST_BLOCKS = 8 };

struct seen {
    char id[160]; /* without the suite's name */
    struct tare_case c;
};

static struct seen seen[MOST];
static size_t n_seen;
static void *blocks[MOST_BLOCKS];
static size_t n_blocks;

static int add(const struct tare_host *h, const struct tare_case *c)
{
    (void)h;
    assert_true(n_seen < MOST);
    struct seen *s = &seen[n_seen++];
    int at = snprintf(s->id, sizeof s->id, "%s/%s", c->group, c->variant);
    for (size_t i = 0; i < c->n_params; i++) {
        const struct tare_param *p = &c->params[i];
        at += snprintf(s->id + at, sizeof s->id - (size_t)at, "/%s%s", p->name ? p->name : "", p->name ? "=" : "");
        at += p->text ? snprintf(s->id + at, sizeof s->id - (size_t)at, "%s", p->text)
                      : snprintf(s->id + at, sizeof s->id - (size_t)at, "%lld", (long long)p->num);
    }
    s->c = *c;
    return 0;
}

static int record_failure(const struct tare_host *h, const char *fmt, ...)
{
    (void)h;
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    fail_msg("%s", text);
    return -1;
}

static void *block(const struct tare_host *h, size_t bytes)
{
    (void)h;
    assert_true(n_blocks < MOST_BLOCKS);
    void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);
    assert_non_null(p);
    memset(p, 0, bytes);
    return blocks[n_blocks++] = p;
}

static const struct tare_host host = { .size = sizeof host,
                                       .abi = TARE_SUITE_ABI,
                                       .n_threads = 2,
                                       .add = add,
                                       .fail = record_failure,
                                       .alloc = block,
                                       .scratch = block };

static int load(void **state)
{
    unsetenv("TARE_MODEL");
    *state = dlopen(SUITE, RTLD_NOW | RTLD_LOCAL);
    if (!*state)
        fail_msg("%s", dlerror());
    const struct tare_suite *suite = dlsym(*state, "tare_suite");
    assert_non_null(suite);
    n_seen = 0;
    return suite->emit(&host);
}

static int unload(void **state)
{
    return dlclose(*state);
}

static const struct tare_case *find(const char *id)
{
    for (size_t i = 0; i < n_seen; i++)
        if (strcmp(seen[i].id, id) == 0)
            return &seen[i].c;
    fail_msg("no case %s", id);
    return NULL;
}

static double told(const char *id)
{
    const struct tare_case *c = find(id);
    double value = NAN;
    void *fixture = NULL;
    assert_int_equal(c->setup(&fixture, c, &host), 0);
    c->run(fixture, &(struct tare_loop){ .size = sizeof(struct tare_loop), .iters = 1, .value = &value });
    c->teardown(fixture);
    while (n_blocks)
        free(blocks[--n_blocks]);
    if (!(value > 0 && isfinite(value)))
        fail_msg("%s told %g", id, value);
    return value;
}

static void every_axis_has_its_values(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "prefill/f32/%s/prompt=10/batch=1/threads=1",
        "prefill/f32/%s/prompt=128/batch=1/threads=1",
        "prefill/f32/%s/prompt=200/batch=1/threads=1",
        "prefill/f32/%s/prompt=50/batch=16/threads=1",
        "ttft/f32/%s/prompt=greeting/greedy/threads=1",
        "ttft/f32/%s/prompt=unicode/greedy/threads=1",
        "ttft/f32/%s/prompt=50/top_k/threads=1",
        "e2e/f32/%s/prompt=50/new=1/greedy/batch=1/cache=on/threads=1",
        "e2e/f32/%s/prompt=50/new=5/greedy/batch=1/cache=on/threads=1",
        "e2e/f32/%s/prompt=50/new=10/greedy/batch=1/cache=on/threads=1",
        "e2e/f32/%s/prompt=50/new=100/greedy/batch=1/cache=on/threads=1",
        "e2e/f32/%s/prompt=50/new=20/top_p/batch=1/cache=on/threads=1",
        "e2e/f32/%s/prompt=50/new=20/temperature/batch=1/cache=on/threads=1",
        "e2e/f32/%s/prompt=507/new=5/greedy/batch=1/cache=on/threads=1",
        "e2e/f32/%s/prompt=507/new=5/greedy/batch=1/cache=off/threads=1",
        "tpot/f32/%s/prompt=50/new=20/greedy/batch=2/depth=0/threads=1",
        "tpot/f32/%s/prompt=50/new=20/greedy/batch=4/depth=0/threads=1",
        "tpot/f32/%s/prompt=50/new=20/greedy/batch=8/depth=0/threads=1",
        "tpot/f32/%s/prompt=50/new=20/greedy/batch=16/depth=0/threads=1",
        "tpot/f32/%s/prompt=50/new=20/greedy/batch=1/depth=1024/threads=1",
        "tpot/f32/%s/prompt=50/new=20/greedy/batch=1/depth=4096/threads=1",
        "tpot/f32/%s/prompt=50/new=20/greedy/batch=1/depth=8192/threads=1",
        "tpot/f32/%s/prompt=50/new=20/greedy/batch=1/depth=0/threads=2",
        "tpot/f16/%s/prompt=50/new=20/greedy/batch=1/depth=0/threads=1",
        "tpot/q8_0/%s/prompt=50/new=20/greedy/batch=1/depth=0/threads=1",
        "itl_p50/f32/%s/prompt=50/new=100/threads=1",
        "itl_p90/f32/%s/prompt=50/new=100/threads=1",
        "itl_p95/f16/%s/prompt=50/new=100/threads=1",
        "itl_p99/q8_0/%s/prompt=50/new=100/threads=1",
    };
    static const char *const models[] = { "tiny", "small", "stories15m" };
    char id[160];
    for (size_t m = 0; m < sizeof models / sizeof *models; m++)
        for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
            const char *model = strstr(ids[i], "%s");
            snprintf(id, sizeof id, "%.*s%s%s", (int)(model - ids[i]), ids[i], models[m], model + 2);
            find(id);
        }
    find("tpot/q4_k/small/prompt=50/new=20/greedy/batch=1/depth=0/threads=1");
}

/* What is no time declares no work, what is one says how many tokens it takes; repetitions are whole generations. */
static void cases_declare_what_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_seen; i++) {
        const struct tare_case *c = &seen[i].c;
        bool part = strcmp(c->group, "itl") == 0 || strcmp(c->group, "sampling") == 0;
        assert_true(c->value == TARE_VALUE_TIME ? c->work.items > 0 : c->work.items + c->work.flops < 0.5);
        assert_int_equal(c->flags & TARE_CASE_COUNTED, part ? 0 : TARE_CASE_COUNTED);
        assert_true((c->work.flops > 0) == (c->working_set > 0));
    }
}

/* `tiny` by hand: 512 tokens, width 128, 2 layers, ffn 512, 2 heads of 64; all in f32. */
static void declared_work_is_that_of_the_algorithm(void **state)
{
    (void)state;
    const double layers = 2 * (4 * 128 * 128 + 3 * 128 * 512), head = 512 * 128, norms = 5 * 128, kv = 2 * 2 * 128 * 4;
    const double weights = 4 * (layers + head + norms), row = 4 * 128, logits = 4 * 512, score = 4 * 2 * 128;
    double steps_flops = 0, steps_read = 0, prompt_scores = 0;
    for (int past = 50; past < 69; past++) { /* 19 tokens behind the first */
        steps_flops += 2 * (layers + head) + score * (past + 1);
        steps_read += weights + row + past * kv;
    }
    for (int position = 0; position < 50; position++)
        prompt_scores += score * (position + 1);
    const struct {
        const char *id;
        struct tare_work work;
    } cases[] = {
        { "tpot/f32/tiny/prompt=50/new=20/greedy/batch=1/depth=0/threads=1",
          { steps_flops, steps_read, 19 * (kv + logits), 19 } },
        { "prefill/f32/tiny/prompt=50/batch=1/threads=1",
          { 2 * 50 * layers + 2 * head + prompt_scores, weights + 50 * row, 50 * kv + logits, 50 } },
        { "prefill/f32/tiny/prompt=50/batch=4/threads=1",
          { 4 * (2 * 50 * layers + 2 * head + prompt_scores), weights + 4 * 50 * row, 4 * (50 * kv + logits), 200 } },
        { "e2e/f32/tiny/prompt=50/new=20/greedy/batch=1/cache=on/threads=1",
          { 2 * 50 * layers + 2 * head + prompt_scores + steps_flops, weights + 50 * row + steps_read,
            50 * kv + logits + 19 * (kv + logits), 20 } },
        { "e2e/f32/tiny/prompt=greeting/new=20/greedy/batch=1/cache=on/threads=1", { 0, 0, 0, 20 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct tare_work *w = &find(cases[i].id)->work, *want = &cases[i].work;
        if (fabs(w->flops - want->flops) > 0.5 || fabs(w->bytes_read - want->bytes_read) > 0.5 ||
            fabs(w->bytes_written - want->bytes_written) > 0.5 || fabs(w->items - want->items) > 0.5)
            fail_msg("%s: %.0f flops, %.0f read, %.0f written, %.0f items, not %.0f, %.0f, %.0f, %.0f", cases[i].id,
                     w->flops, w->bytes_read, w->bytes_written, w->items, want->flops, want->bytes_read,
                     want->bytes_written, want->items);
    }
    const struct tare_case *q8 = find("tpot/q8_0/tiny/prompt=50/new=20/greedy/batch=1/depth=0/threads=1");
    assert_int_equal(q8->peak, TARE_PEAK_INT8);
    assert_true(q8->work.bytes_read < 0.4 * steps_read && fabs(q8->work.flops - steps_flops) < 0.5);
    assert_int_equal(find(cases[0].id)->peak, TARE_PEAK_F32);
}

/* mistral-7b: 32 layers, 32 heads of 128 and 8 of keys, a token sees 4,096 positions. What depth adds is attention's.
 */
static void a_sliding_window_bounds_what_a_token_reads(void **state)
{
    setenv("TARE_MODEL", "mistral-7b", 1);
    n_seen = 0;
    const struct tare_suite *suite = dlsym(*state, "tare_suite");
    assert_int_equal(suite->emit(&host), 0);
    unsetenv("TARE_MODEL");
    const double kv = 2.0 * 32 * 8 * 128 * 4, score = 4.0 * 32 * 128 * 32;
    static const char format[] = "itl/f32/mistral-7b/prompt=50/batch=1/depth=%d/threads=1";
    static const struct {
        int depth;
        double reads, sees; /* positions: 59 before the step, or the window */
    } cases[] = { { 1024, 1083, 1084 }, { 4096, 4095, 4096 }, { 8192, 4095, 4096 } };
    char id[128];
    snprintf(id, sizeof id, format, 0);
    struct tare_work base = find(id)->work;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(id, sizeof id, format, cases[i].depth);
        const struct tare_work *w = &find(id)->work;
        assert_true(fabs(w->bytes_read - base.bytes_read - (cases[i].reads - 59) * kv) < 0.5);
        assert_true(fabs(w->flops - base.flops - (cases[i].sees - 60) * score) < 0.5);
    }
}

static void memory_is_what_it_adds_up_to(void **state)
{
    (void)state;
    const double model = 4 * (2 * (4 * 128 * 128 + 3 * 128 * 512) + 512 * 128 + 5 * 128);
    const double kv = 2.0 * 2 * 2 * 70 * 64; /* layers, K and V, heads, tokens, head_dim */
    static const char formula[] = "kv_formula_bytes/f32/tiny/prompt=50/new=20/batch=1/depth=0/kv=";
    static const char allocated[] = "kv_bytes/f32/tiny/prompt=50/new=20/batch=1/depth=0/kv=";
    static const struct {
        const char *kv;
        double bytes;
    } types[] = { { "f32", 4 }, { "f16", 2 }, { "i8", 1 } };
    char id[160];
    assert_true(told("model_bytes/f32/tiny") == model);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        snprintf(id, sizeof id, "%s%s", formula, types[i].kv);
        assert_true(told(id) == kv * types[i].bytes);
        snprintf(id, sizeof id, "%s%s", allocated, types[i].kv);
        double bytes = told(id);
        assert_true(bytes >= kv * types[i].bytes && bytes < 1.5 * kv * types[i].bytes);
    }
    assert_true(told("kv_formula_bytes/f32/tiny/prompt=50/new=20/batch=16/depth=0/kv=f32") == 16 * 4 * kv);
    assert_true(told("kv_formula_bytes/f32/tiny/prompt=50/new=20/batch=1/depth=8192/kv=f32") ==
                4 * kv / 70 * (70 + 8192));
}

/* Against what is known to be there; how much more is for the kernel to say. */
static void resident_memory_holds_the_model(void **state)
{
    (void)state;
    double peak = told("peak_bytes/f32/small/prompt=50/new=20"), model = told("model_bytes/f32/small");
    double over = told("overhead_bytes/f32/small/prompt=50/new=20");
    assert_true(peak > model && over < 64 << 20);
}

static void parts_of_a_generation_are_told(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "itl_p50/f32/tiny/prompt=50/new=100/threads=1",
        "itl_p90/f32/tiny/prompt=50/new=100/threads=1",
        "itl_p95/f32/tiny/prompt=50/new=100/threads=1",
        "itl_p99/f32/tiny/prompt=50/new=100/threads=1",
        "cold_start/f32/tiny/prompt=10",
        "warmup_gain/f32/tiny/prompt=10",
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        told(ids[i]);
    assert_true(told("sampling_share/f32/tiny/prompt=50/new=20/greedy") < 1);
}

static int count_open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    int n = 0;
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

/* Random weights are loaded from a file that is there as long as the case is. */
static void loading_needs_no_file_and_leaves_none(void **state)
{
    static const char *const ids[] = { "load/f32/tiny", "load/q8_0/small", "load/q4_k/small" };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        const struct tare_case *c = find(ids[i]);
        void *fixture = NULL;
        int before = count_open_files();
        assert_int_equal(c->setup(&fixture, c, &host), 0);
        assert_int_equal(count_open_files(), before + 1);
        c->run(fixture, &(struct tare_loop){ .size = sizeof(struct tare_loop), .iters = 2 });
        c->teardown(fixture);
        assert_int_equal(count_open_files(), before);
        while (n_blocks)
            free(blocks[--n_blocks]);
    }
    setenv("TARE_MODEL", "llama-3.2-1b", 1); /* too large for a file in memory */
    n_seen = 0;
    const struct tare_suite *suite = dlsym(*state, "tare_suite");
    assert_int_equal(suite->emit(&host), 0);
    unsetenv("TARE_MODEL");
    for (size_t i = 0; i < n_seen; i++)
        assert_string_not_equal(seen[i].c.group, "load");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(every_axis_has_its_values, load, unload),
    cmocka_unit_test_setup_teardown(cases_declare_what_they_are, load, unload),
    cmocka_unit_test_setup_teardown(declared_work_is_that_of_the_algorithm, load, unload),
    cmocka_unit_test_setup_teardown(a_sliding_window_bounds_what_a_token_reads, load, unload),
    cmocka_unit_test_setup_teardown(memory_is_what_it_adds_up_to, load, unload),
    cmocka_unit_test_setup_teardown(resident_memory_holds_the_model, load, unload),
    cmocka_unit_test_setup_teardown(parts_of_a_generation_are_told, load, unload),
    cmocka_unit_test_setup_teardown(loading_needs_no_file_and_leaves_none, load, unload),
};

TARE_TEST_MAIN(tests)
