#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "framework/base/child.h"
#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/report/plots.h"

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

static bool is_filled(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_size > 0;
}

/* Its exit status, what it says in the log. TARE_ENOENT without gnuplot, TARE_ECRASH when it hangs, TARE_EIO. */
static int run(int *status, const struct tare_gnuplot *g, const char *const *argv, double timeout_s)
{
    int log = open(g->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log < 0)
        return tare_fail(TARE_EIO, "%s: cannot write: %s", g->log, strerror(errno));
    int rc =
        tare_child_run(status, &(struct tare_child){ .argv = argv, .out = log, .err = log, .timeout_s = timeout_s });
    close(log);
    return rc;
}

int tare_gnuplot_draw(struct tare_gnuplot *g, const char *script, const char *prefix, const char *picture,
                      const char *title)
{
    const char *const argv[] = { "gnuplot", "-d", "-c", script, prefix, picture, title, NULL };
    double timeout_s = g->timeout_s > 0 ? g->timeout_s : 20;
    int status = 0;
    unlink(picture);
    if (g->missing)
        return tare_fail(TARE_EUNSUP, "gnuplot is not installed");
    if (g->hung)
        return tare_fail(TARE_ECRASH, "%s: not drawn, gnuplot hung before", picture);
    int rc = run(&status, g, argv, timeout_s);
    if (rc == TARE_ENOENT) {
        g->missing = true;
        return tare_fail(TARE_EUNSUP, "gnuplot is not installed");
    }
    if (rc == TARE_EIO)
        return rc;
    if (rc != 0) {
        g->hung = true;
        rc = tare_fail(TARE_ECRASH, "%s: gnuplot did not end within %.0f s", picture, timeout_s);
    } else if (status != 0 || !is_filled(picture)) {
        rc = tare_fail(TARE_ECRASH, "%s: gnuplot could not draw it, see %s", picture, g->log);
    }
    if (rc != 0) {
        g->failed++;
        unlink(picture); /* half a picture is none */
    }
    return rc;
}
