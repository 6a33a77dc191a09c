#include "framework/runner/child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "framework/base/child.h"
#include "framework/base/error.h"

extern char **environ;

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

static void read_back(struct tare_buf *out, int fd)
{
    char part[4096];
    lseek(fd, 0, SEEK_SET);
    for (ssize_t n; (n = read(fd, part, sizeof part)) > 0 || (n < 0 && errno == EINTR);)
        if (n > 0)
            tare_buf_add(out, part, (size_t)n);
}

/* The program between open files; *status is 127, and err says why, when there is none. */
static int run_between(int *status, int out, int err, struct tare_buf *errors, const struct child *c)
{
    char **environment = make_environment(c);
    if (!environment)
        return TARE_ENOMEM;
    int rc = tare_child_run(status, &(struct tare_child){ .argv = c->argv,
                                                          .environment = environment,
                                                          .folder = c->folder,
                                                          .out = out,
                                                          .err = err,
                                                          .group = true,
                                                          .stop = c->stop });
    free(environment);
    if (rc != TARE_ENOENT)
        return rc;
    *status = 127;
    if (errors)
        tare_buf_fmt(errors, "%s\n", tare_error());
    return 0;
}

int child_run(int *status, struct tare_buf *out, struct tare_buf *err, const struct child *c)
{
    int rc;
    int out_fd = memfd_create("tare-output", MFD_CLOEXEC);
    int err_fd = err == out ? out_fd : memfd_create("tare-errors", MFD_CLOEXEC);
    if (out_fd < 0 || err_fd < 0)
        rc = tare_fail(TARE_EIO, "%s: no room for its output: %s", c->argv[0], strerror(errno));
    else
        rc = run_between(status, out_fd, err_fd, err, c);
    if (rc == 0 && out)
        read_back(out, out_fd);
    if (rc == 0 && err && err != out)
        read_back(err, err_fd);
    if (err_fd >= 0 && err_fd != out_fd)
        close(err_fd);
    if (out_fd >= 0)
        close(out_fd);
    return rc;
}
