/* Cases that tell a value instead of being timed, and cases that count their repetitions, from the command line. */
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <math.h>
#include <string.h>

#define RUN     "$TARE run --progress none --preset quick "
#define COMPARE "$TARE compare --progress none --preset quick --format json "
#define THREE   "values/memory values/percentile values/share"

static double median_of(const json_t *result)
{
    const json_t *time = json_object_get(json_object_get(result, "summary"), "time_ns");
    return json_number_value(json_object_get(time, "value"));
}

static void what_is_told_is_the_result_in_its_unit(void **state)
{
    (void)state;
    static const struct {
        const char *id, *quantity, *shown;
        double value;
    } cases[] = {
        { "values/memory", "bytes", "8.000 MiB", 8 << 20 },
        { "values/percentile", "ns", "2.000 ms", 2e6 },
        { "values/share", "ratio", "0.2500", 0.25 },
    };
    struct outcome o = sh(RUN "--format json $S/values.so " THREE);
    expect_status(&o, 0);
    json_t *document = parse_json(&o);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const json_t *r = result_of(document, cases[i].id);
        assert_string_equal(text_of(r, "quantity"), cases[i].quantity);
        assert_true(fabs(median_of(r) / cases[i].value - 1) < 1e-6);
        assert_int_equal(json_integer_value(json_object_get(r, "iters")), 1);
        assert_true(json_integer_value(json_object_get(json_object_get(r, "summary"), "n")) >= 10);
        assert_true(json_is_null(json_object_get(r, "roof")));
    }
    json_decref(document);
    outcome_free(&o);
    static const char *const lines[] = { RUN "--format console $S/values.so " THREE,
                                         RUN "--format markdown $S/values.so " THREE,
                                         RUN "--format junit $S/values.so " THREE };
    for (size_t f = 0; f < sizeof lines / sizeof *lines; f++) {
        o = sh(lines[f]);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            expect_out(&o, cases[i].shown);
        outcome_free(&o);
    }
    must(RUN "--output a.csv --format csv $S/values.so values/memory && grep -q ',bytes,' a.csv", 0);
    must("$TARE report --out page && grep -q '8.000 MiB' page/index.html", 0);
}

static void a_case_that_tells_nothing_fails(void **state)
{
    (void)state;
    struct outcome o = sh(RUN "$S/values.so values/silent");
    expect_status(&o, 3);
    expect_out(&o, "where a finite number above 0 is wanted");
    outcome_free(&o);
}

static void values_are_compared_as_times_are(void **state)
{
    (void)state;
    static const struct {
        const char *line, *verdict;
        int status;
    } cases[] = {
        { COMPARE "$S/values.so $S/values_more.so " THREE " values/other", "regressed", 1 },
        { COMPARE "$S/values_more.so $S/values.so " THREE " values/other", "improved", 0 },
        { COMPARE "$S/values.so $S/values.so " THREE, "unchanged", 0 },
    };
    static const char *const ids[] = { "values/memory", "values/percentile", "values/share" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, cases[i].status);
        json_t *document = parse_json(&o);
        for (size_t k = 0; k < sizeof ids / sizeof *ids; k++) {
            const json_t *change = json_object_get(result_of(document, ids[k]), "change");
            assert_string_equal(text_of(change, "method"), "paired");
            assert_string_equal(text_of(change, "verdict"), cases[i].verdict);
        }
        if (i < 2) /* bytes in one build, a time in the other: nothing to compare */
            assert_string_equal(text_of(json_object_get(result_of(document, "values/other"), "change"), "presence"),
                                "new");
        json_decref(document);
        outcome_free(&o);
    }
}

static void stored_values_keep_their_unit(void **state)
{
    (void)state;
    must(RUN "--save a $S/values.so values/memory", 0);
    struct outcome o = sh(RUN "--baseline a --stored $S/values.so values/memory");
    expect_out(&o, "8.000 MiB");
    outcome_free(&o);
    must("$TARE baseline show a | grep -q '8.000 MiB  values/memory'", 0);
}

static void a_preset_promises_repetitions_and_a_budget_does_not(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int least, most;
    } cases[] = {
        { RUN "--format json $S/values.so values/counted", 20, 20 },
        { RUN "--budget 0.1 --format json $S/values.so values/counted", 1, 19 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, 0);
        json_t *document = parse_json(&o);
        const json_t *summary = json_object_get(result_of(document, "values/counted"), "summary");
        assert_in_range(json_integer_value(json_object_get(summary, "n")), cases[i].least, cases[i].most);
        json_decref(document);
        outcome_free(&o);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(what_is_told_is_the_result_in_its_unit, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_case_that_tells_nothing_fails, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(values_are_compared_as_times_are, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(stored_values_keep_their_unit, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_preset_promises_repetitions_and_a_budget_does_not, enter_folder, leave_folder),
};

TARE_TEST_MAIN(tests)
