#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/report/plots.h"

extern char **environ;

/* ---- plots.def ---- */

enum { FIELDS = 5 };

static char *trim(char *s)
{
    s += strspn(s, " \t");
    size_t len = strlen(s);
    while (len > 0 && strchr(" \t\r", s[len - 1]))
        s[--len] = '\0';
    return s;
}

static bool find_scope(enum tare_plot_scope *scope, const char *name)
{
    static const char *const names[TARE_PLOT_SCOPES] = { [TARE_PLOT_COMPARISON] = "comparison",
                                                         [TARE_PLOT_GROUP] = "group",
                                                         [TARE_PLOT_CASE] = "case",
                                                         [TARE_PLOT_HISTORY] = "history",
                                                         [TARE_PLOT_TRUST] = "trust" };
    for (int s = 0; s < TARE_PLOT_SCOPES; s++) {
        if (strcmp(name, names[s]) == 0) {
            *scope = (enum tare_plot_scope)s;
            return true;
        }
    }
    return false;
}

/* A name becomes part of a file's name. */
static bool is_plain_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    return *name != '\0' && name[strspn(name, allowed)] == '\0';
}

static int add_line(struct tare_plots *p, char *line, const char *plots_dir, size_t number)
{
    char *fields[FIELDS];
    size_t n = 0;
    for (char *rest = line; n < FIELDS && rest; n++) {
        fields[n] = n + 1 < FIELDS ? strsep(&rest, "|") : rest;
        fields[n] = trim(fields[n]);
    }
    struct tare_plot plot = { 0 };
    if (n < FIELDS)
        return tare_fail(TARE_EPARSE, "%s/plots.def:%zu: a plot has five fields, name | script | scope | data | title",
                         plots_dir, number);
    if (!is_plain_name(fields[0]) || !is_plain_name(fields[3]))
        return tare_fail(TARE_EPARSE, "%s/plots.def:%zu: name and data are small letters, digits, '_' and '-'",
                         plots_dir, number);
    if (!find_scope(&plot.scope, fields[2]))
        return tare_fail(TARE_EPARSE, "%s/plots.def:%zu: scope '%s' is none of comparison, group, case, history, trust",
                         plots_dir, number, fields[2]);
    if (tare_grow(&p->items, &p->capacity, p->n + 1, sizeof *p->items))
        return TARE_ENOMEM;
    plot.name = tare_strdup(fields[0]);
    plot.script = tare_path_join(plots_dir, fields[1]);
    plot.data = tare_strdup(fields[3]);
    plot.title = tare_strdup(fields[4]);
    p->items[p->n++] = plot;
    return plot.name && plot.script && plot.data && plot.title ? 0 : TARE_ENOMEM;
}

int tare_plots_load(struct tare_plots *p, const char *plots_dir)
{
    *p = (struct tare_plots){ 0 };
    char *path = tare_path_join(plots_dir, "plots.def"), *text = NULL;
    int rc = path ? tare_file_read(&text, NULL, path, 1 << 20) : TARE_ENOMEM;
    char *rest = text;
    for (size_t number = 1; rc == 0 && rest; number++) {
        char *line = trim(strsep(&rest, "\n"));
        if (*line != '\0' && *line != '#')
            rc = add_line(p, line, plots_dir, number);
    }
    free(text);
    free(path);
    if (rc != 0)
        tare_plots_free(p);
    return rc;
}

void tare_plots_free(struct tare_plots *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->items[i].name);
        free(p->items[i].script);
        free(p->items[i].data);
        free(p->items[i].title);
    }
    free(p->items);
    *p = (struct tare_plots){ 0 };
}

/* ---- the child process ---- */

/* Starts gnuplot without a shell, its output in the log, with the signals as a program expects them. */
static int start(pid_t *pid, const char *log, char *const argv[])
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
        rc = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    if (rc == 0)
        rc = posix_spawnattr_setsigmask(&attributes, &none);
    if (rc == 0)
        rc = posix_spawnattr_setsigdefault(&attributes, &all);
    if (rc == 0)
        rc = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (rc == 0)
        rc = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
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

/* Waits at most timeout_s, then kills. Returns false when it had to. */
static bool wait_for(pid_t pid, int *status, double timeout_s)
{
    double end = now_s() + timeout_s;
    struct timespec pause = { .tv_nsec = 1000000 };
    for (;;) {
        pid_t got = waitpid(pid, status, WNOHANG);
        if (got == pid)
            return true;
        if (got < 0 && errno != EINTR) { /* someone else took the status: judge by the picture */
            *status = 0;
            return true;
        }
        if (now_s() > end)
            break;
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < 10000000)
            pause.tv_nsec += 1000000;
    }
    kill(pid, SIGKILL);
    while (waitpid(pid, status, 0) < 0 && errno == EINTR)
        ;
    return false;
}

static bool is_filled(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_size > 0;
}

int tare_gnuplot_draw(struct tare_gnuplot *g, const char *script, const char *prefix, const char *picture,
                      const char *title)
{
    char *argv[] = { "gnuplot", "-d", "-c", (char *)script, (char *)prefix, (char *)picture, (char *)title, NULL };
    double timeout_s = g->timeout_s > 0 ? g->timeout_s : 20;
    pid_t pid;
    int status = 0, rc = 0;
    unlink(picture);
    if (g->missing)
        return tare_fail(TARE_EUNSUP, "gnuplot is not installed");
    if (g->hung)
        return tare_fail(TARE_ECRASH, "%s: not drawn, gnuplot hung before", picture);
    int error = start(&pid, g->log, argv);
    if (error == ENOENT) {
        g->missing = true;
        return tare_fail(TARE_EUNSUP, "gnuplot is not installed");
    }
    if (error != 0)
        return tare_fail(TARE_EIO, "gnuplot could not be started: %s", strerror(error));
    if (!wait_for(pid, &status, timeout_s)) {
        g->hung = true;
        rc = tare_fail(TARE_ECRASH, "%s: gnuplot did not end within %.0f s", picture, timeout_s);
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !is_filled(picture)) {
        rc = tare_fail(TARE_ECRASH, "%s: gnuplot could not draw it, see %s", picture, g->log);
    }
    if (rc != 0) {
        g->failed++;
        unlink(picture); /* half a picture is none */
    }
    return rc;
}
