/* Suites of models, loaded by a host of a few lines: the cases of the default run work, say what they do, and answer
 * the same from the same input. Arguments of the build: SUITES, paths divided by ':'. */
#include "tests/harness.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tare/bench.h>

enum { MOST_BLOCKS = 32 };

struct host_state {
    const char *suite;
    size_t n_core, n_all;
    void *blocks[MOST_BLOCKS]; /* of the fixture in use */
    size_t n_blocks;
};

static int record_failure(const struct tare_host *h, const char *fmt, ...)
{
    const struct host_state *s = h->state;
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    fail_msg("%s failed: %s", s->suite, text);
    return -1;
}

static void *block(const struct tare_host *h, size_t bytes)
{
    struct host_state *s = h->state;
    assert_true(s->n_blocks < MOST_BLOCKS);
    void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);
    assert_non_null(p);
    memset(p, 0, bytes);
    s->blocks[s->n_blocks++] = p;
    return p;
}

static const void *input(const struct tare_host *h, const char *key, size_t bytes,
                         void (*fill)(void *dst, size_t bytes, const void *ctx), const void *ctx)
{
    (void)key;
    void *p = block(h, bytes);
    fill(p, bytes, ctx);
    return p;
}

static size_t element_bytes(uint32_t type)
{
    if (type == TARE_OUTPUT_F32 || type == TARE_OUTPUT_I32 || type == TARE_OUTPUT_U32)
        return 4;
    fail_msg("output type %u is not known here", type);
    return 0;
}

/* Runs once behind a reset; the first output's bytes, which the caller frees, or NULL. */
static void *answer(const struct tare_case *c, void *fixture, size_t *bytes)
{
    struct tare_output out = { 0 };
    *bytes = 0;
    if (c->reset)
        c->reset(fixture);
    c->run(fixture, &(struct tare_loop){ .size = sizeof(struct tare_loop), .iters = 1 });
    if (!c->output || !c->output(fixture, 0, &out))
        return NULL;
    assert_true(out.count > 0 && (out.row == 0 || out.count % out.row == 0));
    *bytes = out.count * element_bytes(out.type);
    for (size_t i = 0; out.type == TARE_OUTPUT_F32 && i < out.count; i++)
        if (!isfinite(((const float *)out.data)[i]))
            fail_msg("%s: output %zu is no number", c->group, i);
    void *copy = malloc(*bytes);
    assert_non_null(copy);
    return memcpy(copy, out.data, *bytes);
}

static int try_case(const struct tare_host *h, const struct tare_case *c)
{
    struct host_state *s = h->state;
    void *fixture = NULL;
    size_t first_bytes, again_bytes;
    s->n_all++;
    assert_true(c->value != TARE_VALUE_TIME || c->work.items > 0 || c->work.flops > 0 || c->work.bytes_read > 0);
    if (!(c->flags & TARE_CASE_CORE))
        return 0;
    s->n_core++;
    if (c->setup)
        assert_int_equal(c->setup(&fixture, c, h), 0);
    void *first = answer(c, fixture, &first_bytes);
    c->run(fixture, &(struct tare_loop){ .size = sizeof(struct tare_loop), .iters = 2 });
    void *again = answer(c, fixture, &again_bytes);
    if (first_bytes != again_bytes || (first && memcmp(first, again, first_bytes) != 0))
        fail_msg("%s/%s/%s: another answer from the same input", s->suite, c->group, c->variant ? c->variant : "");
    free(first);
    free(again);
    if (c->teardown)
        c->teardown(fixture);
    while (s->n_blocks)
        free(s->blocks[--s->n_blocks]);
    return 0;
}

static void every_core_case_runs_and_answers_the_same_twice(void **state)
{
    (void)state;
    char paths[] = SUITES, *rest = paths, *path;
    while ((path = strtok_r(rest, ":", &rest))) {
        struct host_state s = { .suite = path };
        const struct tare_host h = { .size = sizeof h,
                                     .abi = TARE_SUITE_ABI,
                                     .n_threads = 2,
                                     .state = &s,
                                     .add = try_case,
                                     .fail = record_failure,
                                     .alloc = block,
                                     .scratch = block,
                                     .input = input };
        void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (!handle)
            fail_msg("%s", dlerror());
        const struct tare_suite *suite = dlsym(handle, "tare_suite");
        assert_non_null(suite);
        assert_int_equal(suite->emit(&h), 0);
        assert_in_range(s.n_core, 8, 40);
        assert_true(s.n_all > 4 * s.n_core);
        dlclose(handle);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_core_case_runs_and_answers_the_same_twice),
};

TARE_TEST_MAIN(tests)
