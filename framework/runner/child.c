#include "framework/runner/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "framework/base/error.h"

extern char **environ;

static const double grace_s = 3; /* between asking a program to end and ending it */

static bool points_git_elsewhere(const char *variable)
{
    static const char *const names[] = { "GIT_DIR=",    "GIT_WORK_TREE=",        "GIT_INDEX_FILE=",
                                         "GIT_PREFIX=", "GIT_OBJECT_DIRECTORY=", "GIT_COMMON_DIR=" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* The environment with the variable, ending with NULL; the list is the caller's, its strings are borrowed. */
static char **make_environment(const struct child *c)
{
    size_t n = 0, k = 0;
    while (environ[n])
        n++;
    char **list = tare_calloc(n + 2, sizeof *list);
    size_t name = c->variable ? strcspn(c->variable, "=") + 1 : 0;
    for (size_t i = 0; list && i < n; i++) {
        bool replaced = c->variable && strncmp(environ[i], c->variable, name) == 0;
        if (!replaced && !(c->apart && points_git_elsewhere(environ[i])))
            list[k++] = environ[i];
    }
    if (list && c->variable)
        list[k] = (char *)c->variable;
    return list;
}

/* Starts it in a process group of its own, so that all it starts can be ended with it and the terminal's Ctrl-C reaches
 * this program alone. Returns 0 or an errno. */
static int start(pid_t *pid, const struct child *c, int out, int err, char *const *environment)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    if (posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    int rc = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    if (rc == 0 && c->folder)
        rc = posix_spawn_file_actions_addchdir_np(&actions, c->folder);
    if (rc == 0)
        rc = posix_spawnattr_setsigmask(&attributes, &none);
    if (rc == 0)
        rc = posix_spawnattr_setsigdefault(&attributes, &all);
    if (rc == 0)
        rc = posix_spawnattr_setpgroup(&attributes, 0);
    if (rc == 0)
        rc = posix_spawnattr_setflags(&attributes,
                                      POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    if (rc == 0)
        rc = posix_spawnp(pid, c->argv[0], &actions, &attributes, (char *const *)c->argv, environment);
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

/* Waits; once *stop is true, asks the group to end, and ends it when that does not help. True when it was stopped. */
static bool wait_for(pid_t pid, int *status, const volatile int *stop)
{
    const struct timespec pause = { .tv_nsec = 5000000 };
    double asked = 0;
    for (;;) {
        pid_t got = waitpid(pid, status, WNOHANG);
        if (got == pid || (got < 0 && errno != EINTR))
            break;
        if (stop && *stop && asked == 0) {
            kill(-pid, SIGTERM);
            asked = now_s();
        } else if (asked > 0 && now_s() > asked + grace_s) {
            kill(-pid, SIGKILL);
        }
        nanosleep(&pause, NULL);
    }
    if (asked > 0)
        kill(-pid, SIGKILL); /* what it left behind */
    return asked > 0;
}

static void read_back(struct tare_buf *out, int fd)
{
    char part[4096];
    lseek(fd, 0, SEEK_SET);
    for (ssize_t n; (n = read(fd, part, sizeof part)) > 0 || (n < 0 && errno == EINTR);)
        if (n > 0)
            tare_buf_add(out, part, (size_t)n);
}

int child_run(int *status, struct tare_buf *out, struct tare_buf *err, const struct child *c)
{
    int rc = 0, wait_status = 0;
    pid_t pid;
    char **environment = make_environment(c);
    int out_fd = memfd_create("tare-output", MFD_CLOEXEC);
    int err_fd = err == out ? out_fd : memfd_create("tare-errors", MFD_CLOEXEC);
    if (!environment) {
        rc = TARE_ENOMEM;
    } else if (out_fd < 0 || err_fd < 0) {
        rc = tare_fail(TARE_EIO, "%s: no room for its output: %s", c->argv[0], strerror(errno));
    } else {
        int error = start(&pid, c, out_fd, err_fd, environment);
        *status = 127;
        if (error == 0) {
            bool stopped = wait_for(pid, &wait_status, c->stop);
            *status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
            rc = stopped ? tare_fail(TARE_ESTOP, "interrupted") : 0;
        } else if (error != ENOENT) {
            rc = tare_fail(TARE_EIO, "%s: cannot be started: %s", c->argv[0], strerror(error));
        } else if (err) {
            tare_buf_fmt(err, "%s: there is no such program\n", c->argv[0]);
        }
    }
    if (rc == 0 && out)
        read_back(out, out_fd);
    if (rc == 0 && err && err != out)
        read_back(err, err_fd);
    if (err_fd >= 0 && err_fd != out_fd)
        close(err_fd);
    if (out_fd >= 0)
        close(out_fd);
    free(environment);
    return rc;
}
