/* Bisecting from the command line, in a repository of a dozen commits of which the eighth is slower. The build command
 * copies the suite that a file in the commit names; they tell their steps (suites/suite.h). */
#include "tests/cli/program.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BISECT "cd repo && $TARE bisect --progress none --preset quick --budget 0.05 --margin 10 "
#define BUILD  " -- \"$PWD/../build.sh\""

/* tests/cli/program.h's folder with `repo`, whose commit i (tag c<i>) has the suite of the i-th word; `tmp`, where the
 * temporary work trees go; and build.sh, which notes each commit it was asked to build in the file `built`. */
static void make_repo(const char *suites)
{
    static const char script[] =
        "mkdir tmp repo && cat > build.sh <<'E'\n"
        "#!/bin/sh\n"
        "echo \"$TARE_BISECT_COMMIT $(git rev-parse HEAD)\" >> ../../../built\n"
        "read suite < suite\n"
        "case $suite in fail) echo no rule to make steady >&2; exit 7;; empty) exit 0;; esac\n"
        "mkdir -p ${1:-build/release/lib/tare/suites}\n"
        "cp $S/$suite.so ${1:-build/release/lib/tare/suites}/steady.so\n"
        "E\n"
        "chmod +x build.sh && cd repo && git init -q -b trunk . && i=0 && for suite in %s; do i=$((i + 1))\n"
        "echo $suite > suite; echo $i > number; git add suite number; git commit -q -m \"Change $i\"; git tag c$i\n"
        "done";
    static const char *const identity[] = { "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME",
                                            "GIT_COMMITTER_EMAIL" };
    char line[2048], tmp[256];
    for (size_t i = 0; i < 4; i++)
        setenv(identity[i], "nobody", 1);
    setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    snprintf(line, sizeof line, "echo \"$PWD/tmp\"");
    struct outcome o = sh(line);
    snprintf(tmp, sizeof tmp, "%.*s", (int)strcspn(o.out, "\n"), o.out);
    outcome_free(&o);
    setenv("TMPDIR", tmp, 1);
    snprintf(line, sizeof line, script, suites);
    must(line, 0);
}

static int leave_repo(void **state)
{
    unsetenv("TMPDIR");
    return leave_folder(state);
}

#define FAST  "told told told told told told told "
#define DOZEN FAST "told_slower told_slower told_slower told_slower told_slower"

/* The user's tree and the temporary folder are as they were; git knows of one work tree. */
static void expect_nothing_left(void)
{
    must("ls -A tmp | grep . && exit 1 || exit 0", 0);
    must("cd repo && test \"$(git worktree list | wc -l)\" = 1", 0);
}

static void the_first_slower_commit_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } cases[] = {
        { BISECT "c1 c12" BUILD, "Change 8\n" },
        { BISECT "c1 trunk --case steady/chain/a" BUILD, "Change 8\n" },
        { BISECT "c7 c8" BUILD, "Change 8\n" },
        { BISECT "c7 c12" BUILD, "Change 8\n" },
        { BISECT "c5 c8" BUILD, "Change 8\n" },
        { BISECT "--suites out/suites c6 c9" BUILD " out/suites", "Change 8\n" },
    };
    make_repo(DOZEN);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, 0);
        expect_out(&o, "case steady/chain/a");
        const char *last = strstr(o.out, "first bad commit: ");
        if (!last || !strstr(last, cases[i].says))
            fail_msg("%s:\n%s%s", o.line, o.out, o.err);
        outcome_free(&o);
        expect_nothing_left();
    }
}

static void every_step_is_a_line_and_halves_what_is_left(void **state)
{
    (void)state;
    make_repo(DOZEN);
    struct outcome o = sh(BISECT "c1 c12" BUILD);
    expect_status(&o, 0);
    expect_out(&o, "Change 1  the old side");
    expect_out(&o, "regressed\n");
    expect_out(&o, "unchanged\n");
    outcome_free(&o);
    /* GOOD, BAD, then at most ceil(log2(11)) = 4 steps; each build sees its own commit, and says which */
    must("test $(wc -l < built) -le 6", 0);
    must("while read told there; do test $told = $there || exit 1; done < built", 0);
}

static void a_commit_that_cannot_be_built_is_skipped(void **state)
{
    (void)state;
    make_repo("told told fail empty fail told told told_slower fail told_slower");
    struct outcome o = sh(BISECT "c1 c10" BUILD);
    expect_status(&o, 0);
    expect_out(&o, "Change 8\n");
    expect_out(&o, "skip");
    outcome_free(&o);
    expect_nothing_left();
    o = sh(BISECT "c2 c7" BUILD);
    expect_status(&o, 3);
    expect_err(&o, "nothing regressed");
    outcome_free(&o);
}

static void what_skips_leave_open_is_listed(void **state)
{
    (void)state;
    make_repo("told told fail empty told_slower told_slower");
    struct outcome o = sh(BISECT "c1 c6" BUILD);
    expect_status(&o, 3);
    expect_out(&o, "the build ended with status 7: no rule to make steady");
    expect_out(&o, "left no suite files in build/release/lib/tare/suites");
    const char *list = strstr(o.out, "is one of these");
    if (!list || strstr(list, "Change 2") || !strstr(list, "Change 3") || !strstr(list, "Change 4") ||
        !strstr(list, "Change 5") || strstr(list, "Change 6"))
        fail_msg("%s", o.out);
    outcome_free(&o);
    expect_nothing_left();
}

static void a_commit_without_the_case_is_skipped(void **state)
{
    (void)state;
    make_repo("told told prints told_slower");
    struct outcome o = sh(BISECT "c1 c4" BUILD);
    expect_status(&o, 3);
    expect_out(&o, "it does not have the case");
    outcome_free(&o);
}

static void a_branch_that_was_merged_is_one_step(void **state)
{
    (void)state;
    make_repo("told told");
    must("cd repo && git checkout -q -b side && echo told_slower > suite && git commit -qam Slower && echo x > more "
         "&& "
         "git add more && git commit -qm More && git checkout -q trunk && echo y > other && git add other && "
         "git commit -qm Other && git merge -q --no-ff -m 'Merge side' side",
         0);
    struct outcome o = sh(BISECT "c1 trunk" BUILD);
    expect_status(&o, 0);
    expect_out(&o, "  Merge side\nIt is a merge");
    outcome_free(&o);
}

static void the_users_tree_stays_as_it_is(void **state)
{
    (void)state;
    make_repo(DOZEN);
    must("cd repo && echo mine >> number && echo staged > suite && git add suite && echo new > untracked && "
         "printf '#!/bin/sh\\ntouch ../../../hooked; touch ../hooked\\n' > .git/hooks/post-checkout && "
         "chmod +x .git/hooks/post-checkout && git status --porcelain --branch > ../before && cat number suite "
         "untracked "
         ">> ../before && git rev-parse HEAD >> ../before",
         0);
    must(BISECT "c5 c9" BUILD, 0);
    must("cd repo && git status --porcelain --branch > ../after && cat number suite untracked >> ../after && "
         "git rev-parse HEAD >> ../after && cmp ../before ../after && test ! -e ../hooked",
         0);
    expect_nothing_left();
}

static void an_interrupt_leaves_nothing_behind(void **state)
{
    (void)state;
    make_repo("steady steady");
    static const struct {
        const char *line;
    } cases[] = {
        /* measuring; building; a build that does not want to end */
        { "cd repo && timeout --foreground -s INT 1 $TARE bisect --progress none --budget 60 c1 c2" BUILD },
        { "cd repo && timeout --foreground -s INT 1 $TARE bisect c1 c2 -- sleep 60" },
        { "cd repo && timeout --foreground -s TERM 1 $TARE bisect c1 c2 -- sh -c 'trap \"\" TERM; sleep 60 & wait'" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, 124); /* of timeout(1) */
        expect_err(&o, "interrupted");
        outcome_free(&o);
        expect_nothing_left();
    }
}

static void what_cannot_be_bisected_is_said_in_a_line(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int status;
        const char *says;
    } cases[] = {
        { BISECT "c1 nosuch" BUILD, 2, "BAD: 'nosuch' is no commit" },
        { BISECT "-- -- ../build.sh", 2, "two commits" },
        { BISECT "--no-such c2" BUILD, 2, "'--no-such'" },
        { BISECT "c1:suite c2" BUILD, 2, "GOOD: 'c1:suite' is no commit" },
        { BISECT "c2 c1" BUILD, 2, "no ancestor" },
        { BISECT "c2 c2^{}" BUILD, 2, "the same commit" },
        { BISECT "c1" BUILD, 2, "two commits" },
        { BISECT "c1 c2", 2, "command that builds" },
        { BISECT "c1 c2 --", 2, "command that builds" },
        { BISECT "c1 c2 --suites /tmp" BUILD, 2, "'/tmp'" },
        { BISECT "c1 c2 --suites a/../../b" BUILD, 2, "not a folder below" },
        { BISECT "c1 c2 --case steady/chain/z" BUILD, 2, "'steady/chain/z'" },
        { BISECT "c1 c2 --preset fast" BUILD, 2, "'fast'" },
        { BISECT "c1 c2 -- ../nosuch.sh", 3, "there is no such program" },
        { BISECT "c1 c2 -- false", 3, "GOOD" },
        { BISECT "c1 c2" BUILD, 3, "nothing regressed" },
        { BISECT "c1 c3" BUILD, 3, "BAD" },
        { "cd / && $TARE bisect a b -- true", 2, "no git repository" },
    };
    make_repo("told told fail");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome o = sh(cases[i].line);
        expect_status(&o, cases[i].status);
        expect_err(&o, cases[i].says);
        if (!is_one_line(o.err))
            fail_msg("%s: not one line:\n%s", o.line, o.err);
        outcome_free(&o);
        expect_nothing_left();
    }
}

/* A folder that leads out of the work tree is not cleared of its suite files. */
static void suites_behind_a_link_out_of_the_tree_are_not_touched(void **state)
{
    (void)state;
    make_repo("told told");
    must("mkdir precious && cp $S/steady.so precious/ && cd repo && ln -s ../../../precious out && git add out && "
         "git commit -qm Link && git tag link",
         0);
    struct outcome o = sh(BISECT "--suites out c1 link" BUILD);
    expect_status(&o, 3);
    outcome_free(&o);
    o = sh(BISECT "--suites out link~0 c1" BUILD);
    expect_status(&o, 2);
    outcome_free(&o);
    must("cd repo && echo 1 > z && git add z && git commit -qm z", 0);
    o = sh(BISECT "--suites out link trunk" BUILD);
    expect_status(&o, 2);
    expect_err(&o, "leads out of the work tree");
    outcome_free(&o);
    must("test -e precious/steady.so", 0);
    expect_nothing_left();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(the_first_slower_commit_is_named, enter_folder, leave_repo),
    cmocka_unit_test_setup_teardown(every_step_is_a_line_and_halves_what_is_left, enter_folder, leave_repo),
    cmocka_unit_test_setup_teardown(a_commit_that_cannot_be_built_is_skipped, enter_folder, leave_repo),
    cmocka_unit_test_setup_teardown(what_skips_leave_open_is_listed, enter_folder, leave_repo),
    cmocka_unit_test_setup_teardown(a_commit_without_the_case_is_skipped, enter_folder, leave_repo),
    cmocka_unit_test_setup_teardown(a_branch_that_was_merged_is_one_step, enter_folder, leave_repo),
    cmocka_unit_test_setup_teardown(the_users_tree_stays_as_it_is, enter_folder, leave_repo),
    cmocka_unit_test_setup_teardown(an_interrupt_leaves_nothing_behind, enter_folder, leave_repo),
    cmocka_unit_test_setup_teardown(what_cannot_be_bisected_is_said_in_a_line, enter_folder, leave_repo),
    cmocka_unit_test_setup_teardown(suites_behind_a_link_out_of_the_tree_are_not_touched, enter_folder, leave_repo),
};

TARE_TEST_MAIN(tests)
