/* Measuring from the command line: what fails does not stop the rest, and what is printed goes where it belongs. */
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUN "$TARE run --progress none --preset quick --budget 0.02 "

static void a_case_that_fails_is_reported_and_the_others_are_measured(void **state)
{
    (void)state;
    static const struct {
        const char *line, *failed, *message, *fine;
    } cases[] = {
        { RUN "--format json $S/crash_run.so", "crash_run/crash", "SIGSEGV", "crash_run/fine" },
        { RUN "--format json $S/crash_setup.so", "crash_setup/crash", "SIGSEGV", "crash_setup/fine" },
        { RUN "--format json --timeout 1 $S/hang_run.so", "hang_run/hang", "no sign of life", "hang_run/fine" },
        { RUN "--format json $S/fail_setup.so", "fail_setup/fails", "no weights of the model in 3 places",
          "fail_setup/fine" },
        { RUN "--format json $S/fail_setup.so", "fail_setup/fails_silently", "setup", "fail_setup/fine" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, 3);
        json_t *document = parse_json(&o);
        const json_t *failed = result_of(document, cases[i].failed), *fine = result_of(document, cases[i].fine);
        assert_string_equal(text_of(failed, "status"), "failed");
        assert_non_null(strstr(text_of(failed, "message"), cases[i].message));
        assert_string_equal(text_of(fine, "status"), "ok");
        json_decref(document);
        outcome_free(&o);
    }
}

static void a_broken_suite_leaves_the_others_measured(void **state)
{
    (void)state;
    struct outcome o = sh(RUN "--format json $S/crash_load.so $S/steady.so");
    expect_status(&o, 3);
    expect_err(&o, "/crash_load.so: ");
    json_t *document = parse_json(&o);
    assert_string_equal(text_of(result_of(document, "steady/chain/a"), "status"), "ok");
    json_decref(document);
    outcome_free(&o);
}

static void what_a_suite_prints_stays_out_of_the_results(void **state)
{
    (void)state;
    struct outcome o = sh(RUN "--format json $S/prints.so");
    expect_status(&o, 0);
    expect_err(&o, "chatter from run");
    json_decref(parse_json(&o));
    outcome_free(&o);
}

static void reset_is_called_before_every_sample(void **state)
{
    (void)state;
    must(RUN "$S/needs_reset.so", 0);
}

static void a_suite_of_an_older_header_is_measured(void **state)
{
    (void)state;
    must(RUN "$S/older_fields.so", 0);
}

static void words_choose_cases(void **state)
{
    (void)state;
    static const struct {
        const char *line, *ids; /* in order, a blank behind each */
    } cases[] = {
        { RUN "--format json $S/steady.so", "steady/chain/a steady/chain/b " },
        { RUN "--format json $S/steady.so steady", "steady/chain/a steady/chain/b " },
        { RUN "--format json --preset thorough $S/steady.so", "steady/chain/a steady/chain/b steady/chain/full " },
        { RUN "--format json $S/steady.so '*/full'", "steady/chain/full " },
        { RUN "--format json $S/steady.so steady/chain", "steady/chain/a steady/chain/b steady/chain/full " },
        { RUN "--format json $S/steady.so 'steady/chain/[bc]' '*/a'", "steady/chain/a steady/chain/b " },
        { "TARE_SUITES=$S/steady.so " RUN "--format json '*/b'", "steady/chain/b " },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, 0);
        json_t *document = parse_json(&o);
        char ids[256] = "";
        const json_t *r;
        size_t k;
        json_array_foreach(json_object_get(document, "results"), k, r)
        {
            size_t at = strlen(ids);
            snprintf(ids + at, sizeof ids - at, "%s ", text_of(r, "id"));
        }
        if (strcmp(ids, cases[i].ids) != 0)
            fail_msg("%s: chose %s", o.line, ids);
        json_decref(document);
        outcome_free(&o);
    }
}

static void every_format_is_written_whole_to_a_file(void **state)
{
    (void)state;
    static const struct {
        const char *line, *begins;
    } cases[] = {
        { RUN "$S/steady.so --format json --output f && cat f", "{" },
        { RUN "$S/steady.so --format csv --output f && cat f", "id," },
        { RUN "$S/steady.so --format markdown --output f && cat f", "" },
        { RUN "$S/steady.so --format junit --output f && cat f", "<?xml" },
        { RUN "$S/steady.so --format console --output f && cat f", "tare " },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, 0);
        expect_out(&o, "chain/a");
        if (strncmp(o.out, cases[i].begins, strlen(cases[i].begins)) != 0)
            fail_msg("%s: does not begin with %s:\n%s", o.line, cases[i].begins, o.out);
        outcome_free(&o);
    }
}

static void colours_and_progress_follow_their_options(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int colours, progress;
    } cases[] = {
        { "$TARE run --budget 0.02 $S/steady.so", 0, 1 },
        { "$TARE run --budget 0.02 $S/steady.so --color always", 1, 1 },
        { "$TARE run --budget 0.02 $S/steady.so --color never --progress none", 0, 0 },
        { "NO_COLOR=1 $TARE run --budget 0.02 $S/steady.so --progress plain", 0, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, 0);
        if ((strchr(o.out, '\x1b') != NULL) != cases[i].colours || (o.err[0] != '\0') != cases[i].progress ||
            strchr(o.err, '\x1b') || strchr(o.err, '\r'))
            fail_msg("%s:\n%s\n%s", o.line, o.out, o.err);
        outcome_free(&o);
    }
}

static void an_interrupt_ends_the_run_and_saves_nothing(void **state)
{
    (void)state;
    struct outcome o = sh("timeout --foreground -s INT 1 $TARE run --progress none --budget 60 $S/steady.so --save x");
    expect_status(&o, 124); /* of timeout(1), which sends one signal, as a terminal does */
    expect_err(&o, "interrupted");
    expect_out(&o, "chain/a");
    outcome_free(&o);
    o = sh("$TARE baseline show x");
    expect_status(&o, 3);
    outcome_free(&o);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(a_case_that_fails_is_reported_and_the_others_are_measured, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(a_broken_suite_leaves_the_others_measured, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(what_a_suite_prints_stays_out_of_the_results, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(reset_is_called_before_every_sample, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_suite_of_an_older_header_is_measured, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(words_choose_cases, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(every_format_is_written_whole_to_a_file, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(colours_and_progress_follow_their_options, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(an_interrupt_ends_the_run_and_saves_nothing, enter_folder, leave_folder),
};

TARE_TEST_MAIN(tests)
