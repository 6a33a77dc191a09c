/* The page and its pictures. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_scratch.h"
#include "framework/base/error.h"
#include "framework/report/plots.h"
#include "framework/report/text.h"
#include "report_sample.h"
#include "report_xml.h"

static bool has_gnuplot(void)
{
    const char *path = getenv("PATH");
    char *copy = strdup(path ? path : ""), *rest = copy;
    bool found = false;
    for (char *dir; !found && (dir = strsep(&rest, ":"));) {
        char *file = tare_path_join(dir, "gnuplot");
        found = access(file, X_OK) == 0;
        free(file);
    }
    free(copy);
    return found;
}

static void need_gnuplot(void)
{
    if (!has_gnuplot()) {
        print_message("gnuplot is not installed\n");
        skip();
    }
}

static char *read_below(const char *dir, const char *name)
{
    char *path = tare_path_join(dir, name), *text = NULL;
    if (tare_file_read(&text, NULL, path, 0) != 0)
        fail_msg("%s", tare_error());
    free(path);
    return text;
}

/* The page is well-formed, asks nothing of the network, and every picture it shows is there. Returns how many. */
static size_t check_page(const char *dir)
{
    char *page = read_below(dir, "index.html");
    size_t pictures = 0;
    const char *problem = xml_problem(page, true);
    if (problem)
        fail_msg("%s", problem);
    assert_null(strstr(page, "http:"));
    assert_null(strstr(page, "https:"));
    assert_null(strstr(page, "src=\"/"));
    for (const char *at = page; (at = strstr(at, "<img ")); at++) {
        const char *src = strstr(at, "src=\"") + 5;
        char *name = strndup(src, strcspn(src, "\"")), *svg = read_below(dir, name);
        assert_non_null(strstr(svg, "<svg"));
        assert_non_null(strstr(svg, "</svg>"));
        free(svg);
        free(name);
        pictures++;
        assert_true(strstr(at, "alt=\"") < strchr(at, '>'));
    }
    for (const char *at = page; (at = strstr(at, "href=\"#")); at++) { /* links lead somewhere */
        char *id = tare_format("id=\"%.*s\"", (int)strcspn(at + 7, "\""), at + 7);
        assert_non_null(strstr(page, id));
        free(id);
    }
    free(page);
    return pictures;
}

static void a_page_shows_the_pictures_that_were_drawn(void **state)
{
    need_gnuplot();
    struct tare_run run = sample_full(TARE_METHOD_PAIRED, 20);
    size_t n = 0;
    char *dir = tare_path_join(*state, "a/report");
    assert_int_equal(tare_report_html(dir, TARE_PLOTS_DIR, &run, &n), 0);
    /* 18 measured cases with two pictures each, the changes, and four groups */
    assert_int_equal(n, 18 * 2 + 1 + 4);
    assert_int_equal(check_page(dir), n);
    char *log = read_below(dir, "plots/gnuplot.log");
    assert_string_equal(log, "");
    free(log);
    free(dir);
    tare_run_free(&run);
}

static void odd_ids_stay_text_in_page_and_pictures(void **state)
{
    static const char *const ids[] = { "odd/<script>alert(1)</script>",
                                       "odd/\"quoted\" & 'single'",
                                       "odd/{/Symbol a}_b^c@d",
                                       "odd/back\\slash\\n\"; system(\"touch owned\")",
                                       "odd/# `touch owned` %s %d",
                                       "odd/矩阵/µ",
                                       "odd/two\nlines",
                                       "odd/\xFF\xFE" };
    need_gnuplot();
    struct tare_run run = sample_run(TARE_METHOD_PAIRED);
    size_t n = 0, cases = sizeof ids / sizeof *ids;
    for (size_t i = 0; i < cases; i++)
        sample_change(sample_odd(&run, ids[i]), TARE_METHOD_PAIRED, TARE_REGRESSED, 5, 1);
    tare_facts_set(&run.machine, "note", false, "<b>%s</b>", "bold");
    assert_int_equal(tare_report_html(*state, TARE_PLOTS_DIR, &run, &n), 0);
    assert_int_equal(n, 2 * cases + 2);
    assert_int_equal(check_page(*state), n);
    char *page = read_below(*state, "index.html"), *changes = read_below(*state, "plots/comparison-changes.svg");
    assert_int_equal(xml_count(page, "script"), 1); /* its own */
    assert_int_equal(xml_count(page, "b"), 0);
    assert_non_null(strstr(changes, "{/Symbol a}_b^c@d")); /* as text, not as markup */
    assert_non_null(strstr(changes, "back\\slash"));
    assert_non_null(strstr(changes, "矩阵"));
    assert_true(access("owned", F_OK) != 0);
    free(page);
    free(changes);
    tare_run_free(&run);
}

static void without_gnuplot_the_page_says_so(void **state)
{
    struct tare_run run = sample_full(TARE_METHOD_PAIRED, 24);
    size_t n = 1;
    char *path = strdup(getenv("PATH"));
    setenv("PATH", "/nowhere", 1);
    int rc = tare_report_html(*state, TARE_PLOTS_DIR, &run, &n);
    setenv("PATH", path, 1);
    free(path);
    assert_int_equal(rc, 0);
    assert_int_equal(n, 0);
    assert_int_equal(check_page(*state), 0);
    char *page = read_below(*state, "index.html");
    assert_non_null(strstr(page, "gnuplot was not found"));
    assert_int_equal(xml_count(page, "figure"), 0);
    for (size_t i = 0; i < run.n_results; i++) {
        struct tare_buf id = { 0 };
        tare_text_html_id(&id, run.results[i].id);
        assert_non_null(strstr(page, id.data));
        tare_buf_free(&id);
    }
    free(page);
    tare_run_free(&run);
}

static void an_older_picture_does_not_outlive_its_case(void **state)
{
    need_gnuplot();
    struct tare_run run = sample_full(TARE_METHOD_PAIRED, 3);
    size_t n = 0;
    assert_int_equal(tare_report_html(*state, TARE_PLOTS_DIR, &run, &n), 0);
    assert_true(n > 0);
    sample_fail(&run.results[0], "it broke");
    char *path = strdup(getenv("PATH"));
    setenv("PATH", "/nowhere", 1);
    int rc = tare_report_html(*state, TARE_PLOTS_DIR, &run, &n);
    setenv("PATH", path, 1);
    free(path);
    assert_int_equal(rc, 0);
    assert_int_equal(check_page(*state), 0);
    tare_run_free(&run);
}

static void an_older_picture_does_not_outlive_its_data(void **state)
{
    need_gnuplot();
    struct tare_run run = sample_run(TARE_METHOD_NONE);
    size_t n = 0;
    sample_case(&run, "s", "g", "a", NULL, 100, 50);
    sample_case(&run, "s", "g", "b", NULL, 100, 50);
    assert_int_equal(tare_report_html(*state, TARE_PLOTS_DIR, &run, &n), 0);
    assert_int_equal(n, 2 * 2 + 1);
    run.results[0].work.flops = 0; /* one bar compares with nothing */
    assert_int_equal(tare_report_html(*state, TARE_PLOTS_DIR, &run, &n), 0);
    assert_int_equal(n, 2 * 2);
    assert_int_equal(check_page(*state), n);
    tare_run_free(&run);
}

static void missing_scripts_are_named_on_the_page(void **state)
{
    struct tare_run run = sample_full(TARE_METHOD_NONE, 2);
    char *none = tare_path_join(*state, "no-plots"), *dir = tare_path_join(*state, "report");
    size_t n = 1;
    assert_int_equal(tare_report_html(dir, none, &run, &n), 0);
    assert_int_equal(n, 0);
    char *page = read_below(dir, "index.html");
    assert_null(xml_problem(page, true));
    assert_non_null(strstr(page, "no-plots/plots.def"));
    free(page);
    free(none);
    free(dir);
    tare_run_free(&run);
}

static void degenerate_samples_leave_out_what_cannot_be_drawn(void **state)
{
    need_gnuplot();
    struct tare_run run = sample_run(TARE_METHOD_NONE);
    size_t n = 0;
    struct tare_result *r = sample_case(&run, "s", "equal", NULL, NULL, 100, 40);
    for (size_t i = 0; i < r->samples.n; i++) {
        r->samples.ns[i] = 100;
        r->samples.cause[i] = TARE_CAUSE_NONE;
    }
    r = sample_case(&run, "s", "one", NULL, NULL, 100, 1);
    r = sample_case(&run, "s", "nan", NULL, NULL, 100, 40);
    r->summary.time_ns.value = NAN;
    r = sample_case(&run, "s", "none", NULL, NULL, 100, 40);
    r->samples.n = 0;
    r = sample_case(&run, "s", "infinite", NULL, NULL, 100, 40);
    r->summary.time_ns.lo = -INFINITY;
    r->summary.time_ns.hi = INFINITY;
    assert_int_equal(tare_report_html(*state, TARE_PLOTS_DIR, &run, &n), 0);
    /* samples of three cases; a density of the last alone; the throughput of the group "s" */
    assert_int_equal(check_page(*state), n);
    assert_int_equal(n, 3 + 1 + 1);
    char *log = read_below(*state, "plots/gnuplot.log");
    assert_string_equal(log, "");
    free(log);
    tare_run_free(&run);
}

static void an_empty_run_has_a_page(void **state)
{
    struct tare_run run = sample_run(TARE_METHOD_NONE);
    assert_int_equal(tare_report_html(*state, TARE_PLOTS_DIR, &run, NULL), 0);
    assert_int_equal(check_page(*state), 0);
    tare_run_free(&run);
}

static void a_place_that_cannot_be_written_is_an_error(void **state)
{
    struct tare_run run = sample_full(TARE_METHOD_NONE, 1);
    scratch_put(*state, "file", "in the way");
    char *dir = tare_path_join(*state, "file/report");
    tare_error_clear();
    assert_int_equal(tare_report_html(dir, TARE_PLOTS_DIR, &run, NULL), TARE_EIO);
    assert_non_null(strstr(tare_error(), "file"));
    free(dir);
    tare_run_free(&run);
}

/* A program of that text takes gnuplot's place. */
static int draw_with(const char *root, struct tare_gnuplot *g, const char *program)
{
    scratch_put(root, "bin/gnuplot", program);
    char *bin = tare_path_join(root, "bin"), *file = tare_path_join(root, "bin/gnuplot");
    char *picture = tare_path_join(root, "picture.svg"), *log = tare_path_join(root, "log");
    char *path = strdup(getenv("PATH")), *with = tare_format("%s:%s", bin, path);
    assert_int_equal(chmod(file, 0755), 0);
    setenv("PATH", with, 1);
    g->log = log;
    scratch_put(root, "picture.svg", "an older one");
    int rc = tare_gnuplot_draw(g, "script.gp", "prefix", picture, "title");
    setenv("PATH", path, 1);
    assert_int_equal(tare_path_exists(picture), rc == 0);
    g->log = NULL;
    free(bin);
    free(file);
    free(picture);
    free(log);
    free(path);
    free(with);
    return rc;
}

static void a_failing_or_hanging_gnuplot_is_noticed(void **state)
{
    struct tare_gnuplot g = { .timeout_s = 0.2 };
    assert_int_equal(draw_with(*state, &g, "#!/bin/sh\necho drawn > \"$5\"\n"), 0);
    assert_int_equal(draw_with(*state, &g, "#!/bin/sh\necho half > \"$5\"; exit 3\n"), TARE_ECRASH);
    assert_int_equal(draw_with(*state, &g, "#!/bin/sh\nkill -9 $$\n"), TARE_ECRASH);
    assert_int_equal(draw_with(*state, &g, "#!/bin/sh\nexit 0\n"), TARE_ECRASH); /* drew nothing */
    assert_false(g.hung);
    assert_int_equal(draw_with(*state, &g, "#!/bin/sh\necho half > \"$5\"; exec sleep 60\n"), TARE_ECRASH);
    assert_true(g.hung);
    assert_int_equal(draw_with(*state, &g, "#!/bin/sh\necho drawn > \"$5\"\n"), TARE_ECRASH); /* not asked again */
}

static void a_damaged_list_of_plots_names_its_line(void **state)
{
    static const struct {
        const char *text, *message;
        int rc;
    } cases[] = {
        { "", NULL, 0 },
        { "# a comment\n\n  \na | a.gp | case | samples | A title | with a bar\n", NULL, 0 },
        { "a | a.gp | case | samples\n", "plots.def:1: a plot has five fields", TARE_EPARSE },
        { "#\na | a.gp | often | samples | A\n", "plots.def:2: scope 'often'", TARE_EPARSE },
        { "../a | a.gp | case | samples | A\n", "plots.def:1: name and data", TARE_EPARSE },
        { "a | a.gp | case | ../samples | A", "plots.def:1: name and data", TARE_EPARSE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tare_plots p;
        scratch_put(*state, "plots.def", cases[i].text);
        assert_int_equal(tare_plots_load(&p, *state), cases[i].rc);
        if (cases[i].message)
            assert_non_null(strstr(tare_error(), cases[i].message));
        assert_int_equal(p.n, i == 1);
        if (p.n == 1)
            assert_string_equal(p.items[0].title, "A title | with a bar");
        tare_plots_free(&p);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(a_page_shows_the_pictures_that_were_drawn, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(odd_ids_stay_text_in_page_and_pictures, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(without_gnuplot_the_page_says_so, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(an_older_picture_does_not_outlive_its_case, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(an_older_picture_does_not_outlive_its_data, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(missing_scripts_are_named_on_the_page, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(degenerate_samples_leave_out_what_cannot_be_drawn, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(an_empty_run_has_a_page, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(a_place_that_cannot_be_written_is_an_error, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(a_failing_or_hanging_gnuplot_is_noticed, scratch_make, scratch_remove),
    cmocka_unit_test_setup_teardown(a_damaged_list_of_plots_names_its_line, scratch_make, scratch_remove),
};
TARE_TEST_MAIN(tests)
