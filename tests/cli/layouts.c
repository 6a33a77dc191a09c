/* The new build at other addresses: what layout does is told from what work does. */
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <string.h>

#define MEASURE "--progress none --preset quick --budget 0.1 --margin 10 "
#define COMPARE "$TARE compare " MEASURE

/* The suites tell half as many steps again: everywhere, or at one address of four and there as built. */
static void planted_layout_is_told_from_planted_work(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int status;
        const char *verdict;
        int layout, n;
        double least, most; /* ln(new / old) over the layouts lies within */
    } cases[] = {
        { COMPARE "--format json $S/placed_before.so $S/placed_work.so", 1, "regressed", 0, 0, 0, 0 },
        { COMPARE "--format json $S/placed_before.so $S/placed_work.so --layouts 3", 1, "regressed", 0, 3, 0.405,
          0.406 },
        { COMPARE "--format json $S/placed_before.so $S/placed_place.so", 1, "regressed", 0, 0, 0, 0 },
        { COMPARE "--format json $S/placed_before.so $S/placed_place.so --layouts 3", 0, "inconclusive", 1, 3, -1e-6,
          0.406 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        json_t *document = parse_json(&o), *layout;
        const json_t *change = json_object_get(json_array_get(json_object_get(document, "results"), 0), "change");
        const json_t *layouts = json_object_get(change, "layouts");
        size_t k;
        if (strcmp(json_string_value(json_object_get(change, "verdict")), cases[i].verdict) != 0)
            fail_msg("%s: not %s:\n%s", o.line, cases[i].verdict, o.out);
        expect_status(&o, cases[i].status);
        assert_int_equal(json_is_true(json_object_get(change, "layout_dependent")), cases[i].layout);
        assert_int_equal(json_array_size(layouts), cases[i].n);
        json_array_foreach((json_t *)(uintptr_t)layouts, k, layout)
        {
            double ratio = json_number_value(json_object_get(json_object_get(layout, "ratio"), "value"));
            assert_int_equal(json_integer_value(json_object_get(layout, "shift")), 16 * (k + 1));
            assert_true(cases[i].least <= ratio && ratio <= cases[i].most);
        }
        const json_t *spread = json_object_get(change, "layout_spread");
        assert_int_equal(json_is_object(spread), cases[i].n > 0);
        if (cases[i].layout) { /* slow as built, and not everywhere */
            assert_true(json_number_value(json_object_get(spread, "least")) < 1e-6);
            assert_true(json_number_value(json_object_get(spread, "most")) > 0.405);
        }
        json_decref(document);
        outcome_free(&o);
    }
}

static void every_report_tells_of_the_layouts(void **state)
{
    (void)state;
    static const struct {
        const char *format, *says[2];
    } cases[] = {
        { "console", { "Inconclusive: layout (1)", "at 4 addresses: the change may be where the code lies" } },
        { "console --verbose", { "layouts", "at 4 addresses" } },
        { "markdown", { "inconclusive (layout)", "placed/chain (layout): from" } },
        { "junit", { "inconclusive +", "(layout)" } },
        { "csv", { "layouts,layout_least,layout_most,layout_dependent", ",3," } },
    };
    must("$TARE run " MEASURE "$S/placed_before.so --save before", 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[512];
        snprintf(line, sizeof line, "$TARE run " MEASURE "$S/placed_place.so --baseline before --layouts 3 --format %s",
                 cases[i].format);
        struct outcome o = sh(line);
        expect_status(&o, 0);
        for (size_t k = 0; k < 2; k++)
            expect_out(&o, cases[i].says[k]);
        outcome_free(&o);
    }
    must("$TARE report --out page", 0);
    must("grep -q '(layout)' page/index.html && grep -q 'moved by 48 bytes' page/index.html", 0);
    must("grep -q 'where the code lies' page/index.html", 0);
}

static void where_there_is_nothing_to_compare_with_yet_no_layouts_are_needed(void **state)
{
    (void)state;
    must("$TARE run " MEASURE "$S/steady.so --baseline-or-save new --layouts 3", 0);
    must("$TARE run " MEASURE "$S/steady.so --baseline-or-save new --layouts 3", 3);
}

static void layouts_that_cannot_be_used_are_named_with_the_command_that_builds_them(void **state)
{
    (void)state;
    static const struct {
        const char *harm; /* done in a folder with work.so and layouts/work.1.so to work.3.so */
        int status;
        const char *says[3];
    } cases[] = {
        { "rm -r layouts", 3, { "layouts/work.1.so: there is no such layout", "work_layouts", "make layouts" } },
        { "rm layouts/work.3.so", 3, { "layouts/work.3.so: there is no such layout", "work_layouts" } },
        { "sleep 0.02; touch work.so",
          3,
          { "layouts/work.1.so: this layout is older than its suite", "work_layouts" } },
        { "truncate -s 3000 layouts/work.2.so", 3, { "layouts/work.2.so: " } },
        { "printf text > layouts/work.2.so", 3, { "layouts/work.2.so: ", "not a loadable suite" } },
        { ": > layouts/work.2.so", 3, { "layouts/work.2.so: " } },
        { "cp $S/steady.so layouts/work.2.so", 3, { "layouts/work.2.so: ", "'placed/chain'" } },
        { "true", 1, { NULL } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[1024];
        snprintf(line, sizeof line,
                 "rm -rf w && mkdir -p w/layouts && cd w && cp $S/placed_work.so work.so && sleep 0.02 && "
                 "for k in 1 2 3; do cp $S/layouts/placed_work.$k.so layouts/work.$k.so; done && %s && " COMPARE
                 "$S/placed_before.so work.so --layouts 3",
                 cases[i].harm);
        struct outcome o = sh(line);
        expect_status(&o, cases[i].status);
        for (size_t k = 0; k < 3 && cases[i].says[k]; k++)
            expect_err(&o, cases[i].says[k]);
        if (cases[i].status == 3 && !is_one_line(o.err))
            fail_msg("%s: not one line:\n%s", o.line, o.err);
        outcome_free(&o);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(planted_layout_is_told_from_planted_work, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(every_report_tells_of_the_layouts, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(where_there_is_nothing_to_compare_with_yet_no_layouts_are_needed, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(layouts_that_cannot_be_used_are_named_with_the_command_that_builds_them,
                                    enter_folder, leave_folder),
};

TARE_TEST_MAIN(tests)
