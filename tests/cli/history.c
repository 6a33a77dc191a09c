/* Histories from the command line, of baselines whose builds are known: a case slower by half, a case less. They tell
 * their steps (suites/suite.h). */
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY "$TARE history --progress none --preset quick --budget 0.05 --margin 10 "

/* A baseline of a test suite; `date` stands in its manifest in place of now. */
static void save(const char *name, const char *suite, const char *date)
{
    char line[1024];
    snprintf(
        line, sizeof line,
        "cp $S/%s.so now.so && $TARE run --progress none --preset quick --budget 0.02 now.so --save %s > log && "
        "cd .tare/baselines/%s && sed -i 's/\"date\": *\"[^\"]*\"/\"date\": \"%s\"/' manifest.json && "
        "sum=$(sha256sum < manifest.json | cut -d' ' -f1) && sed -i \"s/^[0-9a-f]*\\(  manifest.json\\)$/$sum\\1/\" "
        "checksums",
        suite, name, name, date);
    must(line, 0);
}

/* Saved in another order than their dates. */
static void save_three(void)
{
    save("gamma", "told_without", "2026-03-01T00:00:00Z");
    save("alpha", "told", "2026-01-01T00:00:00Z");
    save("beta", "told_slower", "2026-02-01T00:00:00Z");
}

static const json_t *points_of(const json_t *document, const char *id)
{
    const json_t *c;
    size_t i;
    json_array_foreach(json_object_get(document, "cases"), i, c)
    {
        if (strcmp(json_string_value(json_object_get(c, "id")), id) == 0)
            return json_object_get(c, "points");
    }
    fail_msg("no case %s", id);
    return NULL;
}

static const char *verdict(const json_t *points, size_t i)
{
    return json_string_value(json_object_get(json_array_get(points, i), "verdict"));
}

static double change(const json_t *points, size_t i, const char *field, const char *part)
{
    return json_number_value(json_object_get(json_object_get(json_array_get(points, i), field), part));
}

static void baselines_stand_in_the_order_of_their_dates_each_against_the_oldest(void **state)
{
    (void)state;
    save_three();
    struct outcome o = sh(HISTORY "--format json");
    expect_status(&o, 0);
    json_t *document = parse_json(&o);
    assert_string_equal(json_string_value(json_object_get(document, "schema")), "tare.timeline/1");
    static const char *const names[] = { "alpha", "beta", "gamma" };
    for (size_t i = 0; i < 3; i++) {
        const json_t *b = json_array_get(json_object_get(document, "baselines"), i);
        assert_string_equal(json_string_value(json_object_get(b, "name")), names[i]);
    }
    const json_t *a = points_of(document, "steady/chain/a"), *b = points_of(document, "steady/chain/b");
    assert_int_equal(json_array_size(a), 3);
    assert_string_equal(verdict(a, 0), "");
    assert_string_equal(verdict(a, 1), "regressed");
    assert_string_equal(verdict(a, 2), "improved");
    /* 300 steps in place of 200, and back: ln(3/2) */
    assert_true(fabs(change(a, 1, "ratio", "value") - log(1.5)) < 1e-6);
    assert_true(fabs(change(a, 2, "ratio", "value")) < 1e-6);
    assert_true(fabs(change(a, 2, "step", "value") + log(1.5)) < 1e-6);
    assert_true(change(a, 1, "ratio", "lo") <= change(a, 1, "ratio", "value"));
    assert_true(json_is_null(json_array_get(b, 2))); /* gamma does not have it */
    assert_false(json_is_null(json_array_get(b, 1)));
    json_decref(document);
    outcome_free(&o);
}

static void words_choose_baselines_and_cases(void **state)
{
    (void)state;
    static const struct {
        const char *line, *has, *lacks;
    } cases[] = {
        { HISTORY "--format csv", "chain/b,alpha,2026-01-01T00:00:00Z", "chain/full" },
        { HISTORY "--format csv --last 2", "chain/a,gamma", "alpha" },
        { HISTORY "--format csv gamma alpha", "chain/a,gamma", "beta" },
        { HISTORY "--format csv gamma alpha '*/a'", "chain/a,alpha", "chain/b" },
        { HISTORY "--format csv '*/full'", "chain/full,gamma", "chain/a" },
        { HISTORY "--format csv --preset thorough --budget 0.05", "chain/full", "nothing of the sort" },
        { HISTORY "--output f --format csv && cat f", "chain/a,beta", "nothing of the sort" },
        { HISTORY "", "with beta", "nothing of the sort" },
        { HISTORY "alpha gamma", "the baseline does not have the case", "with gamma" },
    };
    save_three();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, 0);
        expect_out(&o, cases[i].has);
        if (strstr(o.out, cases[i].lacks))
            fail_msg("%s: has %s\n%s", o.line, cases[i].lacks, o.out);
        outcome_free(&o);
    }
}

static void a_build_that_cannot_be_loaded_is_a_gap_with_its_reason(void **state)
{
    (void)state;
    save_three();
    /* the build of beta becomes a text, with the right checksum: what an older system's build may be today */
    must("cd .tare/baselines/beta && echo text > suites/steady.so && sum=$(sha256sum < suites/steady.so | cut -d' ' "
         "-f1) "
         "&& sed -i \"s/^[0-9a-f]*\\(  suites.steady.so\\)$/$sum\\1/\" checksums",
         0);
    struct outcome o = sh(HISTORY "--format json");
    expect_status(&o, 0);
    json_t *document = parse_json(&o);
    const json_t *beta = json_array_get(json_object_get(document, "baselines"), 1);
    assert_non_null(json_string_value(json_object_get(beta, "problem")));
    const json_t *a = points_of(document, "steady/chain/a");
    assert_true(json_is_null(json_array_get(a, 1)));
    assert_true(fabs(change(a, 2, "ratio", "value")) < 0.1);
    json_decref(document);
    outcome_free(&o);
    o = sh(HISTORY);
    expect_status(&o, 0);
    const char *once = strstr(o.out, "not measured: ");
    if (!once || strstr(once + 1, "not measured: "))
        fail_msg("the reason stands once:\n%s", o.out);
    outcome_free(&o);
}

static void a_damaged_baseline_is_left_out_with_a_line_unless_it_was_named(void **state)
{
    (void)state;
    save_three();
    must("echo >> .tare/baselines/beta/results.jsonl", 0);
    struct outcome o = sh(HISTORY);
    expect_status(&o, 0);
    expect_out(&o, "baseline 'beta' is left out: ");
    outcome_free(&o);
    o = sh(HISTORY "alpha beta");
    expect_status(&o, 3);
    assert_true(is_one_line(o.err));
    outcome_free(&o);
}

static void a_picture_and_its_data_go_into_a_folder(void **state)
{
    (void)state;
    save_three();
    struct outcome o = sh(HISTORY "--out pictures/here");
    expect_status(&o, 0);
    outcome_free(&o);
    must("grep -q '^1 ' pictures/here/history.history", 0);
    must("! command -v gnuplot || grep -q '</svg>' pictures/here/history.svg", 0);
    must("touch file", 0);
    o = sh(HISTORY "--out file/below");
    expect_status(&o, 3);
    assert_true(is_one_line(o.err));
    outcome_free(&o);
}

static void what_makes_no_history_is_said_in_a_line(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int status;
        const char *says;
    } cases[] = {
        { HISTORY "alpha", 2, "needs two baselines" },
        { HISTORY "alpha alpha", 2, "'alpha' is named twice" },
        { HISTORY "alpha gamm", 2, "did you mean 'gamma'" },
        { HISTORY "'steady/chian/*'", 2, "'steady/chian/*'" },
        { HISTORY "$S/steady.so", 2, "takes baselines" },
        { HISTORY "--last 2 alpha gamma", 2, "--last" },
        { HISTORY "--last 1", 2, "needs two baselines" },
        { HISTORY "--last 15", 2, "at most 14" },
        { HISTORY "--last few", 2, "'few'" },
        { HISTORY "--format junit", 2, "console, json, csv" },
        { HISTORY "--save x", 2, "'--save'" },
        { HISTORY "--dir elsewhere", 2, "needs two baselines" },
    };
    save_three();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, cases[i].status);
        expect_err(&o, cases[i].says);
        if (!is_one_line(o.err))
            fail_msg("%s: not one line:\n%s", o.line, o.err);
        outcome_free(&o);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(baselines_stand_in_the_order_of_their_dates_each_against_the_oldest, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(words_choose_baselines_and_cases, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_build_that_cannot_be_loaded_is_a_gap_with_its_reason, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_damaged_baseline_is_left_out_with_a_line_unless_it_was_named, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(a_picture_and_its_data_go_into_a_folder, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(what_makes_no_history_is_said_in_a_line, enter_folder, leave_folder),
};

TARE_TEST_MAIN(tests)
