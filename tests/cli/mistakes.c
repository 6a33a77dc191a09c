/* What a user gets wrong, and what is wrong with the files a user gives: one line that names the place and the way out,
 * and the status. */
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <string.h>

struct mistake {
    const char *line;
    int status;
    const char *says[2]; /* parts of the one line on standard error */
};

static void check_mistakes(const struct mistake *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, cases[i].status);
        for (size_t k = 0; k < 2 && cases[i].says[k]; k++)
            expect_err(&o, cases[i].says[k]);
        if (!is_one_line(o.err) || strncmp(o.err, "tare: ", 6) != 0)
            fail_msg("%s: not one line beginning with 'tare: ':\n%s", o.line, o.err);
        outcome_free(&o);
    }
}

static void a_mistake_in_the_command_line_has_status_2_and_the_nearest_name(void **state)
{
    (void)state;
    static const struct mistake cases[] = {
        { "$TARE rum", 2, { "'rum'", "'run'" } },
        { "$TARE basline", 2, { "'basline'", "'baseline'" } },
        { "$TARE run --presett quick", 2, { "'--presett'", "'--preset'" } },
        { "$TARE run --preset fast", 2, { "'fast'", "quick, default, thorough" } },
        { "$TARE run --preset", 2, { "--preset needs a value" } },
        { "$TARE run --format xml", 2, { "'xml'", "junit" } },
        { "$TARE run --color maybe", 2, { "'maybe'", "auto|always|never" } },
        { "$TARE run --margin wide", 2, { "--margin", "'wide'" } },
        { "$TARE run --margin 99", 2, { "--margin" } },
        { "$TARE run --confidence 100", 2, { "--confidence" } },
        { "$TARE run --budget 0", 2, { "--budget" } },
        { "$TARE run --seed 1.5", 2, { "--seed", "'1.5'" } },
        { "$TARE run --stored=yes", 2, { "--stored takes no value" } },
        { "$TARE run --cpu-mask avx3 $S/steady.so", 2, { "'avx3'", "avx2" } },
        { "$TARE run --pin 100000 $S/steady.so", 2, { "100000" } },
        { "$TARE run --layouts 0 --baseline a", 2, { "--layouts", "from 1 to 13" } },
        { "$TARE run --layouts 14 --baseline a", 2, { "--layouts", "from 1 to 13" } },
        { "$TARE run --layouts -1 --baseline a", 2, { "--layouts", "'-1'" } },
        { "$TARE run --layouts 4", 2, { "--layouts", "--baseline NAME" } },
        { "$TARE run --layouts 4 --baseline a --stored", 2, { "--layouts", "--stored" } },
        { "$TARE history --layouts 4", 2, { "'--layouts'" } },
        { "$TARE run --save a --baseline-or-save b", 2, { "--baseline-or-save" } },
        { "$TARE run --save ../out $S/steady.so", 2, { "../out" } },
        { "$TARE run $S/steady.so 'steady/chian/*'", 2, { "'steady/chian/*'", "'steady/chain/" } },
        { "$TARE list $S/steady.so stedy", 2, { "'stedy'", "'steady'" } },
        { "$TARE list $S/steady.so steady/chian", 2, { "'steady/chian'", "'steady/chain'" } },
        { "$TARE run $S/steady.so steady/chian/", 2, { "'steady/chian/'", "'steady/chain'" } },
        { "$TARE compare one", 2, { "OLD NEW" } },
        { "$TARE compare steady/chain/a $S/steady.so", 2, { "like with like" } },
        { "mkdir s; cp $S/variants.so s; TARE_SUITES=s $TARE compare variants/chain/fast variants/chain/slow/n=1",
          2,
          { "'variants/chain/fast' is no case", "begin with it: variants/chain/fast/n=1, variants/chain/fast/n=2\n" } },
        { "TARE_SUITES=s $TARE compare variants/chain/slow/n=1 variants/chain/l",
          2,
          { "begins with it: variants/chain/lonely/n=3" } },
        { "TARE_SUITES=s $TARE compare variants/chain/slow/n=1 variants/c", 2, { " and 1 more" } },
        { "TARE_SUITES=s $TARE compare variants/chain/slow/n=1 variants/chian",
          2,
          { "did you mean 'variants/chain'" } },
        { "$TARE baseline lst", 2, { "'lst'", "'list'" } },
        { "$TARE baseline show", 2, { "tare baseline show NAME" } },
        { "$TARE dive", 2, { "dive needs a case" } },
        { "$TARE dive $S/steady.so steady/chian/a", 2, { "'steady/chian/a'", "'steady/chain/a'" } },
        { "$TARE dive $S/steady.so steady/chain/a steady/chain/b", 2, { "one case", "'steady/chain/b'" } },
        { "$TARE dive --format csv steady/chain/a", 2, { "'csv'", "console, json" } },
        { "$TARE machine now", 2, { "'now'" } },
    };
    check_mistakes(cases, sizeof cases / sizeof *cases);
}

static void a_suite_that_cannot_be_used_is_named_with_its_fault(void **state)
{
    (void)state;
    static const struct mistake cases[] = {
        { "$TARE list $S/absent.so", 3, { "/absent.so: ", "No such file" } },
        { "$TARE list $S/not_elf.so", 3, { "/not_elf.so: ", "not a loadable suite" } },
        { "$TARE list $S/missing_symbol.so", 3, { "/missing_symbol.so: ", "tare_suite" } },
        { "$TARE list $S/undefined_symbol.so", 3, { "/undefined_symbol.so: ", "nobody_has_this" } },
        { "$TARE list $S/wrong_abi.so", 3, { "/wrong_abi.so: ", "build it again" } },
        { "$TARE list $S/duplicate_ids.so", 3, { "/duplicate_ids.so: ", "'duplicate_ids/twice'" } },
        { "$TARE list $S/no_run.so", 3, { "/no_run.so: ", "no run function" } },
        { "$TARE list $S/strange_ids.so", 3, { "/strange_ids.so: " } },
        { "$TARE list $S/nan_work.so", 3, { "/nan_work.so: ", "not a number" } },
        { "$TARE list $S/fail_emit.so", 3, { "/fail_emit.so: ", "the table of shapes is empty" } },
        { "$TARE list $S/crash_emit.so", 3, { "/crash_emit.so: ", "SIGABRT" } },
        { "$TARE list $S/crash_load.so", 3, { "/crash_load.so: ", "SIGSEGV" } },
        { "$TARE list --timeout 1 $S/hang_load.so", 3, { "/hang_load.so: ", "1 s" } },
        { "head -c 3000 $S/steady.so >cut.so; $TARE list cut.so", 3, { "cut.so: " } },
        { ": >empty.so; $TARE list empty.so", 3, { "empty.so: " } },
        { "mkdir folder.so; $TARE list folder.so", 3, { "folder.so: " } },
        { "$TARE run --progress none $S/no_cases.so", 2, { "no cases" } },
        { "TARE_SUITES=/nowhere/at/all $TARE list", 3, { "/nowhere/at/all" } },
    };
    check_mistakes(cases, sizeof cases / sizeof *cases);
}

static void a_place_that_cannot_be_written_is_named(void **state)
{
    (void)state;
    static const struct mistake cases[] = {
        { "$TARE run --progress none --budget 0.01 $S/steady.so --output /dev/full", 3, { "/dev/full", "No space" } },
        { "$TARE run --progress none --budget 0.01 $S/steady.so --output no/such/folder", 3, { "no/such/folder" } },
        { "$TARE list $S/steady.so >/dev/full", 3, { "standard output" } },
        { "$TARE run --progress none --budget 0.01 $S/steady.so >/dev/full", 3, { "No space" } },
    };
    check_mistakes(cases, sizeof cases / sizeof *cases);
}

/* As in `tare list | head`; with the shell's own status line, since that of the pipe is the reader's. */
static void nothing_is_said_when_the_reader_has_left(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "{ sleep 0.3; $TARE list $S/steady.so; echo status $? >&2; } | true",
        "{ sleep 0.3; $TARE model info --help; echo status $? >&2; } | true",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct outcome o = sh(lines[i]);
        if (strcmp(o.err, "status 3\n") != 0)
            fail_msg("%s: it says\n%s", lines[i], o.err);
        outcome_free(&o);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(a_mistake_in_the_command_line_has_status_2_and_the_nearest_name, enter_folder,
                                    leave_folder),
    cmocka_unit_test_setup_teardown(a_suite_that_cannot_be_used_is_named_with_its_fault, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(a_place_that_cannot_be_written_is_named, enter_folder, leave_folder),
    cmocka_unit_test_setup_teardown(nothing_is_said_when_the_reader_has_left, enter_folder, leave_folder),
};

TARE_TEST_MAIN(tests)
