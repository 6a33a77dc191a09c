/* Baselines from the command line: saved, compared, damaged, killed while they are written. */
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUN "$TARE run --progress none --preset quick --budget 0.05 "

static void the_first_run_saves_and_the_next_compares(void **state)
{
    (void)state;
    struct outcome o = sh(RUN "$S/told.so --baseline-or-save main");
    expect_status(&o, 0);
    expect_err(&o, "no baseline 'main' yet");
    expect_err(&o, "saved as baseline 'main'");
    outcome_free(&o);
    o = sh(RUN "$S/told.so --baseline-or-save main --format csv");
    expect_status(&o, 0);
    expect_out(&o, "unchanged");
    outcome_free(&o);
}

/* Half as many steps again, which the suites tell (suites/suite.h). */
static void a_slower_build_is_a_regression_and_status_1(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int status;
        const char *says;
    } cases[] = {
        { "cp $S/told.so now.so && " RUN "now.so --save old", 0, "" },
        { "cp $S/told_slower.so now.so && " RUN "now.so --baseline old", 1, "regressed" },
        { RUN "now.so --baseline old --fail-on none", 0, "regressed" },
        { RUN "now.so --baseline old --margin 49.9 --fail-on none 'steady/chain/b'", 0, "unchanged" },
        { RUN "now.so --save new && $TARE compare --progress none old new", 1, "regressed" },
        { "$TARE compare --progress none --preset quick new old", 0, "improved" },
        { "rm .tare/history.jsonl; $TARE compare --progress none --stored old new", 1, "regressed" },
        { "$TARE compare --progress none --preset quick $S/told.so $S/told_slower.so", 1, "regressed" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, cases[i].status);
        expect_out(&o, cases[i].says);
        outcome_free(&o);
    }
}

/* Three runs of one build are a history; two are none. */
static void stored_samples_are_judged_by_the_history_of_the_machine(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } cases[] = {
        { "cp $S/steady.so now.so && " RUN "now.so --save a && " RUN "now.so --save b", "" },
        { "$TARE compare --progress none --stored --fail-on none a b", "it is assumed" },
        { RUN "now.so && $TARE compare --progress none --stored --fail-on none a b", "estimated from 3 earlier runs" },
        { RUN "now.so --stored --baseline a --fail-on none", "estimated from 3 earlier runs" },
        { "$TARE compare --progress none --stored --fail-on none a b", "estimated from 4 earlier runs" },
        { "echo '{' >> .tare/history.jsonl; $TARE compare --progress none --stored --fail-on none a b",
          "history.jsonl: 1 damaged line was skipped" },
        { "rm .tare/history.jsonl; $TARE compare --progress none --stored --fail-on none a b", "it is assumed" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, 0);
        for (char *c = o.out; *c; c++)
            *c = *c == '\n' ? ' ' : *c; /* texts wrap */
        expect_out(&o, cases[i].says);
        outcome_free(&o);
    }
}

static void a_case_on_one_side_only_is_new_or_gone(void **state)
{
    (void)state;
    must("cp $S/steady.so now.so && " RUN "now.so --save whole", 0);
    must("cp $S/steady_without.so now.so && " RUN "now.so --save part", 0);
    struct outcome o = sh(RUN "now.so --baseline whole --fail-on none");
    expect_status(&o, 0);
    expect_out(&o, "chain/b");
    expect_out(&o, "gone");
    outcome_free(&o);
    o = sh("cp $S/steady.so now.so && " RUN "now.so --baseline part --fail-on none");
    expect_status(&o, 0);
    expect_out(&o, "chain/b");
    expect_out(&o, "new");
    outcome_free(&o);
}

static void the_commands_of_baseline_do_what_they_say(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int status;
        const char *out;
    } cases[] = {
        { "$TARE baseline list", 0, "no baselines" },
        { RUN "$S/steady.so --save one 2>/dev/null", 0, "" },
        { "$TARE baseline list", 0, "one" },
        { "$TARE baseline show one", 0, "steady/chain/a" },
        { "$TARE baseline export one one.tar && tar tf one.tar", 0, "manifest.json" },
        { "$TARE baseline import one one.tar 2>&1", 3, "one" },
        { "$TARE baseline import one one.tar --force", 0, "" },
        { "$TARE baseline remove one && $TARE baseline list", 0, "no baselines" },
        { "$TARE baseline show one 2>&1", 3, "one" },
        { "$TARE baseline import two one.tar && $TARE baseline show two", 0, "steady/chain/b" },
        { RUN "$S/steady.so --baseline two --fail-on none", 0, "chain/a" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, cases[i].status);
        expect_out(&o, cases[i].out);
        outcome_free(&o);
    }
}

static void a_damaged_baseline_is_never_compared_with(void **state)
{
    (void)state;
    static const struct {
        const char *harm, *file; /* what is done, and the file that must be named */
    } cases[] = {
        { "truncate -s -100 results.jsonl", "results.jsonl" },
        { "sed -i 's/\"version\"/\"Version\"/' manifest.json", "manifest.json" },
        { "printf x >>suites/steady.so", "suites/steady.so" },
        { "printf x | dd of=suites/steady.so bs=1 seek=2000 conv=notrunc 2>/dev/null", "suites/steady.so" },
        { "rm suites/steady.so", "suites/steady.so" },
        { "rm manifest.json", "manifest.json" },
        { ": >checksums", "checksums" },
        { "rm checksums", "checksums" },
    };
    must(RUN "$S/steady.so --save sound", 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[512];
        snprintf(line, sizeof line,
                 "rm -rf .tare/baselines/bad && cp -r .tare/baselines/sound .tare/baselines/bad && "
                 "(cd .tare/baselines/bad && %s) && " RUN "$S/steady.so --baseline bad",
                 cases[i].harm);
        struct outcome o = sh(line);
        expect_status(&o, 3);
        expect_err(&o, cases[i].file);
        if (!is_one_line(o.err) || o.out[0] != '\0')
            fail_msg("%s: not one line:\n%s%s", o.line, o.err, o.out);
        outcome_free(&o);
    }
}

static void a_damaged_last_run_is_replaced_by_the_next(void **state)
{
    (void)state;
    must(RUN "$S/steady.so steady/chain/a", 0);
    must("truncate -s -100 .tare/last/baselines/run/results.jsonl", 0);
    struct outcome o = sh("$TARE report --out page");
    expect_status(&o, 3);
    expect_err(&o, "last/baselines/run/results.jsonl");
    expect_err(&o, "the next `tare run` takes its place");
    if (!is_one_line(o.err))
        fail_msg("not one line:\n%s", o.err);
    outcome_free(&o);
    must(RUN "$S/steady.so steady/chain/a", 0);
    must("$TARE report --out page", 0);
}

static void a_store_that_cannot_be_written_keeps_the_run_and_says_why(void **state)
{
    (void)state;
    struct outcome o = sh(": >file; TARE_DIR=file/store " RUN "$S/steady.so --save x");
    expect_status(&o, 3);
    expect_err(&o, "file: cannot make the directory: Not a directory");
    expect_out(&o, "chain/a"); /* what was measured is not lost */
    outcome_free(&o);
}

#define SAVE_X "$TARE run --progress none --budget 0.002 $S/steady.so steady/chain/a --save x"

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Saves over and over and is killed somewhere, mostly towards the end, where it writes: the name holds a whole baseline
 * afterwards, the old one or the new. */
static void a_killed_save_leaves_the_old_baseline_or_the_new(void **state)
{
    (void)state;
    must(SAVE_X, 0);
    double begin = seconds();
    must(SAVE_X, 0);
    double whole_run = seconds() - begin;
    int killed = 0;
    srand(7);
    for (int i = 0; i < 50; i++) {
        char line[256];
        snprintf(line, sizeof line, "timeout -s KILL %.4f " SAVE_X, whole_run * (0.5 + 0.6 * rand() / RAND_MAX));
        struct outcome o = sh(line);
        if (o.status != 0 && o.status != 128 + SIGKILL)
            fail_msg("%s: status %d: %s", o.line, o.status, o.err);
        killed += o.status != 0;
        outcome_free(&o);
        must("$TARE baseline show x", 0);
    }
    print_message("%d of 50 runs were killed\n", killed);
    must(SAVE_X, 0);
    must("test -z \"$(find .tare/baselines -mindepth 1 -maxdepth 1 ! -name x)\"", 0); /* nothing half lies about */
}

static void two_runs_at_once_both_end_well(void **state)
{
    (void)state;
    must(RUN "$S/steady.so --save x & " RUN "$S/steady.so --save x && wait $!", 0);
    must("$TARE baseline show x", 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(the_first_run_saves_and_the_next_compares, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_slower_build_is_a_regression_and_status_1, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(stored_samples_are_judged_by_the_history_of_the_machine, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(a_case_on_one_side_only_is_new_or_gone, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(the_commands_of_baseline_do_what_they_say, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_damaged_baseline_is_never_compared_with, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_damaged_last_run_is_replaced_by_the_next, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_store_that_cannot_be_written_keeps_the_run_and_says_why, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(a_killed_save_leaves_the_old_baseline_or_the_new, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(two_runs_at_once_both_end_well, enter_folder, leave_folder),
};

TARE_TEST_MAIN(tests)
