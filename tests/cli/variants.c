/* Variants of one build side by side: one that does the work twice, one that does the same. */
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define COMPARE "$TARE compare --progress none --preset quick --budget 0.05 --margin 10 $S/variants.so --variants "

static void every_variant_stands_beside_the_first(void **state)
{
    (void)state;
    struct outcome o = sh(COMPARE "fast,slow,same 'variants/chain/*'");
    expect_status(&o, 0);
    expect_out(&o, "the best of them");
    expect_out(&o, "n=1");
    expect_out(&o, "n=2");
    expect_out(&o, "geometric mean");
    assert_null(strstr(o.out, "variants/other"));
    outcome_free(&o);
}

/* 300 steps and 150, which the suite tells (suites/suite.h). */
static void a_variant_that_does_half_the_work_is_twice_as_fast(void **state)
{
    (void)state;
    struct outcome o = sh(COMPARE "fast,slow,same --format json");
    expect_status(&o, 0);
    json_error_t error;
    json_t *document = json_loads(o.out, 0, &error), *row, *rival;
    assert_non_null(document);
    assert_string_equal(json_string_value(json_object_get(document, "schema")), "tare.contest/1");
    assert_string_equal(json_string_value(json_object_get(document, "first")), "fast");
    json_t *cases = json_object_get(document, "cases"), *sums = json_object_get(document, "sums");
    assert_int_equal(json_array_size(cases), 3);
    assert_int_equal(json_array_size(sums), 3); /* two groups, and all */
    size_t i, with_same = 0;
    json_array_foreach(cases, i, row)
    {
        rival = json_array_get(json_object_get(row, "rivals"), 0);
        double ratio = json_number_value(json_object_get(json_object_get(rival, "ratio"), "value"));
        assert_true(fabs(ratio - log(2)) < 1e-6);
        assert_string_equal(json_string_value(json_object_get(rival, "word")), "faster");
        with_same += json_is_object(json_array_get(json_object_get(row, "rivals"), 1));
    }
    assert_int_equal(with_same, 1);
    json_t *all = json_array_get(sums, 2);
    assert_true(json_is_null(json_object_get(all, "group")));
    assert_int_equal(json_integer_value(json_object_get(json_array_get(json_object_get(all, "rivals"), 0), "cases")),
                     3);
    json_decref(document);
    outcome_free(&o);
}

static void tables_for_programs_and_pages_have_a_row_a_case(void **state)
{
    (void)state;
    struct outcome o = sh(COMPARE "slow,fast --format csv variants/other/slow/n=1");
    expect_status(&o, 0);
    expect_out(&o, "group,case,variant,other,time_ns,times,times_lo,times_hi,verdict\nvariants/other,n=1,slow,fast,");
    outcome_free(&o);
    o = sh(COMPARE "slow,fast --format markdown variants/other/fast/n=1"); /* the id of either will do */
    expect_status(&o, 0);
    expect_out(&o, "| case | slow | over fast |\n");
    expect_out(&o, "| variants/other/n=1 |");
    outcome_free(&o);
}

/* Interrupted before its first block was whole, a case has neither a time nor a ratio. */
static void what_an_interrupt_left_unmeasured_has_no_figures(void **state)
{
    (void)state;
    struct outcome o =
        sh("$TARE compare --progress none --budget 5 $S/interrupts.so --variants fast,slow --format csv");
    expect_status(&o, 3);
    expect_err(&o, "interrupted");
    expect_out(&o, "interrupts/chain,,fast,slow,,,,,\n");
    outcome_free(&o);
    o = sh("$TARE compare --progress none --budget 5 $S/interrupts.so --variants fast,slow");
    expect_out(&o, "n/a");
    assert_null(strstr(o.out, "0.0000"));
    assert_null(strstr(o.out, "unbounded"));
    outcome_free(&o);
    o = sh("$TARE compare --progress none --budget 5 $S/interrupts.so --variants fast,slow --format json");
    json_t *document = parse_json(&o), *row = json_array_get(json_object_get(document, "cases"), 0);
    assert_true(json_is_null(json_array_get(json_object_get(row, "rivals"), 0)));
    assert_true(json_is_null(json_object_get(row, "best")));
    json_decref(document);
    outcome_free(&o);
}

static void what_makes_no_sense_is_told_in_a_line(void **state)
{
    (void)state;
    static const struct {
        const char *words, *says;
    } cases[] = {
        { "fast,slwo", "no case has the variant 'slwo': did you mean 'slow'?" },
        { "fast", "'fast' is one alone" },
        { "fast,", "is one alone" },
        { "fast,fast", "'fast' is named twice" },
        { "fast,lonely", "'fast' has no case in common with 'lonely'" },
        { "fast,same 'variants/other/*'", "'fast' has no case that was asked for in common with 'same'" },
        { "fast,slow 'variants/chian/*'", "did you mean" },
        { "fast,slow --stored", "--stored is for builds" },
        { "fast,slow --layouts 2", "--layouts is for builds" },
        { "fast,slow --format junit", "'junit' is not one of console, json, csv, markdown" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[512];
        snprintf(line, sizeof line, COMPARE "%s", cases[i].words);
        struct outcome o = sh(line);
        expect_status(&o, 2);
        expect_err(&o, cases[i].says);
        assert_true(is_one_line(o.err));
        outcome_free(&o);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(every_variant_stands_beside_the_first, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_variant_that_does_half_the_work_is_twice_as_fast, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(tables_for_programs_and_pages_have_a_row_a_case, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(what_an_interrupt_left_unmeasured_has_no_figures, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(what_makes_no_sense_is_told_in_a_line, enter_folder, leave_folder),
};

TARE_TEST_MAIN(tests)
