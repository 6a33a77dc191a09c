/* The suites of tests/cli/suites carry the fault they are named after, and no other. */
#include "tests/harness.h"

#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <tare/bench.h>
#include <unistd.h>

static int count_case(const struct tare_host *h, const struct tare_case *c)
{
    (void)c;
    ++*(int *)h->state;
    return 0;
}

static int record_failure(const struct tare_host *h, const char *fmt, ...)
{
    (void)h;
    (void)fmt;
    return -1;
}

enum { NO_LOAD = 201, NO_SUITE, NO_EMIT };

/* Loads, emits and ends with the number of cases, or one of the above. */
static int visit(const char *path)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return NO_LOAD;
    const struct tare_suite *suite = dlsym(handle, "tare_suite");
    if (!suite || suite->abi != TARE_SUITE_ABI)
        return NO_SUITE;
    int n = 0;
    const struct tare_host host = {
        .size = sizeof host, .abi = TARE_SUITE_ABI, .state = &n, .add = count_case, .fail = record_failure
    };
    return suite->emit(&host) ? NO_EMIT : n;
}

static void every_suite_has_its_fault(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int status; /* of visit */
        int signal; /* or what ended it */
    } cases[] = {
        { TEST_SUITES "/steady.so", 3, 0 },
        { TEST_SUITES "/steady_slower.so", 3, 0 },
        { TEST_SUITES "/steady_without.so", 2, 0 },
        { TEST_SUITES "/crash_run.so", 2, 0 },
        { TEST_SUITES "/crash_setup.so", 2, 0 },
        { TEST_SUITES "/hang_run.so", 2, 0 },
        { TEST_SUITES "/fail_setup.so", 3, 0 },
        { TEST_SUITES "/duplicate_ids.so", 2, 0 },
        { TEST_SUITES "/no_cases.so", 0, 0 },
        { TEST_SUITES "/no_run.so", 1, 0 },
        { TEST_SUITES "/strange_ids.so", 6, 0 },
        { TEST_SUITES "/prints.so", 1, 0 },
        { TEST_SUITES "/nan_work.so", 3, 0 },
        { TEST_SUITES "/needs_reset.so", 1, 0 },
        { TEST_SUITES "/variants.so", 8, 0 },
        { TEST_SUITES "/older_fields.so", 1, 0 },
        { TEST_SUITES "/fail_emit.so", NO_EMIT, 0 },
        { TEST_SUITES "/wrong_abi.so", NO_SUITE, 0 },
        { TEST_SUITES "/missing_symbol.so", NO_SUITE, 0 },
        { TEST_SUITES "/undefined_symbol.so", NO_LOAD, 0 },
        { TEST_SUITES "/not_elf.so", NO_LOAD, 0 },
        { TEST_SUITES "/crash_emit.so", 0, SIGABRT },
        { TEST_SUITES "/crash_load.so", 0, SIGSEGV },
        { TEST_SUITES "/hang_load.so", 0, SIGALRM },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            signal(SIGSEGV, SIG_DFL); /* cmocka and the sanitizers have theirs */
            signal(SIGABRT, SIG_DFL);
            if (cases[i].signal == SIGALRM)
                alarm(1);
            _exit(visit(cases[i].path));
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        if (cases[i].signal ? !WIFSIGNALED(status) || WTERMSIG(status) != cases[i].signal
                            : !WIFEXITED(status) || WEXITSTATUS(status) != cases[i].status)
            fail_msg("%s: status %#x", cases[i].path, (unsigned)status);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_suite_has_its_fault),
};

TARE_TEST_MAIN(tests)
