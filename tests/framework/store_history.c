/* The history of a machine: what runs append, and what damage, length, other writers and other machines do to it. */
#include "tests/framework/store_fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "framework/store/history.h"

static const char *history_file(const struct bench *b)
{
    return bench_path(b, ".tare/history.jsonl");
}

/* A run of `cases` cases whose medians are 100 ns, times `factor`, of the build kept in the file `build`. */
static void make_run(struct tare_run *run, const char *model, const char *build, size_t cases, double factor)
{
    *run = (struct tare_run){ .date = tare_strdup("2026-01-02T03:04:05Z") };
    assert_int_equal(tare_facts_set(&run->machine, "cpu.model", true, "%s", model), 0);
    assert_int_equal(tare_facts_set(&run->machine, "load", false, "%g", factor), 0); /* no identity */
    run->builds = calloc(1, sizeof *run->builds);
    run->builds[0] = (struct tare_build){ .suite = tare_strdup("s"), .path = tare_strdup(build) };
    run->n_builds = 1;
    for (size_t i = 0; i < cases; i++) {
        struct tare_result *r = tare_run_add(run);
        assert_non_null(r);
        r->id = tare_format("s/case/%zu", i);
        r->suite = tare_strdup("s");
        r->summary.time_ns = (struct tare_interval){ 100 * factor, 99 * factor, 101 * factor };
    }
}

static int append(const struct bench *b, const char *model, const char *build, size_t cases, double factor)
{
    struct tare_run run;
    make_run(&run, model, build, cases, factor);
    const char *file = run.builds[0].path;
    int rc = tare_history_append(&b->store, &run, &file);
    tare_run_free(&run);
    return rc;
}

static struct tare_history history_of(const struct bench *b, const char *model)
{
    struct tare_history h;
    struct tare_facts facts = { 0 };
    assert_int_equal(tare_facts_set(&facts, "cpu.model", true, "%s", model), 0);
    assert_int_equal(tare_facts_set(&facts, "load", false, "another"), 0);
    if (tare_history_read(&h, &b->store, &facts))
        fail_msg("%s", tare_error());
    tare_facts_free(&facts);
    return h;
}

static const char *build_file(const struct bench *b, const char *content)
{
    const char *path = bench_path(b, "build-%s.so", content);
    spill(path, content, strlen(content));
    return path;
}

/* Expected: the standard deviation of {ln 1, ln 1.1, ln 1.2} by R 4.2: sd(log(c(1, 1.1, 1.2))) = 0.09119225; pooled
 * with a second build's four runs: sqrt((2*var(log(c(1,1.1,1.2))) + 3*var(log(c(2,2.1,2.2,2)))) / 5) = 0.06768358. */
static void drift_is_the_spread_of_the_runs_of_a_build(void **state)
{
    const struct bench *b = *state;
    static const double first[] = { 1, 1.1, 1.2 }, second[] = { 2, 2.1, 2.2, 2 };
    const char *a = build_file(b, "a"), *c = build_file(b, "c");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(append(b, "m", a, 2, first[i]), 0);
    struct tare_history h = history_of(b, "m");
    struct tare_drift d = tare_history_drift(&h, "s/case/1");
    assert_int_equal(d.runs, 3);
    assert_int_equal(d.freedom, 2);
    assert_true(fabs(d.sd - 0.09119225) < 1e-6);
    tare_history_free(&h);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(append(b, "m", c, 2, second[i]), 0);
    h = history_of(b, "m");
    d = tare_history_drift(&h, "s/case/0");
    assert_int_equal(d.runs, 7);
    assert_int_equal(d.freedom, 5);
    assert_true(fabs(d.sd - 0.06768358) < 1e-6);
    assert_int_equal(tare_history_drift(&h, "s/case/2").runs, 0);
    assert_int_equal(tare_history_drift(&h, "").runs, 0);
    tare_history_free(&h);
}

static void two_runs_of_a_build_are_no_history(void **state)
{
    const struct bench *b = *state;
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(append(b, "m", build_file(b, i % 3 == 0 ? "a" : i % 3 == 1 ? "b" : "c"), 1, 1), 0);
    struct tare_history h = history_of(b, "m");
    assert_int_equal(h.n, 6);
    struct tare_drift d = tare_history_drift(&h, "s/case/0");
    assert_int_equal(d.runs, 0);
    assert_true(d.sd == 0);
    tare_history_free(&h);
}

static void no_file_is_no_history(void **state)
{
    struct tare_history h = history_of(*state, "m");
    assert_int_equal(h.n, 0);
    assert_int_equal(h.skipped, 0);
    assert_int_equal(tare_history_drift(&h, "s/case/0").runs, 0);
    tare_history_free(&h);
}

static void another_machine_has_another_history(void **state)
{
    const struct bench *b = *state;
    const char *a = build_file(b, "a");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(append(b, "m", a, 1, 1), 0);
        assert_int_equal(append(b, "n", a, 1, 3), 0);
        assert_int_equal(append(b, "n", a, 1, 4), 0);
    }
    struct tare_history h = history_of(b, "m");
    assert_int_equal(h.n, 3);
    assert_true(tare_history_drift(&h, "s/case/0").sd < 1e-9);
    tare_history_free(&h);
    h = history_of(b, "n");
    assert_int_equal(tare_history_drift(&h, "s/case/0").runs, 6);
    tare_history_free(&h);
    h = history_of(b, "o");
    assert_int_equal(h.n, 0);
    assert_int_equal(h.skipped, 0);
    tare_history_free(&h);
}

static void a_failed_case_and_a_suite_without_cases_leave_nothing(void **state)
{
    const struct bench *b = *state;
    struct tare_run run;
    make_run(&run, "m", build_file(b, "a"), 2, 1);
    const char *file = run.builds[0].path;
    run.results[0].status = TARE_CASE_FAILED;
    assert_int_equal(tare_history_append(&b->store, &run, &file), 0);
    run.results[1].status = TARE_CASE_UNMEASURED;
    assert_int_equal(tare_history_append(&b->store, &run, &file), 0);
    tare_run_free(&run);
    struct tare_history h = history_of(b, "m");
    assert_int_equal(h.n, 1);
    assert_string_equal(h.items[0].id, "s/case/1");
    tare_history_free(&h);
}

static void a_damaged_line_is_skipped_and_counted(void **state)
{
    const struct bench *b = *state;
    static const struct {
        const char *line;
        size_t skipped;
    } lines[] = {
        { "", 0 },
        { "{", 1 },
        { "\xff\xfe\x01", 1 },
        { "[1,2]", 1 },
        { "null", 1 },
        { "{\"schema\":\"tare.history/9\"}", 1 },
        { "{\"schema\":\"tare.result/1\",\"machine\":\"x\",\"build\":\"y\",\"medians\":{}}", 1 },
        { "{\"schema\":\"tare.history/1\",\"build\":\"y\",\"medians\":{}}", 1 },
        { "{\"schema\":\"tare.history/1\",\"machine\":\"x\",\"medians\":{}}", 1 },
        { "{\"schema\":\"tare.history/1\",\"machine\":\"x\",\"build\":\"y\"}", 1 },
        { "{\"schema\":\"tare.history/1\",\"machine\":\"x\",\"build\":7,\"medians\":{}}", 1 },
        { "{\"schema\":\"tare.history/1\",\"machine\":\"x\",\"build\":\"y\",\"medians\":[]}", 1 },
        { "{\"schema\":\"tare.history/1\",\"machine\":\"x\",\"build\":\"y\",\"medians\":{\"s\":0}}", 1 },
        { "{\"schema\":\"tare.history/1\",\"machine\":\"x\",\"build\":\"y\",\"medians\":{\"s\":-1}}", 1 },
        { "{\"schema\":\"tare.history/1\",\"machine\":\"x\",\"build\":\"y\",\"medians\":{\"s\":\"1\"}}", 1 },
        { "{\"schema\":\"tare.history/1\",\"machine\":\"x\",\"build\":\"y\",\"medians\":{\"s\":1}}", 0 },
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_int_equal(append(b, "m", build_file(b, "a"), 1, 1), 0);
        size_t len;
        char *text = slurp(history_file(b), &len);
        char *more = tare_format("%s%s\n", text, lines[i].line);
        spill(history_file(b), more, strlen(more));
        free(more);
        assert_int_equal(append(b, "m", build_file(b, "a"), 1, 1), 0);
        struct tare_history h = history_of(b, "m");
        assert_int_equal(h.n, 2);
        assert_int_equal(h.skipped, lines[i].skipped);
        tare_history_free(&h);
        free(text);
        assert_int_equal(unlink(history_file(b)), 0);
    }
}

/* Cut at every byte: what was whole before the cut is read, and what comes after it is whole again. */
static void a_line_cut_off_by_a_kill_costs_itself_alone(void **state)
{
    const struct bench *b = *state;
    const char *a = build_file(b, "a");
    assert_int_equal(append(b, "m", a, 2, 1), 0);
    size_t one, two;
    free(slurp(history_file(b), &one));
    assert_int_equal(append(b, "m", a, 2, 1), 0);
    char *text = slurp(history_file(b), &two);
    for (size_t cut = one; cut <= two; cut++) {
        spill(history_file(b), text, cut);
        bool whole = cut >= two - 1; /* only its newline is missing */
        assert_int_equal(append(b, "m", a, 2, 1), 0);
        struct tare_history h = history_of(b, "m");
        assert_int_equal(h.n, whole ? 6 : 4);
        assert_int_equal(h.skipped, !whole && cut > one);
        tare_history_free(&h);
    }
    free(text);
}

static void the_file_stays_below_its_cap_and_keeps_the_newest(void **state)
{
    const struct bench *b = *state;
    enum { CASES = 4000, RUNS = 120 };
    const char *a = build_file(b, "a");
    size_t most = 0, drops = 0, last = 0;
    for (size_t i = 0; i < RUNS; i++) {
        struct stat st;
        assert_int_equal(append(b, "m", a, CASES, 1 + (double)i), 0);
        assert_int_equal(stat(history_file(b), &st), 0);
        size_t size = (size_t)st.st_size;
        most = size > most ? size : most;
        drops += size < last;
        last = size;
    }
    assert_true(drops > 0 && most > TARE_HISTORY_BYTES / 2 && most <= TARE_HISTORY_BYTES);
    struct tare_history h = history_of(b, "m");
    assert_int_equal(h.skipped, 0);
    assert_int_equal(h.n % CASES, 0);
    size_t kept = h.n / CASES;
    assert_true(kept >= 3 && kept < RUNS);
    for (size_t i = 0; i < h.n; i++) /* the last `kept` runs, in their order */
        assert_true(fabs(h.items[i].ln_ns - log(100 * (1 + (double)(RUNS - kept + i / CASES)))) < 1e-6);
    tare_history_free(&h);
}

static void a_run_too_long_for_the_file_is_refused(void **state)
{
    const struct bench *b = *state;
    assert_int_equal(append(b, "m", build_file(b, "a"), 150000, 1), TARE_EUSAGE);
    assert_non_null(strstr(tare_error(), "150000 cases"));
    assert_false(tare_path_exists(history_file(b)));
}

static void two_writers_lose_nothing(void **state)
{
    const struct bench *b = *state;
    enum { WRITERS = 2, RUNS = 40 };
    const char *builds[WRITERS] = { build_file(b, "a"), build_file(b, "b") };
    pid_t pids[WRITERS];
    for (int w = 0; w < WRITERS; w++) {
        pids[w] = fork();
        assert_true(pids[w] >= 0);
        if (pids[w] == 0) {
            int rc = 0;
            for (int i = 0; i < RUNS && rc == 0; i++)
                rc = append(b, "m", builds[w], 30, 1 + i);
            _exit(rc != 0);
        }
    }
    for (int w = 0; w < WRITERS; w++) {
        int status;
        assert_int_equal(waitpid(pids[w], &status, 0), pids[w]);
        assert_int_equal(status, 0);
    }
    struct tare_history h = history_of(b, "m");
    assert_int_equal(h.skipped, 0);
    assert_int_equal(h.n, WRITERS * RUNS * 30);
    assert_int_equal(tare_history_drift(&h, "s/case/7").runs, WRITERS * RUNS);
    tare_history_free(&h);
}

static void a_build_that_is_gone_is_an_error_that_names_it(void **state)
{
    const struct bench *b = *state;
    assert_int_equal(append(b, "m", bench_path(b, "none.so"), 1, 1), TARE_ENOENT);
    assert_non_null(strstr(tare_error(), "none.so"));
    assert_false(tare_path_exists(history_file(b)));
}

static void identity_facts_make_a_machine(void **state)
{
    (void)state;
    struct tare_facts a = { 0 }, c = { 0 };
    assert_true(tare_same_machine(&a, &c));
    tare_facts_set(&a, "cpu.model", true, "m");
    assert_false(tare_same_machine(&a, &c));
    tare_facts_set(&c, "cpu.model", true, "m");
    tare_facts_set(&c, "load", false, "1");
    assert_true(tare_same_machine(&a, &c));
    tare_facts_set(&c, "cpu.model", true, "n");
    assert_false(tare_same_machine(&a, &c));
    tare_facts_free(&a);
    tare_facts_free(&c);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, bench_make, bench_remove)

static const struct CMUnitTest tests[] = {
    IN_STORE(drift_is_the_spread_of_the_runs_of_a_build),
    IN_STORE(two_runs_of_a_build_are_no_history),
    IN_STORE(no_file_is_no_history),
    IN_STORE(another_machine_has_another_history),
    IN_STORE(a_failed_case_and_a_suite_without_cases_leave_nothing),
    IN_STORE(a_damaged_line_is_skipped_and_counted),
    IN_STORE(a_line_cut_off_by_a_kill_costs_itself_alone),
    IN_STORE(the_file_stays_below_its_cap_and_keeps_the_newest),
    IN_STORE(a_run_too_long_for_the_file_is_refused),
    IN_STORE(two_writers_lose_nothing),
    IN_STORE(a_build_that_is_gone_is_an_error_that_names_it),
    cmocka_unit_test(identity_facts_make_a_machine),
};

TARE_TEST_MAIN(tests)
