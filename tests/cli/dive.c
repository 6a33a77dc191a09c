/* `tare dive`: one case, and everything about it. */
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <jansson.h>
#include <string.h>

#define DIVE "$TARE dive --progress none --budget 0.05 "

static json_t *parse(const struct outcome *o)
{
    json_error_t error;
    json_t *document = json_loads(o->out, 0, &error);
    if (!document)
        fail_msg("%s: %s at line %d:\n%s\n%s", o->line, error.text, error.line, o->out, o->err);
    return document;
}

static void a_case_is_measured_and_its_declared_work_shown(void **state)
{
    (void)state;
    struct outcome o = sh(DIVE "$S/needs_reset.so needs_reset/supply");
    expect_status(&o, 0);
    expect_out(&o, "needs_reset/supply");
    expect_out(&o, "at 99% confidence");
    outcome_free(&o);
}

static void the_document_has_the_case_and_its_rates(void **state)
{
    (void)state;
    struct outcome o = sh(DIVE "$S/steady.so steady/chain/a --format json");
    expect_status(&o, 0);
    json_t *document = parse(&o);
    assert_string_equal(json_string_value(json_object_get(document, "schema")), "tare.dive/1");
    json_t *c = json_object_get(document, "case");
    assert_string_equal(json_string_value(json_object_get(c, "id")), "steady/chain/a");
    assert_string_equal(json_string_value(json_object_get(c, "status")), "ok");
    assert_true(json_is_number(json_object_get(json_object_get(document, "rates"), "gflops")));
    json_decref(document);
    outcome_free(&o);
}

static void a_pattern_that_fits_several_cases_lists_them(void **state)
{
    (void)state;
    struct outcome o = sh(DIVE "$S/steady.so steady/chain");
    expect_status(&o, 2);
    expect_err(&o, "steady/chain/a\n");
    expect_err(&o, "steady/chain/b\n");
    expect_err(&o, "names 3 cases");
    assert_string_equal(o.out, "");
    outcome_free(&o);
}

static void a_pattern_that_fits_one_case_will_do(void **state)
{
    (void)state;
    struct outcome o = sh(DIVE "$S/steady.so 'steady/chain/[a]'");
    expect_status(&o, 0);
    expect_out(&o, "steady/chain/a\n");
    outcome_free(&o);
}

static void a_case_that_fails_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } cases[] = {
        { DIVE "$S/fail_setup.so fail_setup/fails", "fail_setup/fails" },
        { DIVE "$S/crash_run.so crash_run/crash", "SIGSEGV" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, 3);
        expect_err(&o, cases[i].says);
        outcome_free(&o);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(a_case_is_measured_and_its_declared_work_shown, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(the_document_has_the_case_and_its_rates, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_pattern_that_fits_several_cases_lists_them, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_pattern_that_fits_one_case_will_do, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_case_that_fails_says_why, enter_folder, leave_folder),
};

TARE_TEST_MAIN(tests)
