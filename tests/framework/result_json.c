#include "framework/result/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "tests/framework/result_sample.h"
#include "tests/harness.h"

static int read_back(struct tare_result *r, const struct tare_buf *text)
{
    return tare_result_from_json(r, text->data, text->len, "results.jsonl:3");
}

static void results_come_back_as_they_were(void **state)
{
    (void)state;
    struct tare_rng rng;
    tare_rng_seed(&rng, 11);
    for (size_t i = 0; i < 60; i++) {
        struct tare_result r, back;
        struct tare_buf text = { 0 };
        sample_result(&r, i, i * 7, &rng);
        assert_int_equal(tare_result_to_json(&text, &r, true), 0);
        assert_ptr_equal(memchr(text.data, '\n', text.len), text.data + text.len - 1);
        assert_int_equal(read_back(&back, &text), 0);
        assert_same_result(&r, &back);
        tare_result_free(&r);
        tare_result_free(&back);
        tare_buf_free(&text);
    }
}

static void runs_come_back_as_they_were(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct tare_run run, back;
        struct tare_buf text = { 0 };
        sample_run(&run, 0, 0, seed);
        assert_int_equal(tare_run_to_json(&text, &run), 0);
        assert_int_equal(tare_run_from_json(&back, text.data, text.len, "run.json"), 0);
        assert_same_run(&run, &back, true);
        tare_run_free(&run);
        tare_run_free(&back);
        tare_buf_free(&text);
    }
}

static void a_document_is_a_run_with_its_results(void **state)
{
    (void)state;
    struct tare_run run, back;
    for (size_t n = 0; n < 3; n++) {
        struct tare_buf text = { 0 };
        sample_run(&run, n, 5, 1);
        assert_int_equal(tare_run_document(&text, &run, n == 1), 0);
        assert_int_equal(tare_run_from_json(&back, text.data, text.len, "document"), 0); /* and it is JSON */
        assert_int_equal(back.n_results, 0);
        assert_int_equal(strstr(text.data, "\"ns\":[") != NULL, n == 1);
        for (size_t i = 0; i < n; i++) {
            char id[64];
            snprintf(id, sizeof id, "\"id\":\"kernels/softmax/f32/%zu\"", i);
            assert_non_null(strstr(text.data, id));
        }
        assert_non_null(strstr(text.data, "\"totals\": {"));
        tare_run_free(&run);
        tare_run_free(&back);
        tare_buf_free(&text);
    }
}

static void samples_keep_seven_digits(void **state)
{
    (void)state;
    double ns[] = { 1234.56789, 0.000123456789, 9.87654321e12, 1e-300, 7 };
    uint8_t none[5] = { 0 };
    struct tare_result back, r = { .id = (char[]){ "a" }, .samples = { 5, ns, none, none } };
    struct tare_buf text = { 0 };
    assert_int_equal(tare_result_to_json(&text, &r, true), 0);
    assert_non_null(strstr(text.data, "\"ns\":[1234.568,0.0001234568,9.876543e+12,1e-300,7]"));
    assert_int_equal(read_back(&back, &text), 0);
    for (size_t i = 0; i < 5; i++)
        assert_true(fabs(back.samples.ns[i] - ns[i]) <= 5e-7 * ns[i]);
    tare_result_free(&back);
    tare_buf_free(&text);
}

static void samples_can_be_left_out(void **state)
{
    (void)state;
    struct tare_rng rng;
    tare_rng_seed(&rng, 2);
    struct tare_result r, back;
    struct tare_buf text = { 0 };
    sample_result(&r, 1, 100, &rng);
    assert_int_equal(tare_result_to_json(&text, &r, false), 0);
    assert_null(strstr(text.data, "samples"));
    assert_int_equal(read_back(&back, &text), 0);
    assert_int_equal(back.samples.n, 0);
    assert_int_equal(back.summary.n, 100);
    tare_result_free(&r);
    tare_result_free(&back);
    tare_buf_free(&text);
}

static void text_that_is_not_utf_8_is_mended(void **state)
{
    (void)state;
    static const struct {
        const char *text, *kept;
    } cases[] = {
        { "caf\xe9", "caf\xef\xbf\xbd" },
        { "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xc3\xa9 stays, \xc3 goes", "\xc3\xa9 stays, \xef\xbf\xbd goes" },
        { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },                   /* a surrogate */
        { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },                                   /* an overlong slash */
        { "\xf0\x9f\x98\x80 \xf0\x9f", "\xf0\x9f\x98\x80 \xef\xbf\xbd\xef\xbf\xbd" }, /* cut off */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char message[64];
        snprintf(message, sizeof message, "%s", cases[i].text);
        struct tare_result back, r = { .id = (char[]){ "a" }, .message = message };
        struct tare_buf text = { 0 };
        assert_int_equal(tare_result_to_json(&text, &r, true), 0);
        assert_int_equal(read_back(&back, &text), 0);
        assert_string_equal(back.message, cases[i].kept);
        tare_result_free(&back);
        tare_buf_free(&text);
    }
}

static void numbers_that_json_lacks_are_refused_by_name(void **state)
{
    (void)state;
    double ns[] = { 1, NAN };
    uint8_t none[2] = { 0 };
    struct {
        struct tare_result r;
        const char *field;
    } cases[] = {
        { { .summary = { .mean_ns = NAN } }, "summary.mean_ns" },
        { { .summary = { .sd_ns = INFINITY } }, "summary.sd_ns" },
        { { .work = { .flops = -INFINITY } }, "work.flops" },
        { { .warmup_ns = NAN }, "warmup_ns" },
        { { .summary = { .time_ns = { NAN, 1, 2 } } }, "summary.time_ns" },
        { { .summary = { .time_ns = { 1, NAN, 2 } } }, "summary.time_ns.lo" },
        { { .summary = { .time_ns = { 1, INFINITY, 2 } } }, "summary.time_ns.lo" },
        { { .summary = { .time_ns = { 1, 0, -INFINITY } } }, "summary.time_ns.hi" },
        { { .change = { .method = TARE_METHOD_PAIRED, .smallest_visible = NAN } }, "change.smallest_visible" },
        { { .iters = UINT64_MAX }, "iters" },
        { { .samples = { 2, ns, none, none } }, "sample 1" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tare_buf text = { 0 };
        cases[i].r.id = (char[]){ "a/case" };
        assert_int_equal(tare_result_to_json(&text, &cases[i].r, true), TARE_EPARSE);
        assert_non_null(strstr(tare_error(), "a/case: "));
        assert_non_null(strstr(tare_error(), cases[i].field));
        tare_buf_free(&text);
    }
}

/* ---- damage ---- */

/* The line of a case with three samples, and one place in it replaced. */
static void edit(struct tare_buf *out, const char *line, const char *from, const char *to)
{
    const char *at = strstr(line, from);
    if (!at)
        fail_msg("\"%s\" is not in %s", from, line);
    tare_buf_add(out, line, (size_t)(at - line));
    tare_buf_str(out, to);
    tare_buf_str(out, at + strlen(from));
}

static void small_line(struct tare_buf *line)
{
    double ns[] = { 10, 20, 30 };
    uint8_t cause[] = { 0, TARE_CAUSE_FAULT, 0 }, round[] = { 0, 0, 1 };
    struct tare_param_value param = { NULL, (char[]){ "1024" } };
    struct tare_result r = {
        .id = (char[]){ "s/case" },
        .suite = (char[]){ "s" },
        .group = (char[]){ "case" },
        .params = &param,
        .n_params = 1,
        .iters = 100,
        .samples = { 3, ns, cause, round },
        .summary = { .n = 3, .n_used = 2, .set_aside = { [TARE_CAUSE_FAULT] = 1 }, .time_ns = { 20, 10, 30 } },
        .change = { .method = TARE_METHOD_PAIRED },
    };
    assert_int_equal(tare_result_to_json(line, &r, true), 0);
}

/* What came later is absent in an older line, and reads as it was then. */
static void a_line_without_a_quantity_is_of_a_time(void **state)
{
    (void)state;
    struct tare_buf line = { 0 }, older = { 0 };
    struct tare_result r;
    small_line(&line);
    edit(&older, line.data, "\"quantity\":\"time\",", "");
    assert_int_equal(tare_result_from_json(&r, older.data, older.len, "x"), 0);
    assert_int_equal(r.quantity, TARE_QUANTITY_TIME);
    tare_result_free(&r);
    tare_buf_free(&older);
    edit(&older, line.data, "\"quantity\":\"time\"", "\"quantity\":\"grams\"");
    assert_int_equal(tare_result_from_json(&r, older.data, older.len, "x"), TARE_EPARSE);
    assert_non_null(strstr(tare_error(), "field quantity: unknown value \"grams\""));
    tare_buf_free(&older);
    tare_buf_free(&line);
}

static void damaged_fields_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        int code;
        const char *says;
    } cases[] = {
        { "\"id\":", "\"ident\":", TARE_EPARSE, "field id: missing" },
        { "\"s/case\"", "7", TARE_EPARSE, "field id: not a text" },
        { "\"s/case\"", "null", TARE_EPARSE, "field id: not a text" },
        { "\"s/case\"", "\"s/\xff\"", TARE_EPARSE, "not JSON" },
        { "\"s/case\"", "\"s\\u0000\"", TARE_EPARSE, "not JSON" },
        { "\"ok\"", "\"fine\"", TARE_EPARSE, "field status: unknown value \"fine\"" },
        { "\"ok\"", "0", TARE_EPARSE, "field status: not a text" },
        { "\"steady\":false", "\"steady\":0", TARE_EPARSE, "field steady: not true or false" },
        { "\"iters\":100", "\"iters\":1.5", TARE_EPARSE, "field iters: not a whole number" },
        { "\"iters\":100", "\"iters\":-1", TARE_EPARSE, "field iters: -1 is out of range" },
        { "\"iters\":100", "\"iters\":18446744073709551616", TARE_EPARSE, "not JSON" },
        { "\"mean_ns\":0.0", "\"mean_ns\":NaN", TARE_EPARSE, "not JSON" },
        { "\"mean_ns\":0.0", "\"mean_ns\":1e999", TARE_EPARSE, "not JSON" },
        { "\"mean_ns\":0.0", "\"mean_ns\":null", TARE_EPARSE, "field summary.mean_ns: not a number" },
        { "\"mean_ns\":0.0", "\"mean_ns\":\"1\"", TARE_EPARSE, "field summary.mean_ns: not a number" },
        { "\"mean_ns\":0.0", "\"mean_ns\":-2", TARE_EPARSE, "field summary.mean_ns: -2 is below 0" },
        { "\"confidence\":0.0", "\"confidence\":1.5", TARE_EPARSE, "field summary.confidence: 1.5 is above 1" },
        { "\"time_ns\":{", "\"time_ns\":[],\"was\":{", TARE_EPARSE, "field summary.time_ns: not an object" },
        { "\"lo\":10.0", "\"lo\":true", TARE_EPARSE, "field summary.time_ns.lo: not a number" },
        { "\"lo\":10.0,", "", TARE_EPARSE, "field summary.time_ns.lo: missing" },
        { "\"value\":20.0", "\"value\":null", TARE_EPARSE, "field summary.time_ns: it has bounds, but no value" },
        { "\"summary\":{", "\"summary\":7,\"was\":{", TARE_EPARSE, "field summary: not an object" },
        { "\"set_aside\":{", "\"set_aside\":[],\"was\":{", TARE_EPARSE, "field summary.set_aside: not an object" },
        { "\"page fault\":1", "\"moon\":1", TARE_EPARSE, "field summary.set_aside.moon: unknown cause" },
        { "\"page fault\":1", "\"page fault\":\"1\"", TARE_EPARSE, "summary.set_aside.page fault: not a whole number" },
        { "\"params\":[", "\"params\":[3,", TARE_EPARSE, "field params.name: missing" },
        { "\"params\":[", "\"params\":null,\"was\":[", TARE_EPARSE, "field params: not an array" },
        { "\"change\":{", "\"was\":{", TARE_EPARSE, "field change: missing" },
        { "\"blocks\":0", "\"blocks\":[]", TARE_EPARSE, "field change.blocks: not a whole number" },
        { "\"samples\":{", "\"samples\":[],\"was\":{", TARE_EPARSE, "field samples: not an object" },
        { "\"ns\":[", "\"ms\":[", TARE_EPARSE, "field samples.ns: missing" },
        { "10,20,30", "10,20", TARE_EPARSE, "field samples.round: 3 values, but ns has 2" },
        { "10,20,30", "10,null,30", TARE_EPARSE, "field samples.ns: value 1 is not a number above 0" },
        { "10,20,30", "10,20,0", TARE_EPARSE, "field samples.ns: value 2 is not a number above 0" },
        { "10,20,30", "-10,20,30", TARE_EPARSE, "field samples.ns: value 0 is not a number above 0" },
        { "10,20,30", "10,20,[30]", TARE_EPARSE, "field samples.ns: value 2 is not a number above 0" },
        { "[0,0,1]", "[0,0,256]", TARE_EPARSE, "field samples.round: value 2 is not a whole number from 0 to 255" },
        { "[0,0,1]", "[0,-1,1]", TARE_EPARSE, "field samples.round: value 1" },
        { "[0,0,1]", "[0,0,1,1]", TARE_EPARSE, "field samples.round: 4 values, but ns has 3" },
        { "{\"page fault\":[1]}", "{\"page fault\":[3]}", TARE_EPARSE, "value 0 is not the index of one of 3 samples" },
        { "{\"page fault\":[1]}", "{\"page fault\":[-1]}", TARE_EPARSE, "field samples.cause.page fault: value 0" },
        { "{\"page fault\":[1]}", "{\"page fault\":1}", TARE_EPARSE, "field samples.cause.page fault: not an array" },
        { "{\"page fault\":[1]}", "{\"kept\":[1]}", TARE_EPARSE, "field samples.cause.kept: unknown cause" },
        { "{\"page fault\":[1]}", "[]", TARE_EPARSE, "field samples.cause: not an object" },
        { "tare.result/1", "tare.result/2", TARE_EVERSION,
          "\"tare.result/2\", but this program reads \"tare.result/1\"" },
        { "tare.result/1", "tare.run/1", TARE_EPARSE, "field schema: \"tare.run/1\" is not \"tare.result/1\"" },
        { "\"tare.result/1\"", "1", TARE_EPARSE, "field schema: missing" },
        { "\"iters\"", "\"id\":\"x\",\"iters\"", TARE_EPARSE, "not JSON" }, /* there twice */
        { "{", "[{", TARE_EPARSE, "not JSON" },
    };
    struct tare_buf line = { 0 };
    small_line(&line);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tare_result r;
        struct tare_buf text = { 0 };
        edit(&text, line.data, cases[i].from, cases[i].to);
        int rc = read_back(&r, &text);
        if (rc != cases[i].code || !strstr(tare_error(), cases[i].says))
            fail_msg("%s -> %s: code %d, \"%s\"", cases[i].from, cases[i].to, rc, tare_error());
        assert_ptr_equal(strstr(tare_error(), "results.jsonl:3: "), tare_error());
        assert_null(r.id); /* nothing is left to free */
        tare_buf_free(&text);
    }
    tare_buf_free(&line);
}

static void what_is_not_an_object_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", " ", "[]", "7", "null", "\"x\"", "{", "}", "{}", "{} {}", "\xef\xbb\xbf{}"
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct tare_result r;
        struct tare_run run;
        assert_int_equal(tare_result_from_json(&r, texts[i], strlen(texts[i]), "x:1"), TARE_EPARSE);
        assert_int_equal(tare_run_from_json(&run, texts[i], strlen(texts[i]), "x:1"), TARE_EPARSE);
        assert_ptr_equal(strstr(tare_error(), "x:1: "), tare_error());
    }
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    enum { DEPTH = 200000 };
    char *text = malloc(DEPTH + 1);
    for (size_t i = 0; i < 2; i++) {
        struct tare_result r;
        memset(text, i ? '{' : '[', DEPTH);
        assert_int_equal(tare_result_from_json(&r, text, DEPTH, "deep:1"), TARE_EPARSE);
        assert_non_null(strstr(tare_error(), "deep:1: not JSON"));
    }
    free(text);
}

static void unknown_fields_are_ignored(void **state)
{
    (void)state;
    struct tare_buf line = { 0 }, text = { 0 };
    struct tare_result r, whole;
    small_line(&line);
    edit(&text, line.data, "\"iters\"", "\"later\":{\"a\":[1,{}]},\"iters\"");
    assert_int_equal(read_back(&r, &text), 0);
    assert_int_equal(read_back(&whole, &line), 0);
    assert_same_result(&r, &whole);
    tare_result_free(&r);
    tare_result_free(&whole);
    tare_buf_free(&line);
    tare_buf_free(&text);
}

/* Every prefix, and every byte changed: an error, or a result; never a crash or a leak (the sanitizers look). */
static void no_cut_and_no_changed_byte_does_harm(void **state)
{
    (void)state;
    struct tare_buf line = { 0 };
    small_line(&line);
    for (size_t n = 0; n + 1 < line.len; n++) {
        struct tare_result r;
        char *prefix = malloc(n + 1); /* its own block: a read past it is seen */
        memcpy(prefix, line.data, n);
        assert_int_equal(tare_result_from_json(&r, prefix, n, "cut:1"), TARE_EPARSE);
        free(prefix);
    }
    static const char bytes[] = { '\0', ' ', '"', '{', '}', '[', ',', '9', '-', '\xff', 'n' };
    for (size_t n = 0; n + 1 < line.len; n++) {
        char kept = line.data[n];
        for (size_t b = 0; b < sizeof bytes; b++) {
            struct tare_result r;
            line.data[n] = bytes[b];
            if (read_back(&r, &line) == 0)
                tare_result_free(&r);
        }
        line.data[n] = kept;
    }
    tare_buf_free(&line);
}

static void damaged_runs_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        int code;
        const char *says;
    } cases[] = {
        { "\"seed\": \"", "\"seed\": \"x", TARE_EPARSE, "field seed: not a whole number written as text" },
        { "\"seed\": \"", "\"seed\": \"99", TARE_EPARSE, "field seed: not a whole number" }, /* above 2^64 */
        { "\"seed\": \"", "\"seed\": \"-", TARE_EPARSE, "field seed: not a whole number" },
        { "\"cpu\": 0", "\"cpu\": 2147483648", TARE_EPARSE, "field cpu: 2147483648 is out of range" },
        { "\"flags\": 3", "\"flags\": -3", TARE_EPARSE, "field builds[0].flags: -3 is out of range" },
        { "\"flags\": 3", "\"flags\": 4294967296", TARE_EPARSE, "field builds[0].flags" },
        { "\"identity\": false", "\"identity\": null", TARE_EPARSE, "field machine[1].identity: not true or false" },
        { "\"machine\": [", "\"machine\": [[],", TARE_EPARSE, "field machine[0].key: missing" },
        { "\"warnings\": [", "\"warnings\": [7,", TARE_EPARSE, "field warnings: value 0 is not a text" },
        { "\"warnings\": [", "\"warnings\": {}, \"was\": [", TARE_EPARSE, "field warnings: not an array" },
        { "\"stored\"", "\"guessed\"", TARE_EPARSE, "field method: unknown value \"guessed\"" },
        { "\"version\"", "\"v\"", TARE_EPARSE, "field version: missing" },
        { "tare.run/1", "tare.run/3", TARE_EVERSION, "reads \"tare.run/1\"" },
    };
    struct tare_run run;
    struct tare_buf text = { 0 };
    sample_run(&run, 0, 0, 1);
    assert_int_equal(tare_run_to_json(&text, &run), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tare_run back;
        struct tare_buf edited = { 0 };
        edit(&edited, text.data, cases[i].from, cases[i].to);
        int rc = tare_run_from_json(&back, edited.data, edited.len, "run.json");
        if (rc != cases[i].code || !strstr(tare_error(), cases[i].says))
            fail_msg("%s -> %s: code %d, \"%s\"", cases[i].from, cases[i].to, rc, tare_error());
        assert_null(back.builds);
        tare_buf_free(&edited);
    }
    tare_run_free(&run);
    tare_buf_free(&text);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(results_come_back_as_they_were),
    cmocka_unit_test(runs_come_back_as_they_were),
    cmocka_unit_test(a_document_is_a_run_with_its_results),
    cmocka_unit_test(samples_keep_seven_digits),
    cmocka_unit_test(samples_can_be_left_out),
    cmocka_unit_test(text_that_is_not_utf_8_is_mended),
    cmocka_unit_test(numbers_that_json_lacks_are_refused_by_name),
    cmocka_unit_test(a_line_without_a_quantity_is_of_a_time),
    cmocka_unit_test(damaged_fields_are_named),
    cmocka_unit_test(what_is_not_an_object_is_refused),
    cmocka_unit_test(deep_nesting_is_refused),
    cmocka_unit_test(unknown_fields_are_ignored),
    cmocka_unit_test(no_cut_and_no_changed_byte_does_harm),
    cmocka_unit_test(damaged_runs_are_named),
};
TARE_TEST_MAIN(tests)
