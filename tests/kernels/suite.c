/* The suite `kernels` end to end: loaded as the runner loads it, by a small host, every case of the default run once.
 */
#include <tare/bench.h>

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/cpu.h"
#include "framework/base/mem.h"
#include "tests/harness.h"

/* A case as the suite emitted it. The texts of params are constants of the suite's. */
struct seen {
    struct tare_case c;
    struct tare_param params[5];
    char id[200];
};

struct input {
    char *key;
    void *data;
    size_t bytes;
};

struct desk {
    struct tare_host host;
    void *dl;
    const struct tare_suite *suite;
    struct seen *cases;
    size_t n, capacity;
    struct input *inputs;
    size_t n_inputs, inputs_capacity;
    void *owned[8]; /* of the fixture */
    size_t n_owned;
    float *out; /* first scratch */
    size_t out_bytes;
    char message[256];
};

static int desk_add(const struct tare_host *h, const struct tare_case *c)
{
    struct desk *d = h->state;
    assert_int_equal(tare_grow(&d->cases, &d->capacity, d->n + 1, sizeof *d->cases), 0);
    struct seen *s = &d->cases[d->n++];
    s->c = *c;
    int len = snprintf(s->id, sizeof s->id, "%s/%s/%s", d->suite->name, c->group, c->variant);
    assert_true(c->n_params <= 5);
    for (size_t i = 0; i < c->n_params; i++) {
        s->params[i] = c->params[i];
        const struct tare_param *p = &c->params[i];
        char number[32];
        snprintf(number, sizeof number, "%lld", (long long)p->num);
        len += snprintf(s->id + len, sizeof s->id - (size_t)len, "/%s%s%s", p->name ? p->name : "", p->name ? "=" : "",
                        p->text ? p->text : number);
        assert_true(len < (int)sizeof s->id);
    }
    return 0;
}

static int desk_fail(const struct tare_host *h, const char *fmt, ...)
{
    struct desk *d = h->state;
    va_list args;
    va_start(args, fmt);
    vsnprintf(d->message, sizeof d->message, fmt, args);
    va_end(args);
    return -1;
}

static void *desk_alloc(const struct tare_host *h, size_t bytes)
{
    struct desk *d = h->state;
    void *p = tare_aligned(64, bytes);
    assert_non_null(p);
    assert_true(d->n_owned < 8);
    d->owned[d->n_owned++] = p;
    return memset(p, 0, bytes);
}

/* Scratch comes full of NaN. */
static void *desk_scratch(const struct tare_host *h, size_t bytes)
{
    struct desk *d = h->state;
    void *p = memset(desk_alloc(h, bytes), 0xff, bytes);
    if (!d->out) {
        d->out = p;
        d->out_bytes = bytes;
    }
    return p;
}

static const void *desk_input(const struct tare_host *h, const char *key, size_t bytes,
                              void (*fill)(void *, size_t, const void *), const void *ctx)
{
    struct desk *d = h->state;
    for (size_t i = 0; i < d->n_inputs; i++)
        if (strcmp(d->inputs[i].key, key) == 0) {
            assert_int_equal(d->inputs[i].bytes, bytes); /* one key, one content */
            return d->inputs[i].data;
        }
    assert_int_equal(tare_grow(&d->inputs, &d->inputs_capacity, d->n_inputs + 1, sizeof *d->inputs), 0);
    struct input *in = &d->inputs[d->n_inputs++];
    *in = (struct input){ tare_strdup(key), tare_aligned(64, bytes), bytes };
    fill(in->data, bytes, ctx);
    return in->data;
}

static void desk_open(struct desk *d, int n_threads, const char *mask)
{
    *d = (struct desk){ .host = { .size = sizeof d->host,
                                  .abi = TARE_SUITE_ABI,
                                  .n_threads = n_threads,
                                  .cpu_mask = mask,
                                  .state = d,
                                  .add = desk_add,
                                  .fail = desk_fail,
                                  .alloc = desk_alloc,
                                  .scratch = desk_scratch,
                                  .input = desk_input } };
    d->dl = dlopen(SUITE_FILE, RTLD_NOW | RTLD_LOCAL);
    if (!d->dl)
        fail_msg("%s", dlerror());
    d->suite = dlsym(d->dl, "tare_suite");
    assert_non_null(d->suite);
    assert_int_equal(d->suite->abi, TARE_SUITE_ABI);
}

static void desk_close(struct desk *d)
{
    for (size_t i = 0; i < d->n_inputs; i++) {
        free(d->inputs[i].key);
        free(d->inputs[i].data);
    }
    free(d->inputs);
    free(d->cases);
    dlclose(d->dl);
}

static void run_once(struct desk *d, struct seen *s)
{
    s->c.params = s->params;
    void *fixture = NULL;
    d->out = NULL;
    d->n_owned = 0;
    if (s->c.setup(&fixture, &s->c, &d->host) != 0)
        fail_msg("%s: %s", s->id, d->message);
    s->c.run(fixture, &(struct tare_loop){ .size = sizeof(struct tare_loop), .iters = 1 });
    size_t written = (size_t)s->c.work.bytes_written;
    assert_true(written > 0 && written <= d->out_bytes);
    bool bytes = strstr(s->id, "/quantise/") != NULL; /* any but those of an untouched float may be right */
    for (size_t i = 0; i < written / sizeof(float); i++)
        if (bytes ? memcmp(&d->out[i], "\xff\xff\xff\xff", 4) == 0 : !isfinite(d->out[i]))
            fail_msg("%s left y[%zu] unwritten or made it %g", s->id, i, (double)d->out[i]);
    s->c.teardown(fixture);
    for (size_t i = 0; i < d->n_owned; i++)
        free(d->owned[i]);
}

#if TARE_BUILD_FLAGS & TARE_SUITE_SANITIZED
static const double most_flops = 5e6; /* sanitizers are slow */
#else
static const double most_flops = 1e12;
#endif

static void every_case_of_the_default_run_runs(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, 1, NULL);
    assert_int_equal(d.suite->emit(&d.host), 0);
    size_t n_core = 0;
    for (size_t i = 0; i < d.n; i++) {
        if (!(d.cases[i].c.flags & TARE_CASE_CORE))
            continue;
        n_core++;
        if (d.cases[i].c.value != TARE_VALUE_TIME)
            continue;
        assert_true(d.cases[i].c.work.bytes_read > 0);
        assert_true(d.cases[i].c.work.flops > 0 || strstr(d.cases[i].id, "/pack/"));
        if (d.cases[i].c.work.flops <= most_flops)
            run_once(&d, &d.cases[i]);
    }
    assert_in_range(n_core, 13, 110);
    desk_close(&d);
}

static void products_on_two_threads_run(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, 2, NULL);
    assert_int_equal(d.suite->emit(&d.host), 0);
    size_t n = 0;
    for (size_t i = 0; i < d.n; i++) {
        struct seen *s = &d.cases[i];
        if (!strstr(s->id, "/qwen2.5-0.5b.attn_q/") || !strstr(s->id, "matmul") || !strstr(s->id, "/threads=2"))
            continue;
        assert_false(s->c.flags & TARE_CASE_CORE);
        run_once(&d, s);
        n++;
    }
    assert_true(n >= 2);
    desk_close(&d);
}

/* Cases with align= write y off a line, and read inputs of their own; all others write it on one. */
static void align_moves_inputs_and_output_off_their_lines(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, 1, NULL);
    assert_int_equal(d.suite->emit(&d.host), 0);
    size_t n = 0;
    for (size_t i = 0; i < d.n; i++) {
        struct seen *s = &d.cases[i];
        bool off = strstr(s->id, "/align=4") != NULL;
        if (!strstr(s->id, "/llama-1b.residual/m=1/") && !strstr(s->id, "/rmsnorm/f32/ref/llama-1b.norm/m=1/"))
            continue;
        struct tare_output out;
        void *fixture = NULL;
        d.n_owned = 0;
        s->c.params = s->params;
        assert_int_equal(s->c.setup(&fixture, &s->c, &d.host), 0);
        assert_true(!off || strstr(d.inputs[d.n_inputs - 1].key, "/align=4")); /* nobody else has asked for it */
        s->c.run(fixture, &(struct tare_loop){ .size = sizeof(struct tare_loop), .iters = 1 });
        assert_int_equal(s->c.output(fixture, 0, &out), 1);
        assert_int_equal((uintptr_t)out.data % 64, off ? 4 : 0);
        for (size_t j = 0; j < out.count; j++)
            assert_true(isfinite(((const float *)out.data)[j]));
        s->c.teardown(fixture);
        for (size_t j = 0; j < d.n_owned; j++)
            free(d.owned[j]);
        n += off && strstr(s->id, "/add/f32/");
        assert_false(off && (s->c.flags & TARE_CASE_CORE));
    }
    assert_true(n >= 1);
    desk_close(&d);
}

/* Cases y=x give the answer of those beside them, also when they have run before. */
static void cases_in_place_answer_as_the_others_do(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, 2, NULL);
    assert_int_equal(d.suite->emit(&d.host), 0);
    float answers[2][2048];
    size_t n = 0;
    for (size_t i = 1; i < d.n; i++) {
        struct seen *s = &d.cases[i];
        if (!strstr(s->id, "/llama-1b.q/m=1/threads=1/y=x"))
            continue;
        assert_false(s->c.flags & TARE_CASE_CORE);
        assert_memory_equal(d.cases[i - 1].id, s->id, strlen(s->id) - strlen("/y=x"));
        for (size_t j = 0; j < 2; j++, n++) {
            struct seen *one = &d.cases[i - 1 + j];
            struct tare_output out;
            void *fixture = NULL;
            d.n_owned = 0;
            one->c.params = one->params;
            assert_int_equal(one->c.setup(&fixture, &one->c, &d.host), 0);
            one->c.run(fixture, &(struct tare_loop){ .size = sizeof(struct tare_loop), .iters = 3 });
            one->c.reset(fixture);
            one->c.run(fixture, &(struct tare_loop){ .size = sizeof(struct tare_loop), .iters = 1 });
            assert_int_equal(one->c.output(fixture, 0, &out), 1);
            assert_int_equal(out.count, 2048);
            memcpy(answers[j], out.data, sizeof answers[j]);
            one->c.teardown(fixture);
            for (size_t k = 0; k < d.n_owned; k++)
                free(d.owned[k]);
        }
        assert_memory_equal(answers[0], answers[1], sizeof answers[0]);
    }
    assert_true(n >= 8); /* both pairings, with angles from tables and found in the call */
    desk_close(&d);
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct seen *)a)->id, ((const struct seen *)b)->id);
}

static void ids_are_unique_and_name_shape_tokens_and_threads(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, 2, NULL);
    assert_int_equal(d.suite->emit(&d.host), 0);
    qsort(d.cases, d.n, sizeof *d.cases, by_id);
    for (size_t i = 1; i < d.n; i++)
        assert_string_not_equal(d.cases[i - 1].id, d.cases[i].id);
    struct seen want = { .id = "kernels/matmul/f32/ref/llama-1b.attn_q/m=1/threads=1/cache=hot" };
    assert_non_null(bsearch(&want, d.cases, d.n, sizeof *d.cases, by_id));
    desk_close(&d);
}

static void a_mask_leaves_only_weaker_variants(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, 1, "ref");
    assert_int_equal(d.suite->emit(&d.host), 0);
    assert_true(d.n > 0);
    for (size_t i = 0; i < d.n; i++)
        assert_string_equal(d.cases[i].c.variant, "ref");
    desk_close(&d);
    if (tare_cpu_levels() & TARE_CPU_AVX2) {
        desk_open(&d, 1, "avx2");
        assert_int_equal(d.suite->emit(&d.host), 0);
        for (size_t i = 0; i < d.n; i++)
            assert_null(strstr(d.cases[i].c.variant, "avx512"));
        desk_close(&d);
    }
}

static void an_unknown_mask_is_reported(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, 1, "mmx");
    assert_int_not_equal(d.suite->emit(&d.host), 0);
    assert_non_null(strstr(d.message, "mmx"));
    desk_close(&d);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_case_of_the_default_run_runs),
    cmocka_unit_test(products_on_two_threads_run),
    cmocka_unit_test(align_moves_inputs_and_output_off_their_lines),
    cmocka_unit_test(cases_in_place_answer_as_the_others_do),
    cmocka_unit_test(ids_are_unique_and_name_shape_tokens_and_threads),
    cmocka_unit_test(a_mask_leaves_only_weaker_variants),
    cmocka_unit_test(an_unknown_mask_is_reported),
};

TARE_TEST_MAIN(tests)
