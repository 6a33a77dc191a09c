/* `tare dive`: one case, and everything about it. */
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define DIVE "$TARE dive --progress none --budget 0.05 "

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
    json_t *document = parse_json(&o);
    assert_string_equal(json_string_value(json_object_get(document, "schema")), "tare.dive/1");
    json_t *c = json_object_get(document, "case");
    assert_string_equal(json_string_value(json_object_get(c, "id")), "steady/chain/a");
    assert_string_equal(json_string_value(json_object_get(c, "status")), "ok");
    assert_true(json_is_number(json_object_get(json_object_get(document, "rates"), "gflops")));
    json_decref(document);
    outcome_free(&o);
}

static void the_share_of_the_roof_is_shown_or_why_it_is_not_known(void **state)
{
    (void)state;
    struct outcome o = sh(DIVE "$S/roofed.so roofed/bytes");
    expect_status(&o, 0);
    expect_out(&o, "% L1 read: the declared work takes this machine at least ");
    outcome_free(&o);
    o = sh(DIVE "--no-roofs $S/roofed.so roofed/bytes");
    expect_status(&o, 0);
    assert_null(strstr(o.out, "at least"));
    outcome_free(&o);
    must("mkdir -p alone/bin && cp \"$TARE\" alone/bin/tare", 0); /* beside no suites */
    o = sh("alone/bin/tare dive --progress none --budget 0.05 $S/roofed.so roofed/bytes");
    expect_status(&o, 0);
    expect_out(&o, "  roof          not known: ");
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

/* The loop takes all the time, so it is what samples show, whichever way they are taken. */
static void the_hottest_loop_and_the_branch_that_ends_on_a_boundary_are_named(void **state)
{
    (void)state;
    static const char *const lines[] = {
        DIVE "$S/boundary.so boundary",
        DIVE "$S/boundary.so boundary --sampler timer",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct outcome o = sh(lines[i]);
        expect_status(&o, 0);
        expect_out(&o, "the hottest loop of run: 30 of its ");
        expect_out(&o, "dec %ecx + jne ");
        expect_out(&o, "ends on a 32-byte boundary");
        expect_out(&o, "-Wa,-mbranches-within-32B-boundaries");
        outcome_free(&o);
    }
}

static void the_document_has_every_instruction_of_the_hot_function(void **state)
{
    (void)state;
    struct outcome o = sh(DIVE "$S/boundary.so boundary --format json");
    expect_status(&o, 0);
    json_t *document = parse_json(&o), *hot = json_object_get(document, "hot"), *in;
    assert_string_equal(json_string_value(json_object_get(hot, "function")), "run");
    assert_true(json_integer_value(json_object_get(hot, "samples")) > 0);
    size_t i, ends = 0;
    json_int_t loop = json_integer_value(json_object_get(json_object_get(hot, "loop"), "begin"));
    json_array_foreach(json_object_get(hot, "code"), i, in)
    {
        const char *boundary = json_string_value(json_object_get(in, "boundary"));
        bool here = json_integer_value(json_object_get(in, "address")) == loop + 30;
        if (here) {
            assert_string_equal(boundary, "ends on");
            assert_true(json_is_true(json_object_get(in, "fused")));
            ends++;
        }
    }
    assert_int_equal(ends, 1);
    assert_int_equal(loop % 32, 0);
    json_decref(document);
    outcome_free(&o);
}

/* What the kernel counts is there, or why not; what needs hardware likewise. */
static void every_counter_has_a_value_or_a_reason(void **state)
{
    (void)state;
    struct outcome o = sh(DIVE "$S/boundary.so boundary --format json");
    expect_status(&o, 0);
    json_t *document = parse_json(&o), *c;
    json_t *counters = json_object_get(document, "counters");
    size_t i;
    assert_true(json_array_size(counters) >= 4);
    json_array_foreach(counters, i, c)
    {
        bool counted = json_is_number(json_object_get(c, "value"));
        if (counted == json_is_string(json_object_get(c, "why_not")))
            fail_msg("%s", json_string_value(json_object_get(c, "name")));
    }
    json_decref(document);
    outcome_free(&o);
}

/* A thousand times 28 nops, a decrement and a jump, and the loop around them. */
static void valgrind_counts_the_instructions_of_an_iteration(void **state)
{
    (void)state;
    struct outcome o = sh(DIVE "$S/boundary.so boundary --callgrind --format json");
    expect_status(&o, 0);
    json_t *document = parse_json(&o), *executed = json_object_get(document, "executed");
    bool counted = json_is_number(json_object_get(executed, "instructions"));
    double n = json_number_value(json_object_get(executed, "instructions"));
    if (!counted)
        print_message("%s\n", json_string_value(json_object_get(executed, "problem")));
    else
        assert_string_equal(json_string_value(json_object_get(executed, "id")), "boundary/planted_branch");
    json_decref(document);
    outcome_free(&o);
    if (!counted) /* no valgrind, or a build with a sanitizer */
        skip();
    assert_true(n >= 30000 && n < 30040);
}

static void without_valgrind_the_package_is_named(void **state)
{
    (void)state;
    struct outcome o = sh("PATH=/nowhere " DIVE "$S/boundary.so boundary --callgrind");
    expect_status(&o, 0);
    expect_out(&o, "install the package");
    expect_out(&o, "valgrind");
    outcome_free(&o);
}

static void iterations_run_the_case_alone(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
        int status;
    } cases[] = {
        { "$TARE dive $S/steady.so steady/chain/a --iterations 3", "steady/chain/a: 3 iterations; instruction sets ",
          0 },
        { "$TARE dive $S/steady.so $S/boundary.so boundary --iterations 1", "boundary/planted_branch: 1 iterations",
          0 },
        { "$TARE dive $S/steady.so steady/chain --iterations 1", "names 3 cases", 2 },
        { "$TARE dive $S/steady.so steady/chian --iterations 1", "no case matches 'steady/chian'", 2 },
        { "$TARE dive $S/fail_setup.so fail_setup/fails --iterations 1", "tare: ", 2 },
        { "$TARE dive $S/crash_run.so crash_run/crash --iterations 1", "", 128 + 11 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, cases[i].status);
        if (o.status == 0)
            expect_out(&o, cases[i].says);
        else
            expect_err(&o, cases[i].says);
        outcome_free(&o);
    }
}

static void without_objdump_the_functions_are_shown_and_the_package_is_named(void **state)
{
    (void)state;
    struct outcome o = sh("PATH=/nowhere " DIVE "$S/boundary.so boundary");
    expect_status(&o, 0);
    expect_out(&o, "%  run\n");
    expect_out(&o, "install the package binutils");
    outcome_free(&o);
}

/* As a container does: perf_event_open fails with EPERM, here and in all that is started. False where the kernel has no
 * such filters. */
static bool forbid_perf(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = { sizeof filter / sizeof *filter, filter };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* The last of the tests: the filter stays with the process. */
static void where_perf_is_forbidden_a_timer_samples_and_the_reason_is_told(void **state)
{
    (void)state;
    if (!forbid_perf())
        skip();
    struct outcome o = sh(DIVE "$S/boundary.so boundary");
    expect_status(&o, 0);
    expect_out(&o, "by a timer signal");
    expect_out(&o, "seccomp");
    expect_out(&o, "perf_event_paranoid");
    expect_out(&o, "the hottest loop of run: 30 of its ");
    expect_out(&o, "not counted");
    outcome_free(&o);
    o = sh(DIVE "$S/boundary.so boundary --sampler clock");
    expect_status(&o, 0);
    expect_out(&o, "not sampled: ");
    outcome_free(&o);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(a_case_is_measured_and_its_declared_work_shown, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(the_document_has_the_case_and_its_rates, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(the_share_of_the_roof_is_shown_or_why_it_is_not_known, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_pattern_that_fits_several_cases_lists_them, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_pattern_that_fits_one_case_will_do, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_case_that_fails_says_why, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(the_hottest_loop_and_the_branch_that_ends_on_a_boundary_are_named, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(the_document_has_every_instruction_of_the_hot_function, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(every_counter_has_a_value_or_a_reason, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(valgrind_counts_the_instructions_of_an_iteration, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(without_valgrind_the_package_is_named, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(iterations_run_the_case_alone, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(without_objdump_the_functions_are_shown_and_the_package_is_named, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(where_perf_is_forbidden_a_timer_samples_and_the_reason_is_told, enter_folder,
                                    leave_folder),
};

TARE_TEST_MAIN(tests)
