/* CSV, Markdown, JUnit and JSON, read back. */
#include <jansson.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report_sample.h"
#include "report_xml.h"
#include "tests/harness.h"

extern char **environ;

/* Ids and messages that each format could trip over. */
static const char *const odd_texts[] = {
    "a,b",
    "say \"x\"",
    "\"",
    "<script>alert('&')</script>",
    "]]>",
    "pipe|and`tick`_under_*star*",
    "two\nlines\r\nand\ttabs",
    " edges ",
    "矩阵/µ/ünïcödé/\xF0\x9F\x9A\x80",
    "control\x01\x1b[31m",
    "percent %s %n %d",
    "back\\slash\\n",
    "=1+1",
    "",
};
enum { N_ODD = sizeof odd_texts / sizeof *odd_texts };

static struct tare_run odd_run(void)
{
    struct tare_run run = sample_run(TARE_METHOD_PAIRED);
    for (size_t i = 0; i < N_ODD; i++) {
        struct tare_result *r = sample_odd(&run, odd_texts[i]);
        free(r->suite);
        r->suite = strdup(odd_texts[i]);
        if (i % 3 == 0)
            sample_fail(r, odd_texts[i]);
        else
            sample_change(r, TARE_METHOD_PAIRED, i % 3 == 1 ? TARE_REGRESSED : TARE_UNCHANGED, 5, 1);
    }
    tare_run_warn(&run, "%s", "a <b> \"warning\" | with & everything");
    return run;
}

/* ---- a reader of RFC 4180, written from its grammar ---- */

struct table {
    char *cells[200][96];
    size_t n_rows, n_columns[200];
};

static const char *read_cell(const char *at, char **cell)
{
    char *out = malloc(strlen(at) + 1), *to = out;
    if (*at == '"') {
        for (at++; at[0] != '"' || at[1] == '"'; at++) {
            assert_true(*at != '\0');
            at += at[0] == '"';
            *to++ = *at;
        }
        at++;
        assert_true(*at == ',' || *at == '\n');
    } else {
        while (*at != ',' && *at != '\n') {
            assert_true(*at != '\0' && *at != '"' && *at != '\r');
            *to++ = *at++;
        }
    }
    *to = '\0';
    *cell = out;
    return at;
}

static struct table *read_csv(const char *text)
{
    struct table *t = calloc(1, sizeof *t);
    for (const char *at = text; *at; t->n_rows++) {
        size_t n = 0;
        do {
            assert_true(t->n_rows < 200 && n < 96);
            at = read_cell(at + (n > 0), &t->cells[t->n_rows][n]);
            n++;
        } while (*at == ',');
        assert_int_equal(*at, '\n');
        at++;
        t->n_columns[t->n_rows] = n;
        assert_int_equal(n, t->n_columns[0]);
    }
    return t;
}

static const char *cell(const struct table *t, size_t row, const char *column)
{
    for (size_t i = 0; i < t->n_columns[0]; i++) {
        if (strcmp(t->cells[0][i], column) == 0)
            return t->cells[row + 1][i];
    }
    fail_msg("no column %s", column);
    return NULL;
}

static void free_table(struct table *t)
{
    for (size_t i = 0; i < t->n_rows; i++) {
        for (size_t k = 0; k < t->n_columns[i]; k++)
            free(t->cells[i][k]);
    }
    free(t);
}

/* Both empty: not finite. Else equal to the ten digits that are written. */
static void check_number(const char *text, double expected)
{
    if (!isfinite(expected)) {
        assert_string_equal(text, "");
        return;
    }
    char *end;
    assert_true(*text != '\0');
    assert_true(fabs(strtod(text, &end) - expected) <= 1e-9 * fabs(expected));
    assert_int_equal(*end, '\0');
}

static void csv_reads_back_as_it_was(void **state)
{
    (void)state;
    struct tare_run run = sample_full(TARE_METHOD_PAIRED, 60);
    run.results[2].summary.sd_ns = NAN;
    run.results[2].change.ratio.hi = INFINITY;
    char *text = sample_print("csv", &run, (struct tare_report_options){ 0 });
    struct table *t = read_csv(text);
    assert_int_equal(t->n_rows, run.n_results + 1);
    for (size_t i = 0; i < run.n_results; i++) {
        const struct tare_result *r = &run.results[i];
        bool ok = r->status == TARE_CASE_OK, compared = r->change.method != TARE_METHOD_NONE;
        assert_string_equal(cell(t, i, "id"), r->id);
        assert_string_equal(cell(t, i, "group"), r->group);
        assert_string_equal(cell(t, i, "params"), r->params[0].text);
        check_number(cell(t, i, "time_ns"), ok ? r->summary.time_ns.value : NAN);
        check_number(cell(t, i, "time_hi_ns"), ok ? r->summary.time_ns.hi : NAN);
        check_number(cell(t, i, "sd_ns"), ok ? r->summary.sd_ns : NAN);
        check_number(cell(t, i, "change"), compared ? exp(r->change.ratio.value) - 1 : NAN);
        check_number(cell(t, i, "change_hi"), compared ? exp(r->change.ratio.hi) - 1 : NAN);
        check_number(cell(t, i, "preempted"), ok ? (double)r->summary.set_aside[TARE_CAUSE_PREEMPTED] : NAN);
        check_number(cell(t, i, "mild_outliers"), ok ? (double)r->summary.set_aside[TARE_CAUSE_MILD] : NAN);
        check_number(cell(t, i, "iterations"), ok ? (double)r->iters : NAN);
    }
    assert_string_equal(cell(t, 17, "status"), "failed");
    assert_string_equal(cell(t, 17, "message"), "the worker ended by signal 11 (segmentation fault)");
    assert_string_equal(cell(t, 18, "presence"), "new");
    assert_string_equal(cell(t, 19, "presence"), "gone");
    assert_string_equal(cell(t, 3, "verdict"), "regressed");
    assert_string_equal(cell(t, 3, "rate_unit"), "GFLOP/s");
    assert_string_equal(cell(t, 3, "method"), "paired");
    assert_string_equal(cell(t, 11, "state_dependent"), "1");
    free_table(t);
    free(text);
    tare_run_free(&run);
}

static void csv_quotes_odd_texts(void **state)
{
    (void)state;
    struct tare_run run = odd_run();
    char *text = sample_print("csv", &run, (struct tare_report_options){ 0 });
    struct table *t = read_csv(text);
    assert_int_equal(t->n_rows, N_ODD + 1);
    for (size_t i = 0; i < N_ODD; i++) {
        assert_string_equal(cell(t, i, "id"), odd_texts[i]);
        assert_string_equal(cell(t, i, "message"), i % 3 == 0 ? odd_texts[i] : "");
    }
    free_table(t);
    free(text);
    tare_run_free(&run);
}

static void csv_carries_raw_samples_on_request(void **state)
{
    (void)state;
    struct tare_run run = sample_full(TARE_METHOD_NONE, 1);
    const struct tare_samples *s = &run.results[0].samples;
    char *text = sample_print("csv", &run, (struct tare_report_options){ .samples = true });
    struct table *t = read_csv(text);
    char *raw = strdup(cell(t, 0, "raw_samples")), *rest = raw;
    for (size_t i = 0; i < s->n; i++) {
        char *one = strsep(&rest, " "), *cause;
        assert_non_null(one);
        assert_true(fabs(strtod(one, &cause) - s->ns[i]) <= 1e-9 * s->ns[i]);
        assert_int_equal(*cause == ':', s->cause[i] != TARE_CAUSE_NONE);
        if (s->cause[i] == TARE_CAUSE_FAULT)
            assert_string_equal(cause, ":page_fault");
    }
    assert_null(rest);
    free(raw);
    free_table(t);
    free(text);
    tare_run_free(&run);
}

/* xmllint's opinion of the text: 0 good, -1 not installed. */
static int ask_xmllint(const char *text)
{
    FILE *f = tmpfile();
    assert_non_null(f);
    fputs(text, f);
    rewind(f);
    char path[64];
    snprintf(path, sizeof path, "/dev/fd/%d", fileno(f));
    char *argv[] = { "xmllint", "--noout", path, NULL };
    pid_t pid;
    int status = 0, rc = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
    if (rc == 0)
        waitpid(pid, &status, 0);
    fclose(f);
    return rc ? -1 : status;
}

static void junit_is_well_formed_and_counts_right(void **state)
{
    (void)state;
    struct tare_run run = sample_full(TARE_METHOD_PAIRED, 60);
    run.results[40].status = TARE_CASE_UNMEASURED;
    char *text = sample_print("junit", &run, (struct tare_report_options){ 0 });
    const char *problem = xml_problem(text, false);
    assert_null(problem);
    assert_int_equal(xml_count(text, "testsuite"), 1);
    assert_int_equal(xml_count(text, "testcase"), 60);
    assert_int_equal(xml_count(text, "failure"), 3);
    assert_int_equal(xml_count(text, "error"), 1);
    assert_int_equal(xml_count(text, "skipped"), 2); /* the gone and the unmeasured one */
    assert_non_null(strstr(text, "tests=\"60\" failures=\"3\" errors=\"1\" skipped=\"2\""));
    assert_non_null(strstr(text, "classname=\"kernels.matmul.f32\" name=\"ref/llama-1b.attn_q/m=1\""));
    assert_non_null(strstr(text, "message=\"the worker ended by signal 11 (segmentation fault)\""));
    free(text);
    tare_run_free(&run);
}

static void junit_escapes_odd_texts(void **state)
{
    (void)state;
    struct tare_run run = odd_run();
    char *text = sample_print("junit", &run, (struct tare_report_options){ 0 });
    const char *problem = xml_problem(text, false);
    if (problem)
        fail_msg("%s", problem);
    assert_int_equal(xml_count(text, "testcase"), N_ODD);
    assert_int_equal(xml_count(text, "testsuite"), N_ODD); /* each has a suite of its own */
    assert_int_equal(xml_count(text, "script"), 0);
    free(text);
    tare_run_free(&run);
}

static void junit_satisfies_xmllint(void **state)
{
    (void)state;
    struct tare_run runs[] = { odd_run(), sample_full(TARE_METHOD_STORED, 24), sample_run(TARE_METHOD_NONE) };
    int verdict = 0;
    for (size_t i = 0; i < 3; i++) {
        char *text = sample_print("junit", &runs[i], (struct tare_report_options){ 0 });
        verdict |= ask_xmllint(text);
        free(text);
        tare_run_free(&runs[i]);
    }
    if (verdict == -1) {
        print_message("xmllint is not installed\n");
        skip();
    }
    assert_int_equal(verdict, 0);
}

/* Cells of a table's row: bars that no backslash takes. */
static size_t count_cells(const char *line, size_t len)
{
    size_t bars = 0;
    for (size_t i = 0; i < len; i++) {
        if (line[i] == '\\')
            i++;
        else
            bars += line[i] == '|';
    }
    return bars - 1;
}

static void markdown_tables_keep_their_columns(void **state)
{
    (void)state;
    struct tare_run runs[] = { odd_run(), sample_full(TARE_METHOD_PAIRED, 40), sample_full(TARE_METHOD_NONE, 5) };
    for (size_t i = 0; i < 3; i++) {
        char *text = sample_print("markdown", &runs[i], (struct tare_report_options){ 0 });
        size_t columns = 0, rows = 0;
        for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
            size_t len = strcspn(line, "\n");
            if (*line != '|') {
                columns = 0;
                continue;
            }
            size_t n = count_cells(line, len);
            assert_true(columns == 0 || n == columns);
            assert_int_equal(line[len - 1], '|');
            columns = n;
            rows++;
        }
        assert_true(rows >= runs[i].n_results + 2);
        assert_null(strstr(text, "<script"));
        free(text);
        tare_run_free(&runs[i]);
    }
}

static void markdown_shows_what_changed_before_it_folds(void **state)
{
    (void)state;
    struct tare_run run = sample_full(TARE_METHOD_PAIRED, 40);
    char *text = sample_print("markdown", &run, (struct tare_report_options){ 0 });
    const char *fold = strstr(text, "<details>"), *all = strstr(text, "<summary>All cases (40)</summary>");
    const char *order[] = { strstr(text, "### 39 cases"),
                            strstr(text, "> Warning: "),
                            strstr(text, "**Failed (1)**"),
                            strstr(text, "**Regressed (2)**"),
                            strstr(text, "**Improved (1)**"),
                            fold,
                            all };
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        assert_non_null(order[i]);
        assert_true(i == 0 || order[i] > order[i - 1]);
    }
    assert_int_equal(xml_count(text, "details"), xml_count(text, "/details"));
    free(text);
    tare_run_free(&run);
}

static void json_is_one_document(void **state)
{
    (void)state;
    for (int samples = 0; samples < 2; samples++) {
        struct tare_run run = sample_full(TARE_METHOD_PAIRED, 24);
        char *text = sample_print("json", &run, (struct tare_report_options){ .samples = samples });
        json_error_t error;
        json_t *root = json_loads(text, 0, &error);
        if (!root)
            fail_msg("line %d: %s", error.line, error.text);
        json_t *results = json_object_get(root, "results");
        assert_string_equal(json_string_value(json_object_get(root, "schema")), "tare.run/1");
        assert_int_equal(json_array_size(results), 24);
        for (size_t i = 0; i < 24; i++)
            assert_string_equal(json_string_value(json_object_get(json_array_get(results, i), "id")),
                                run.results[i].id);
        assert_int_equal(text[strlen(text) - 1], '\n');
        assert_int_equal(json_object_get(json_array_get(results, 0), "samples") != NULL, samples);
        json_decref(root);
        free(text);
        tare_run_free(&run);
    }
}

static void empty_runs_are_still_documents(void **state)
{
    (void)state;
    struct tare_run run = sample_run(TARE_METHOD_NONE);
    char *text = sample_print("csv", &run, (struct tare_report_options){ 0 });
    struct table *t = read_csv(text);
    assert_int_equal(t->n_rows, 1);
    free_table(t);
    free(text);
    text = sample_print("junit", &run, (struct tare_report_options){ 0 });
    assert_null(xml_problem(text, false));
    free(text);
    text = sample_print("markdown", &run, (struct tare_report_options){ 0 });
    assert_non_null(strstr(text, "### 0 cases"));
    free(text);
    text = sample_print("json", &run, (struct tare_report_options){ 0 });
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    json_decref(root);
    free(text);
    tare_run_free(&run);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(csv_reads_back_as_it_was),
    cmocka_unit_test(csv_quotes_odd_texts),
    cmocka_unit_test(csv_carries_raw_samples_on_request),
    cmocka_unit_test(junit_is_well_formed_and_counts_right),
    cmocka_unit_test(junit_escapes_odd_texts),
    cmocka_unit_test(junit_satisfies_xmllint),
    cmocka_unit_test(markdown_tables_keep_their_columns),
    cmocka_unit_test(markdown_shows_what_changed_before_it_folds),
    cmocka_unit_test(json_is_one_document),
    cmocka_unit_test(empty_runs_are_still_documents),
};
TARE_TEST_MAIN(tests)
