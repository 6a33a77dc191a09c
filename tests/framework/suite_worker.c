/* The channel between the runner and a worker: how long an answer may take. */
#include "framework/base/error.h"
#include "framework/suite/worker.h"
#include "tests/harness.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMEOUT_MS = 1000, MS = 1000 };

/* A process that waits for one message and ends with what that came to. */
static pid_t start_waiting(int *fd)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct tare_message m;
        close(ends[0]);
        _exit(-tare_message_receive(&m, ends[1], TIMEOUT_MS, NULL));
    }
    close(ends[1]);
    *fd = ends[0];
    return child;
}

static void expect_end(pid_t child, int code)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), -code);
}

static void an_answer_that_does_not_come_is_waited_for_as_long_as_was_said(void **state)
{
    (void)state;
    int fd;
    expect_end(start_waiting(&fd), TARE_EBUSY);
    close(fd);
}

/* As by Ctrl-Z, or a container that is frozen: the other side stood still as well, and answers a little later. */
static void time_in_which_the_waiting_process_was_stopped_does_not_count(void **state)
{
    (void)state;
    int fd, status;
    pid_t child = start_waiting(&fd);
    usleep(300 * MS);
    assert_int_equal(kill(child, SIGSTOP), 0);
    assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    usleep(2 * TIMEOUT_MS * MS);
    assert_int_equal(kill(child, SIGCONT), 0);
    usleep(100 * MS);
    tare_message_send(fd, 1, NULL); /* to nobody where it did not wait */
    expect_end(child, 0);
    close(fd);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_answer_that_does_not_come_is_waited_for_as_long_as_was_said),
    cmocka_unit_test(time_in_which_the_waiting_process_was_stopped_does_not_count),
};

TARE_TEST_MAIN(tests)
