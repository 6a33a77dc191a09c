/* Suite selfcheck, loaded by a host of a few lines: its cases are what their names say. */
#include "tests/harness.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tare/bench.h>

struct seen {
    char id[64];
    double items, bytes; /* the case's, which outlive the emitter's copy of it */
    struct tare_case c;
};

struct host_state {
    struct seen cases[32];
    size_t n;
    void *blocks[8]; /* of the fixture in use */
    size_t n_blocks;
};

static int add(const struct tare_host *h, const struct tare_case *c)
{
    struct host_state *s = h->state;
    assert_true(s->n < 32);
    struct seen *seen = &s->cases[s->n++];
    int at = snprintf(seen->id, sizeof seen->id, "%s", c->group);
    if (c->variant)
        at += snprintf(seen->id + at, sizeof seen->id - (size_t)at, "/%s", c->variant);
    for (size_t i = 0; i < c->n_params; i++) {
        const struct tare_param *p = &c->params[i];
        if (p->text)
            at += snprintf(seen->id + at, sizeof seen->id - (size_t)at, "/%s=%s", p->name, p->text);
        else
            at += snprintf(seen->id + at, sizeof seen->id - (size_t)at, "/%s=%lld", p->name, (long long)p->num);
    }
    seen->items = c->work.items;
    seen->bytes = c->work.bytes_read;
    seen->c = *c;
    seen->c.params = NULL; /* the emitter's, gone after emit */
    return 0;
}

static int record_failure(const struct tare_host *h, const char *fmt, ...)
{
    (void)h;
    fail_msg("the suite failed: %s", fmt);
    return -1;
}

static void *block(const struct tare_host *h, size_t bytes)
{
    struct host_state *s = h->state;
    assert_true(s->n_blocks < 8);
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

/* Loads a suite and has it emit; the caller closes what is returned. */
static void *load(struct host_state *s, struct tare_host *h, const char *path)
{
    *s = (struct host_state){ 0 };
    *h = (struct tare_host){ .size = sizeof *h,
                             .abi = TARE_SUITE_ABI,
                             .n_threads = 1,
                             .state = s,
                             .add = add,
                             .fail = record_failure,
                             .alloc = block,
                             .scratch = block,
                             .input = input };
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        fail_msg("%s", dlerror());
    const struct tare_suite *suite = dlsym(handle, "tare_suite");
    assert_non_null(suite);
    assert_int_equal(suite->abi, TARE_SUITE_ABI);
    assert_string_equal(suite->name, "selfcheck");
    assert_int_equal(suite->emit(h), 0);
    return handle;
}

/* What a case declares of one iteration: items, or else bytes read. */
static double work_of(const struct host_state *s, const char *id)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->cases[i].id, id) == 0)
            return s->cases[i].items > 0 ? s->cases[i].items : s->cases[i].bytes;
    fail_msg("no case %s", id);
    return 0;
}

static void planted_slowdowns_are_exactly_what_they_say(void **state)
{
    (void)state;
    static const struct {
        const char *base, *id;
        double percent;
    } cases[] = {
        { "planted/slow=0", "planted/slow=0.5", 0.5 }, { "planted/slow=0", "planted/slow=1", 1 },
        { "planted/slow=0", "planted/slow=2", 2 },     { "planted/slow=0", "planted/slow=5", 5 },
        { "stream/slow=0", "stream/slow=0.5", 0.5 },   { "stream/slow=0", "stream/slow=1", 1 },
        { "stream/slow=0", "stream/slow=2", 2 },       { "stream/slow=0", "stream/slow=5", 5 },
    };
    struct host_state s;
    struct tare_host h;
    void *handle = load(&s, &h, SELFCHECK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(work_of(&s, cases[i].id) * 100 == work_of(&s, cases[i].base) * (100 + cases[i].percent));
    dlclose(handle);
}

static void the_planted_build_differs_in_one_case_by_five_percent(void **state)
{
    (void)state;
    struct host_state plain, slow;
    struct tare_host h;
    void *first = load(&plain, &h, SELFCHECK);
    void *second = load(&slow, &h, SELFCHECK_PLANTED5);
    assert_int_equal(plain.n, slow.n);
    for (size_t i = 0; i < plain.n; i++) {
        assert_string_equal(plain.cases[i].id, slow.cases[i].id);
        double factor = strcmp(plain.cases[i].id, "planted/slow=0") == 0 ? 1.05 : 1;
        assert_true(slow.cases[i].items == plain.cases[i].items * factor);
    }
    dlclose(second);
    dlclose(first);
}

static void every_case_sets_up_runs_and_tears_down(void **state)
{
    (void)state;
    struct host_state s;
    struct tare_host h;
    void *handle = load(&s, &h, SELFCHECK);
    assert_true(s.n >= 10);
    for (size_t i = 0; i < s.n; i++) {
        const struct tare_case *c = &s.cases[i].c;
        void *fixture = NULL;
        assert_int_equal(c->size, sizeof *c);
        if (c->setup)
            assert_int_equal(c->setup(&fixture, c, &h), 0);
        if (c->reset)
            c->reset(fixture);
        c->run(fixture, &(struct tare_loop){ .size = sizeof(struct tare_loop), .iters = 3 });
        if (c->teardown)
            c->teardown(fixture);
        while (s.n_blocks)
            free(s.blocks[--s.n_blocks]);
    }
    dlclose(handle);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(planted_slowdowns_are_exactly_what_they_say),
    cmocka_unit_test(the_planted_build_differs_in_one_case_by_five_percent),
    cmocka_unit_test(every_case_sets_up_runs_and_tears_down),
};

TARE_TEST_MAIN(tests)
