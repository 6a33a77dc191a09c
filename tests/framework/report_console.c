/* The table for people. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/report/text.h"
#include "report_sample.h"
#include "tests/harness.h"

/* Calls f for every line; the text is cut up. Returns how many. */
static size_t each_line(char *text, void (*f)(const char *line, void *ctx), void *ctx)
{
    size_t n = 0;
    for (char *line; (line = strsep(&text, "\n"));) {
        if (!text && *line == '\0')
            break;
        f(line, ctx);
        n++;
    }
    return n;
}

static const char *last_line(char *text)
{
    size_t len = strlen(text);
    assert_true(len > 0 && text[len - 1] == '\n');
    text[len - 1] = '\0';
    char *at = strrchr(text, '\n');
    return at ? at + 1 : text;
}

static bool has_line_with(const char *text, const char *a, const char *b)
{
    char *copy = strdup(text), *rest = copy;
    bool found = false;
    for (char *line; !found && (line = strsep(&rest, "\n"));)
        found = strstr(line, a) && strstr(line, b);
    free(copy);
    return found;
}

struct widths {
    size_t most, limit;
};

static void measure(const char *line, void *ctx)
{
    struct widths *w = ctx;
    size_t width = tare_text_width(line);
    bool is_summary = strstr(line, " cases in ") != NULL; /* one line, whatever the width */
    if (!is_summary && width > w->limit)
        print_error("%zu columns: %s\n", width, line);
    if (!is_summary && width > w->most)
        w->most = width;
    assert_true(*line == '\0' || line[strlen(line) - 1] != ' ');
}

static void no_line_is_wider_than_the_terminal(void **state)
{
    static const int widths[] = { 40, 60, 80, 90, 100, 120, 160, 240 };
    static const enum tare_method methods[] = { TARE_METHOD_NONE, TARE_METHOD_PAIRED, TARE_METHOD_STORED };
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        struct tare_run run = sample_full(methods[m], 40);
        char *longest = malloc(301);
        memset(longest, 'x', 300);
        longest[300] = '\0';
        struct tare_result *r = sample_odd(&run, longest);
        if (methods[m] != TARE_METHOD_NONE)
            sample_change(r, methods[m], TARE_REGRESSED, 123.4, 200);
        r = sample_odd(&run, "odd/odd/矩阵乘法/非常长的名字非常长的名字非常长的名字");
        sample_fail(r, "a message that is far longer than any terminal should have to show on one line, with 矩阵");
        for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
            for (int verbose = 0; verbose < 2; verbose++) {
                struct widths w = { .limit = (size_t)widths[i] };
                char *text = sample_print("console", &run,
                                          (struct tare_report_options){ .width = widths[i], .verbose = verbose });
                assert_true(each_line(text, measure, &w) > 50);
                assert_true(w.most <= w.limit);
                free(text);
            }
        }
        free(longest);
        tare_run_free(&run);
    }
}

/* The columns at which the figures of all rows stand. */
struct alignment {
    size_t plus_minus, bracket, rows;
};

static void check_alignment(const char *line, void *ctx)
{
    struct alignment *a = ctx;
    const char *plus_minus = strstr(line, " ± "), *bracket = strchr(line, '[');
    if (!plus_minus || !bracket || bracket < plus_minus || !strstr(line, "GFLOP/s"))
        return;
    char head[400];
    snprintf(head, sizeof head, "%.*s", (int)(plus_minus - line), line);
    size_t at = tare_text_width(head);
    snprintf(head, sizeof head, "%.*s", (int)(bracket - line), line);
    size_t bracket_at = tare_text_width(head);
    if (a->rows++ == 0) {
        a->plus_minus = at;
        a->bracket = bracket_at;
    }
    assert_int_equal(at, a->plus_minus);
    assert_int_equal(bracket_at, a->bracket);
}

static void figures_stand_in_columns(void **state)
{
    static const int widths[] = { 0, 80, 100, 120, 160 };
    (void)state;
    struct tare_run run = sample_full(TARE_METHOD_PAIRED, 60);
    sample_change(sample_odd(&run, "odd/odd/µ-ünïcödé"), TARE_METHOD_PAIRED, TARE_UNCHANGED, 0, 0.1);
    sample_change(sample_case(&run, "kernels", "empty", NULL, NULL, 0.27, 50), TARE_METHOD_PAIRED, TARE_UNCHANGED, 0,
                  20);
    sample_change(sample_odd(&run, "odd/odd/矩阵"), TARE_METHOD_PAIRED, TARE_UNCHANGED, 0, 0.1);
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        struct alignment a = { 0 };
        char *text = sample_print("console", &run, (struct tare_report_options){ .width = widths[i] });
        each_line(text, check_alignment, &a);
        assert_true(a.rows > 50);
        free(text);
    }
    tare_run_free(&run);
}

static void regressions_are_listed_again_the_largest_first(void **state)
{
    (void)state;
    struct tare_run run = sample_full(TARE_METHOD_PAIRED, 60);
    char *text = sample_print("console", &run, (struct tare_report_options){ .width = 120 });
    assert_non_null(strstr(text, "False alarms to expect among the changes called: at most 0.0"));
    char *section = strstr(text, "\nRegressed (3)\n");
    assert_non_null(section);
    double last = INFINITY;
    char *line = strchr(section + 1, '\n') + 1;
    for (int i = 0; i < 3; i++, line = strchr(line, '\n') + 1) {
        double percent = strtod(line, NULL);
        assert_true(percent > 5 && percent < last);
        assert_non_null(strstr(line, "was "));
        last = percent;
    }
    assert_int_equal(*line, '\n'); /* the section ends */
    assert_non_null(strstr(text, "\nImproved (2)\n"));
    free(text);
    tare_run_free(&run);
}

static void every_section_appears_with_its_cause(void **state)
{
    static const char *const expected[] = {
        "Inconclusive (1)",
        "visible here: changes from 2.0%; to settle it: about 42 s of measuring",
        "Marked *: state-dependent (1)",
        "fast core +0.01%",
        "slow core (61 to 66% of its speed) +6.60%",
        "code or data layout rather than work",
        "Failed (1)",
        "the worker ended by signal 11 (segmentation fault)",
        "New (1)",
        "Gone (1)",
        "samples set aside",
        "preempted",
        "page fault",
        "mild outliers kept",
        "In 1 of 22 cases the budget ended before ±0.5% was reached",
        "warning: the baseline was taken with another kernel version",
        "against baseline 'main': both builds measured again, in turns",
        "cpu 1",
        "seed 4711",
    };
    (void)state;
    struct tare_run run = sample_full(TARE_METHOD_PAIRED, 24);
    char *text = sample_print("console", &run, (struct tare_report_options){ .width = 160 });
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        if (!strstr(text, expected[i]))
            fail_msg("missing: %s\n%s", expected[i], text);
    }
    assert_true(has_line_with(text, "unchanged*", "GFLOP/s"));
    assert_null(strstr(text, "drift")); /* nothing stands between the two */
    free(text);
    tare_run_free(&run);
}

static void stored_samples_tell_of_the_drift_between(void **state)
{
    (void)state;
    struct tare_run run = sample_full(TARE_METHOD_STORED, 8);
    run.results[0].change.drift = log1p(0.042);
    for (size_t i = 1; i < run.n_results; i++)
        run.results[i].change.drift = log1p(0.017);
    char *text = sample_print("console", &run, (struct tare_report_options){ 0 });
    for (char *c = text; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    assert_non_null(strstr(text, "drift, between 1.7% and 4.2% here, stands between the two; it is assumed"));
    free(text);
    for (size_t i = 0; i + 1 < run.n_results; i++)
        run.results[i].change.drift_runs = 5 + i;
    text = sample_print("console", &run, (struct tare_report_options){ 0 });
    for (char *c = text; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    assert_non_null(strstr(text, "estimated from 5 to 11 earlier runs of unchanged builds on this machine, and "
                                 "assumed for 1 case without such runs"));
    free(text);
    tare_run_free(&run);
}

static void a_mixed_comparison_says_how_many_were_not_measured_again(void **state)
{
    (void)state;
    struct tare_run run = sample_full(TARE_METHOD_PAIRED, 8);
    run.results[2].change.method = TARE_METHOD_STORED;
    char *text = sample_print("console", &run, (struct tare_report_options){ 0 });
    for (char *c = text; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    assert_non_null(strstr(text, "Not so for 1 of 8 cases"));
    free(text);
    tare_run_free(&run);
}

static void the_last_line_is_the_summary(void **state)
{
    (void)state;
    struct tare_run run = sample_full(TARE_METHOD_PAIRED, 24);
    char *text = sample_print("console", &run, (struct tare_report_options){ .width = 80 });
    assert_string_equal(last_line(text), "23 cases in 71 s: 17 unchanged, 1 improved, 2 regressed, 1 inconclusive, "
                                         "1 new, 1 gone, 1 failed");
    free(text);
    run.interrupted = true;
    text = sample_print("console", &run, (struct tare_report_options){ .width = 80 });
    assert_non_null(strstr(last_line(text), "stopped before its end"));
    free(text);
    tare_run_free(&run);
}

static void only_colour_brings_escape_sequences(void **state)
{
    (void)state;
    struct tare_run run = sample_full(TARE_METHOD_PAIRED, 24);
    sample_fail(sample_odd(&run, "odd/odd/\x1b[31mred"), "\x1b]0;title\a");
    char *plain = sample_print("console", &run, (struct tare_report_options){ .width = 120 });
    char *colored = sample_print("console", &run, (struct tare_report_options){ .width = 120, .color = true });
    assert_null(strchr(plain, '\x1b'));
    assert_non_null(strstr(colored, "\x1b[1;31m"));
    /* without its sequences the coloured text is the plain one */
    char *to = colored;
    for (const char *from = colored; *from;) {
        if (from[0] == '\x1b' && from[1] == '[')
            from = strchr(from, 'm') + 1;
        else
            *to++ = *from++;
    }
    *to = '\0';
    assert_string_equal(colored, plain);
    free(plain);
    free(colored);
    tare_run_free(&run);
}

static void verbose_shows_every_statistic(void **state)
{
    static const char *const expected[] = { "median ", "mean ",  "deviation", "MAD",
                                            "min",     "max",    "95%",       "iterations",
                                            "warm-up", "blocks", "q = ",      "old build against itself" };
    (void)state;
    struct tare_run run = sample_full(TARE_METHOD_PAIRED, 1);
    run.results[0].change.has_check = true;
    char *text = sample_print("console", &run, (struct tare_report_options){ .width = 120, .verbose = true });
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        if (!strstr(text, expected[i]))
            fail_msg("missing: %s\n%s", expected[i], text);
    }
    free(text);
    tare_run_free(&run);
}

static void a_run_without_a_baseline_shows_no_verdicts(void **state)
{
    (void)state;
    struct tare_run run = sample_full(TARE_METHOD_NONE, 3);
    char *text = sample_print("console", &run, (struct tare_report_options){ .width = 80 });
    assert_null(strstr(text, "verdict"));
    assert_null(strstr(text, "baseline"));
    assert_string_equal(last_line(text), "3 cases in 71 s");
    free(text);
    tare_run_free(&run);
}

static void odd_runs_print(void **state)
{
    (void)state;
    struct tare_run empty = { .cpu = -1 };
    char *text = sample_print("console", &empty, (struct tare_report_options){ .width = 80 });
    assert_string_equal(last_line(text), "0 cases in 0 ms");
    free(text);

    struct tare_run run = sample_run(TARE_METHOD_PAIRED);
    struct tare_result *r = sample_case(&run, "kernels", "dot/f32", NULL, NULL, 100, 50);
    sample_change(r, TARE_METHOD_PAIRED, TARE_INCONCLUSIVE, 0, 0);
    r->change.ratio = (struct tare_interval){ NAN, -INFINITY, INFINITY };
    r->change.smallest_visible = INFINITY;
    r->summary.time_ns = (struct tare_interval){ NAN, NAN, NAN };
    r->summary.mean_ns = INFINITY;
    r = sample_case(&run, "kernels", "add/f32", "avx2", NULL, 100, 50);
    sample_fail(r, "");
    for (int verbose = 0; verbose < 2; verbose++) {
        text = sample_print("console", &run, (struct tare_report_options){ .width = 100, .verbose = verbose });
        assert_true(has_line_with(text, "n/a", "inconclusive"));
        assert_null(strstr(text, "nan"));
        free(text);
    }
    tare_run_free(&run);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct tare_run runs[] = { sample_full(TARE_METHOD_PAIRED, 24), sample_run(TARE_METHOD_NONE) };
    FILE *full = fopen("/dev/full", "w");
    for (size_t i = 0; full && i < 2 * tare_n_reports; i++) { /* also a text that fits into the stream's buffer */
        struct tare_report_options o = { .out = full };
        tare_error_clear();
        assert_int_equal(tare_report_write(tare_reports[i / 2], &o, &runs[i % 2]), TARE_EIO);
        assert_non_null(strstr(tare_error(), "No space left"));
        clearerr(full);
    }
    if (full)
        fclose(full);
    tare_run_free(&runs[0]);
    tare_run_free(&runs[1]);
    if (!full) {
        print_message("/dev/full is not here\n");
        skip();
    }
}

static void formats_are_found_by_name(void **state)
{
    static const char *const names[] = { "console", "json", "csv", "markdown", "junit" };
    (void)state;
    assert_int_equal(tare_n_reports, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_non_null(tare_report_find(names[i]));
        assert_string_equal(tare_report_find(names[i])->name, names[i]);
    }
    assert_null(tare_report_find("html"));
    assert_null(tare_report_find(""));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(no_line_is_wider_than_the_terminal),
    cmocka_unit_test(figures_stand_in_columns),
    cmocka_unit_test(regressions_are_listed_again_the_largest_first),
    cmocka_unit_test(every_section_appears_with_its_cause),
    cmocka_unit_test(stored_samples_tell_of_the_drift_between),
    cmocka_unit_test(a_mixed_comparison_says_how_many_were_not_measured_again),
    cmocka_unit_test(the_last_line_is_the_summary),
    cmocka_unit_test(only_colour_brings_escape_sequences),
    cmocka_unit_test(verbose_shows_every_statistic),
    cmocka_unit_test(a_run_without_a_baseline_shows_no_verdicts),
    cmocka_unit_test(odd_runs_print),
    cmocka_unit_test(a_full_disk_is_an_error),
    cmocka_unit_test(formats_are_found_by_name),
};
TARE_TEST_MAIN(tests)
