/* `tare trust` from the command line: a few seconds of it. How well it does is not a test's business. */
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRUST "env -u TARE_SUITES $TARE trust --progress none " /* with the suites of the build tree */

static void a_mistake_has_status_2_and_says_what_there_is(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
        int status;
    } cases[] = {
        { TRUST "--minutes 0", "--minutes", 2 },
        { TRUST "--minutes soon", "'soon'", 2 },
        { TRUST "--minutes", "--minutes needs a value", 2 },
        { TRUST "--load disk", "none|cpu|memory|all", 2 },
        { TRUST "--suite-runs -1", "'-1'", 2 },
        { TRUST "--suite-runs 1000000", "--suite-runs", 2 },
        { TRUST "--format csv", "console, json", 2 },
        { TRUST "--minute 1", "'--minutes'", 2 },
        { TRUST "--save x", "'--save'", 2 },
        { TRUST "selfcheck", "'selfcheck'", 2 },
        { "$TARE run --minutes 1", "'--minutes'", 2 },
        { "TARE_SUITES=$S/steady.so $TARE trust --minutes 0.1", "suite 'selfcheck' was not found", 3 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, cases[i].status);
        expect_err(&o, cases[i].says);
        assert_true(is_one_line(o.err));
        outcome_free(&o);
    }
}

static size_t count_of(const json_t *row, const char *rate)
{
    return (size_t)json_integer_value(json_object_get(json_object_get(row, rate), "of"));
}

static json_t *parse_trust(const struct outcome *o)
{
    json_t *d = parse_json(o);
    assert_string_equal(json_string_value(json_object_get(d, "schema")), "tare.trust/1");
    return d;
}

/* However short the time: every load and every kind is there, counts agree, and what there is too little of is null. */
static void a_few_seconds_give_a_whole_document(void **state)
{
    (void)state;
    struct outcome o = sh(TRUST "--minutes 0.1 --format json --suite-runs 2");
    expect_status(&o, 0);
    json_t *d = parse_trust(&o);
    const json_t *rows = json_object_get(d, "rows"), *loads = json_object_get(d, "loads"), *row;
    size_t i, compared = 0, seen[3] = { 0 };
    assert_true(json_real_value(json_object_get(d, "margin")) == 0.0025);
    assert_true(json_real_value(json_object_get(d, "minutes")) == 0.1);
    assert_int_equal(json_array_size(loads), 3);
    json_array_foreach(rows, i, row)
    {
        static const char *const names[] = { "none", "cpu", "memory" };
        size_t n = (size_t)json_integer_value(json_object_get(row, "comparisons"));
        for (size_t k = 0; k < 3; k++)
            seen[k] += strcmp(json_string_value(json_object_get(row, "load")), names[k]) == 0;
        assert_int_equal(json_integer_value(json_object_get(row, "failed")), 0);
        assert_int_equal(count_of(row, "right"), n);
        assert_int_equal(count_of(row, "wrong"), n);
        assert_int_equal(count_of(row, "covered"), n);
        compared += n;
    }
    assert_true(compared >= 3); /* one under each load */
    assert_true(seen[0] > seen[1] && seen[1] >= 9 && seen[1] == seen[2]);
    const json_t *believe = json_object_get(json_array_get(loads, 0), "believe");
    assert_true(json_is_null(json_object_get(believe, "L1"))); /* 36 do not fit into 6 s */
    const json_t *suite = json_object_get(d, "suite");
    assert_int_equal(json_integer_value(json_object_get(suite, "wanted")), 2);
    assert_int_equal(json_integer_value(json_object_get(suite, "runs")), 0); /* nor 200 cases */
    json_decref(d);
    outcome_free(&o);
}

static void the_page_says_what_it_could_not_tell_and_the_folder_has_all_three(void **state)
{
    (void)state;
    struct outcome o = sh(TRUST "--minutes 0.03 --load none --margin 0.4 --out here");
    expect_status(&o, 0);
    expect_out(&o, "margin 0.4%");
    expect_out(&o, "too few comparisons");
    expect_out(&o, "5% slower, found in 1 s");
    expect_out(&o, "selfcheck/stream/slow=0");
    outcome_free(&o);
    must("grep -q 'tare.trust/1' here/trust.json", 0);
    must("grep -q 'margin 0.4%' here/trust.txt", 0);
    must("test -s here/plots/trust.trust", 0);
    o = sh("command -v gnuplot >/dev/null");
    if (o.status == 0)
        must("grep -q '</svg>' here/trust.svg", 0);
    outcome_free(&o);
}

static void an_interrupted_trial_prints_what_it_has(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "timeout --foreground -s INT 4 " TRUST "--minutes 5 --load cpu --format json; echo \"$?\" >status",
        "timeout --foreground -s INT 30 " TRUST "--minutes 5 --load cpu --format json; echo \"$?\" >status",
    };
    struct outcome o = sh(lines[0]);
    if (*o.out == '\0') { /* a busy machine has nothing by then */
        outcome_free(&o);
        o = sh(lines[1]);
    }
    json_t *d = parse_trust(&o);
    assert_true(json_is_true(json_object_get(d, "interrupted")));
    json_decref(d);
    outcome_free(&o);
    must("grep -qx 124 status", 0); /* timeout's own; the program's would be 3 */
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(a_mistake_has_status_2_and_says_what_there_is, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_few_seconds_give_a_whole_document, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(the_page_says_what_it_could_not_tell_and_the_folder_has_all_three, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(an_interrupted_trial_prints_what_it_has, enter_folder, leave_folder),
};

TARE_TEST_MAIN(tests)
