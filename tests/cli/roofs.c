/* The machine's roofs as a user meets them: printed by `machine --roofs`, and beside the cases of a run. */
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#define RUN "$TARE run --budget 0.02 --progress none "
#define REF "--cpu-mask ref --threads 1 --progress none "

static void expect_no(const struct outcome *o, const char *text)
{
    if (strstr(o->out, text))
        fail_msg("%s: prints '%s':\n%s", o->line, text, o->out);
}

static void machine_prints_a_table_of_roofs(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Roofs of 1 thread", "multiply-adds of f32", "read", "fill", "L1", "DRAM", "GFLOP/s", "GB/s"
    };
    struct outcome o = sh("$TARE machine --roofs " REF);
    expect_status(&o, 0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_out(&o, texts[i]);
    expect_no(&o, "Roofs of 2");
    outcome_free(&o);
    o = sh("$TARE machine");
    expect_status(&o, 0);
    expect_no(&o, "Roofs of");
    outcome_free(&o);
}

static void machine_writes_its_roofs_as_json(void **state)
{
    (void)state;
    struct outcome o = sh("$TARE machine --format json --roofs " REF);
    expect_status(&o, 0);
    json_t *root = parse_json(&o), *measured = json_object_get(json_object_get(root, "roofs"), "measured");
    assert_string_equal(json_string_value(json_object_get(root, "schema")), "tare.machine/1");
    assert_true(json_array_size(measured) >= 9); /* f32, four walks in L1 and in memory */
    for (size_t i = 0; i < json_array_size(measured); i++) {
        json_t *roof = json_array_get(measured, i);
        assert_true(json_number_value(json_object_get(json_object_get(roof, "first"), "value")) > 0);
        assert_true(json_number_value(json_object_get(json_object_get(roof, "last"), "value")) > 0);
        assert_int_equal(json_integer_value(json_object_get(roof, "threads")), 1);
        assert_string_equal(json_string_value(json_object_get(roof, "variant")), "ref");
    }
    json_decref(root);
    outcome_free(&o);
}

static void a_run_shows_the_share_of_the_roof(void **state)
{
    (void)state;
    struct outcome o = sh(RUN "$S/roofed.so");
    expect_status(&o, 0);
    expect_out(&o, "% roof");
    expect_out(&o, "% f32");
    expect_out(&o, "% L1 read");
    outcome_free(&o);
    static const char *const formats[] = { "markdown", "csv" };
    for (size_t i = 0; i < 2; i++) {
        char line[128];
        snprintf(line, sizeof line, RUN "$S/roofed.so --format %s", formats[i]);
        o = sh(line);
        expect_status(&o, 0);
        expect_out(&o, i ? "roof_share" : "% roof |");
        outcome_free(&o);
    }
}

/* Only what is needed is measured, before and behind; a roof that is not of the machine, or of a kind unknown here,
 * gives no share. */
static void a_run_measures_the_roofs_that_its_cases_need(void **state)
{
    (void)state;
    static const struct {
        const char *id, *kind;
    } cases[] = { { "roofed/float", "f32" },
                  { "roofed/bytes", "read" },
                  { "roofed/many_threads", NULL },
                  { "roofed/newer_peak", NULL },
                  { "roofed/nothing", NULL } };
    struct outcome o = sh(RUN "--format json $S/roofed.so");
    expect_status(&o, 0);
    json_t *root = parse_json(&o), *results = json_object_get(root, "results");
    assert_int_equal(json_array_size(json_object_get(json_object_get(root, "roofs"), "measured")), 2);
    assert_int_equal(json_array_size(results), 5);
    for (size_t i = 0; i < 5; i++) {
        json_t *result = json_array_get(results, i), *roof = json_object_get(result, "roof");
        assert_string_equal(json_string_value(json_object_get(result, "id")), cases[i].id);
        assert_int_equal(json_is_null(roof), cases[i].kind == NULL);
        if (!cases[i].kind)
            continue;
        assert_string_equal(json_string_value(json_object_get(roof, "kind")), cases[i].kind);
        assert_true(json_number_value(json_object_get(roof, "bound_ns")) > 0);
        assert_true(json_number_value(json_object_get(roof, "share")) > 0);
    }
    json_decref(root);
    outcome_free(&o);
}

static void what_needs_no_roof_measures_none(void **state)
{
    (void)state;
    static const char *const lines[] = { RUN "--format json $S/steady.so",
                                         RUN "--format json --no-roofs $S/roofed.so" };
    for (size_t i = 0; i < 2; i++) {
        struct outcome o = sh(lines[i]);
        expect_status(&o, 0);
        json_t *root = parse_json(&o), *roofs = json_object_get(root, "roofs");
        assert_int_equal(json_array_size(json_object_get(roofs, "measured")), 0);
        assert_true(json_is_null(json_object_get(roofs, "problem")));
        json_decref(root);
        outcome_free(&o);
    }
    struct outcome o = sh(RUN "--no-roofs $S/roofed.so");
    expect_status(&o, 0);
    expect_no(&o, "% roof");
    outcome_free(&o);
}

/* A copy of the program lies beside no suites. */
static void a_run_without_the_suite_says_so_and_goes_on(void **state)
{
    (void)state;
    must("mkdir -p alone/bin && cp \"$TARE\" alone/bin/tare", 0);
    struct outcome o = sh("alone/bin/tare run --budget 0.02 --progress none $S/roofed.so");
    expect_status(&o, 0);
    expect_out(&o, "No share of the roof: the suite 'roofs'");
    expect_no(&o, "% roof");
    outcome_free(&o);
    o = sh("alone/bin/tare machine --roofs");
    expect_status(&o, 3);
    expect_err(&o, "the suite 'roofs'");
    outcome_free(&o);
}

static void a_baseline_keeps_the_shares(void **state)
{
    (void)state;
    must(RUN "$S/roofed.so --save a && " RUN "$S/roofed.so --save b --no-roofs", 0);
    struct outcome o = sh("$TARE compare --stored --progress none b a");
    expect_out(&o, "% f32");
    outcome_free(&o);
    o = sh("$TARE compare --stored --progress none a b");
    expect_no(&o, "% f32");
    outcome_free(&o);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(machine_prints_a_table_of_roofs, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(machine_writes_its_roofs_as_json, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_run_shows_the_share_of_the_roof, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_run_measures_the_roofs_that_its_cases_need, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(what_needs_no_roof_measures_none, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_run_without_the_suite_says_so_and_goes_on, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_baseline_keeps_the_shares, enter_folder, leave_folder),
};

TARE_TEST_MAIN(tests)
