/* Programs run to their end: what they return, print, and how they are ended. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "framework/base/child.h"
#include "framework/base/error.h"

/* Runs it with its output in memory; text is what it printed. */
static int run(int *status, char *text, size_t n, struct tare_child c)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    c.out = c.err = fd;
    int rc = tare_child_run(status, &c);
    ssize_t got = pread(fd, text, n - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    close(fd);
    return rc;
}

static void the_status_is_that_of_exit_or_of_the_signal(void **state)
{
    (void)state;
    static const struct {
        const char *line, *prints;
        int status;
    } cases[] = {
        { "exit 0", "", 0 },
        { "echo out; echo err >&2; exit 3", "out\nerr\n", 3 },
        { "kill -KILL $$", "", 128 + 9 },
        { "cat", "", 0 }, /* nothing to read */
        { "echo $TARE_TEST_WORD", "word\n", 0 },
        { "pwd", "/\n", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const argv[] = { "sh", "-c", cases[i].line, NULL };
        char path[4096], *environment[] = { "TARE_TEST_WORD=word", path, NULL };
        char text[256];
        int status = -1;
        snprintf(path, sizeof path, "PATH=%s", getenv("PATH"));
        assert_int_equal(
            run(&status, text, sizeof text,
                (struct tare_child){ .argv = argv, .environment = environment, .folder = "/", .group = i % 2 }),
            0);
        assert_int_equal(status, cases[i].status);
        assert_string_equal(text, cases[i].prints);
    }
}

static void a_program_that_is_not_there_is_named(void **state)
{
    (void)state;
    const char *const argv[] = { "tare-no-such-program", NULL };
    char text[16];
    int status;
    assert_int_equal(run(&status, text, sizeof text, (struct tare_child){ .argv = argv }), TARE_ENOENT);
    assert_non_null(strstr(tare_error(), "tare-no-such-program: "));
    const char *const folder[] = { "/", NULL };
    assert_int_equal(run(&status, text, sizeof text, (struct tare_child){ .argv = folder }), TARE_EIO);
}

static void what_takes_too_long_or_is_stopped_is_ended(void **state)
{
    (void)state;
    static const volatile int stop = 1;
    const char *const sleeps[] = { "sh", "-c", "sleep 100 & wait", NULL };
    char text[64];
    int status;
    assert_int_equal(
        run(&status, text, sizeof text, (struct tare_child){ .argv = sleeps, .group = true, .timeout_s = 0.2 }),
        TARE_ECRASH);
    assert_int_equal(status, 128 + 9);
    assert_non_null(strstr(tare_error(), "sh: it did not end within 0.2 s"));
    const char *const waits[] = { "sleep", "100", NULL };
    for (int group = 0; group < 2; group++) {
        assert_int_equal(
            run(&status, text, sizeof text, (struct tare_child){ .argv = waits, .group = group, .stop = &stop }),
            TARE_ESTOP);
        assert_int_equal(status, 128 + 15);
        assert_int_equal(
            run(&status, text, sizeof text, (struct tare_child){ .argv = waits, .group = group, .timeout_s = 0.05 }),
            TARE_ECRASH);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_status_is_that_of_exit_or_of_the_signal),
    cmocka_unit_test(a_program_that_is_not_there_is_named),
    cmocka_unit_test(what_takes_too_long_or_is_stopped_is_ended),
};

TARE_TEST_MAIN(tests)
