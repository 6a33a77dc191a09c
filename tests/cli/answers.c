/* Two builds that do not compute the same: the faster one did not improve. And --processes. */
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define COMPARE "$TARE compare --progress none --preset quick --margin 10 "

static const json_t *change_of(const json_t *document)
{
    return json_object_get(json_array_get(json_object_get(document, "results"), 0), "change");
}

static const char *verdict_of(const json_t *document)
{
    return json_string_value(json_object_get(change_of(document), "verdict"));
}

/* The first of the run's warnings that speaks of an answer, or "". */
static const char *warning_of(const json_t *document)
{
    const json_t *warning;
    size_t i;
    json_array_foreach(json_object_get(document, "warnings"), i, warning)
    {
        if (strstr(json_string_value(warning), " answer"))
            return json_string_value(warning);
    }
    return "";
}

/* Half the steps, which the suites tell (suites/suite.h): the change is beyond doubt. */
static void a_faster_build_improves_only_with_the_same_answer(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int status;
        const char *verdict;
        double ulp; /* -1: null in JSON */
        const char *what, *warning;
    } cases[] = {
        { COMPARE "--format json $S/answers.so $S/answers_same.so", 0, "improved", 0, "", NULL },
        { COMPARE "--format json $S/answers.so $S/answers_within.so", 0, "improved", 1, "y[17]", NULL },
        { COMPARE "--format json $S/answers.so $S/answers_wrong.so", 1, "inconclusive", 12583,
          "y[17] was 6 and is 6.006", "answers/thirds: faster, but the answer differs: y[17]" },
        { COMPARE "--format json $S/answers.so $S/answers_nan.so", 1, "inconclusive", -1, "y[17] was 6 and is NaN",
          "faster, but the answer differs" },
        { COMPARE "--format json $S/answers.so $S/answers_shorter.so", 1, "inconclusive", -1, "y had 64 elements",
          "faster, but the answer differs" },
        { COMPARE "--format json --fail-on none $S/answers.so $S/answers_wrong.so", 0, "inconclusive", 12583, "y[17]",
          "faster, but the answer differs" },
        { COMPARE "--format json $S/answers_same.so $S/answers_slow_wrong.so", 1, "regressed", 12583, "y[17]",
          "answers/thirds: the answer differs" },
        { COMPARE "--format json --fail-on none $S/answers_same.so $S/answers_slow_wrong.so", 0, "regressed", 12583,
          "y[17]", "the answer differs" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, cases[i].status);
        json_t *document = parse_json(&o);
        const json_t *answer = json_object_get(change_of(document), "answer");
        const json_t *ulp = json_object_get(answer, "ulp");
        bool wrong = cases[i].warning != NULL;
        assert_string_equal(verdict_of(document), cases[i].verdict);
        assert_int_equal(json_is_true(json_object_get(answer, "wrong")), wrong);
        assert_int_equal(json_integer_value(json_object_get(json_object_get(document, "totals"), "wrong")), wrong);
        assert_int_equal(json_is_null(ulp), cases[i].ulp < 0);
        if (cases[i].ulp >= 0 && fabs(json_number_value(ulp) - cases[i].ulp) > 0.002 * cases[i].ulp)
            fail_msg("%s: %g ulp", o.line, json_number_value(ulp));
        assert_non_null(strstr(json_string_value(json_object_get(answer, "what")), cases[i].what));
        assert_int_equal(*warning_of(document) != '\0', wrong);
        if (wrong)
            assert_non_null(strstr(warning_of(document), cases[i].warning));
        json_decref(document);
        outcome_free(&o);
    }
}

static void answers_that_cannot_be_compared_are_no_fault(void **state)
{
    (void)state;
    static const struct {
        const char *line, *warning;
    } cases[] = {
        { COMPARE "--format json $S/answers.so $S/answers_undeclared.so", NULL },
        { COMPARE "--format json $S/answers_undeclared.so $S/answers_wrong.so", NULL },
        { COMPARE "--format json --budget 0.05 $S/older_fields.so $S/older_fields.so", NULL },
        { COMPARE "--format json $S/answers_unsteady.so $S/answers_wrong.so", "does not repeat its own answer" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        json_t *document = parse_json(&o);
        const json_t *answer = json_object_get(change_of(document), "answer");
        assert_non_null(answer);
        assert_false(json_is_true(json_object_get(answer, "compared")));
        assert_int_equal(json_integer_value(json_object_get(json_object_get(document, "totals"), "wrong")), 0);
        if (cases[i].warning)
            assert_non_null(strstr(warning_of(document), cases[i].warning));
        json_decref(document);
        outcome_free(&o);
    }
}

static void every_report_names_the_wrong_answer(void **state)
{
    (void)state;
    static const struct {
        const char *line, *texts[4];
    } cases[] = {
        { COMPARE "$S/answers.so $S/answers_wrong.so",
          { "Wrong answers (1)", "answers/thirds", "ulp apart, where 4.0", "1 wrong answer" } },
        { COMPARE "--format markdown $S/answers.so $S/answers_wrong.so",
          { "**Wrong answers (1)**", "y\\[17\\] was 6", "wrong answer", "Warning: answers/thirds: faster, but" } },
        { COMPARE "--format junit $S/answers.so $S/answers_wrong.so",
          { "failures=\"1\"", "<failure message=\"y[17] was 6", "type=\"wrong answer\"", "answers" } },
        { COMPARE "--format csv $S/answers.so $S/answers_wrong.so",
          { "answer_wrong,answer_ulp,answer_bound,answer_worst", ",1,1258", "y[17] was 6", "inconclusive" } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, 1);
        for (size_t k = 0; k < 4; k++)
            expect_out(&o, cases[i].texts[k]);
        outcome_free(&o);
    }
    struct outcome o = sh(COMPARE "$S/answers.so $S/answers_within.so");
    expect_status(&o, 0);
    expect_out(&o, "answer within 1.000 ulp (of 4.000)"); /* beside the speed-up */
    outcome_free(&o);
}

static void a_baseline_remembers_the_answer_by_its_build(void **state)
{
    (void)state;
    must("mkdir a b && cp $S/answers.so a/answers.so && cp $S/answers_wrong.so b/answers.so", 0);
    must("$TARE run --progress none --preset quick --save old a/answers.so", 0);
    must("$TARE run --progress none --preset quick --baseline old b/answers.so", 1);
    must("$TARE run --progress none --preset quick --baseline old --stored b/answers.so", 0);
    must("$TARE report --out page", 0);
}

static void processes_are_the_least_number_of_rounds(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        json_int_t least, most;
    } cases[] = {
        { COMPARE "--format json --processes 6 $S/answers.so $S/answers_same.so", 6, 6 },
        { COMPARE "--format json --processes 3 $S/answers.so $S/answers_same.so", 3, 4 },
        { COMPARE "--format json --preset thorough --budget 0.2 $S/answers.so $S/answers_same.so", 5, 12 },
        { "$TARE run --progress none --preset quick --processes 7 --format json $S/answers.so", 7, 7 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, 0);
        json_t *document = parse_json(&o);
        const json_t *result = json_array_get(json_object_get(document, "results"), 0);
        json_int_t rounds = json_integer_value(json_object_get(result, "rounds"));
        if (rounds < cases[i].least || rounds > cases[i].most)
            fail_msg("%s: %d rounds", o.line, (int)rounds);
        json_decref(document);
        outcome_free(&o);
    }
    static const char *const wrong[] = { COMPARE "--processes 0 a.so b.so", COMPARE "--processes 256 a.so b.so",
                                         COMPARE "--processes x a.so b.so" };
    for (size_t i = 0; i < 3; i++) {
        struct outcome o = sh(wrong[i]);
        expect_status(&o, 2);
        expect_err(&o, "--processes");
        assert_true(is_one_line(o.err));
        outcome_free(&o);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(a_faster_build_improves_only_with_the_same_answer, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(answers_that_cannot_be_compared_are_no_fault, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(every_report_names_the_wrong_answer, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_baseline_remembers_the_answer_by_its_build, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(processes_are_the_least_number_of_rounds, enter_folder, leave_folder),
};

TARE_TEST_MAIN(tests)
