#include "framework/base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "framework/base/error.h"

extern char **environ;

static const double grace_s = 3; /* between asking a program to end and ending it */

static int set_files(posix_spawn_file_actions_t *actions, const struct tare_child *c)
{
    int rc = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(actions, c->out, STDOUT_FILENO);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(actions, c->err, STDERR_FILENO);
    if (rc == 0 && c->folder)
        rc = posix_spawn_file_actions_addchdir_np(actions, c->folder);
    return rc;
}

static int set_signals(posix_spawnattr_t *attributes, const struct tare_child *c)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (c->group ? POSIX_SPAWN_SETPGROUP : 0);
    int rc = posix_spawnattr_setsigmask(attributes, &none);
    if (rc == 0)
        rc = posix_spawnattr_setsigdefault(attributes, &all);
    if (rc == 0)
        rc = posix_spawnattr_setpgroup(attributes, 0);
    return rc == 0 ? posix_spawnattr_setflags(attributes, (short)flags) : rc;
}

/* Returns 0 or an errno. */
static int start(pid_t *pid, const struct tare_child *c)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    int rc = set_files(&actions, c);
    if (rc == 0)
        rc = set_signals(&attributes, c);
    if (rc == 0)
        rc = posix_spawnp(pid, c->argv[0], &actions, &attributes, (char *const *)c->argv,
                          c->environment ? c->environment : environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return rc;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Waits until it ends by itself, or was ended: 0, TARE_ECRASH or TARE_ESTOP. */
static int wait_for(pid_t pid, int *status, const struct tare_child *c)
{
    pid_t whom = c->group ? -pid : pid;
    double begin = now_s(), asked = 0;
    struct timespec pause = { .tv_nsec = 1000000 };
    int rc = 0;
    for (;;) {
        pid_t got = waitpid(pid, status, WNOHANG);
        if (got == pid || (got < 0 && errno != EINTR)) /* someone else took the status: it counts as 0 */
            break;
        double now = now_s();
        if (c->stop && *c->stop && asked == 0) {
            kill(whom, SIGTERM);
            asked = now;
            rc = TARE_ESTOP;
        } else if (asked > 0 ? now > asked + grace_s : c->timeout_s > 0 && now > begin + c->timeout_s) {
            kill(whom, SIGKILL);
            rc = rc == 0 ? TARE_ECRASH : rc;
        }
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < 5000000)
            pause.tv_nsec += 1000000;
    }
    if (rc != 0 && c->group)
        kill(whom, SIGKILL); /* what it left behind */
    return rc;
}

int tare_child_run(int *status, const struct tare_child *c)
{
    pid_t pid;
    int wait_status = 0, error = start(&pid, c);
    *status = 0;
    if (error == ENOENT)
        return tare_fail(TARE_ENOENT, "%s: there is no such program", c->argv[0]);
    if (error != 0)
        return tare_fail(TARE_EIO, "%s: cannot be started: %s", c->argv[0], strerror(error));
    int rc = wait_for(pid, &wait_status, c);
    *status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    if (rc == TARE_ECRASH)
        return tare_fail(rc, "%s: it did not end within %g s", c->argv[0], c->timeout_s);
    return rc == TARE_ESTOP ? tare_fail(rc, "interrupted") : 0;
}
