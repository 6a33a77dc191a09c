/* Pictures: the list of them (plots.def), the data they draw, and gnuplot as a child process. */
#ifndef TARE_REPORT_PLOTS_H
#define TARE_REPORT_PLOTS_H

#include "framework/base/mem.h"
#include "framework/result/result.h"

enum tare_plot_scope {
    TARE_PLOT_COMPARISON,
    TARE_PLOT_GROUP,
    TARE_PLOT_CASE,
    TARE_PLOT_HISTORY,
    TARE_PLOT_TRUST,
    TARE_PLOT_SCOPES
};

struct tare_plot {
    char *name;   /* "density": part of the picture's file name */
    char *script; /* path */
    char *data;   /* "samples": the data file that must be there */
    char *title;
    enum tare_plot_scope scope;
};

struct tare_plots {
    struct tare_plot *items;
    size_t n, capacity;
};

/* Reads <plots_dir>/plots.def. TARE_ENOENT, TARE_EIO; TARE_EPARSE naming the line. */
int tare_plots_load(struct tare_plots *p, const char *plots_dir);
void tare_plots_free(struct tare_plots *p);

/* ---- data files: <prefix>.<name>; older ones of that name are replaced or, where there is nothing to draw, removed.
 * TARE_EIO, TARE_ENOMEM. ---- */
int tare_plotdata_case(const char *prefix, const struct tare_result *r);
int tare_plotdata_changes(const char *prefix, const struct tare_run *run);
int tare_plotdata_group(const char *prefix, const struct tare_run *run, const char *heading);

/* ---- gnuplot ---- */

struct tare_gnuplot {
    const char *log;    /* file for what it prints */
    double timeout_s;   /* for one picture; 0 = 20 */
    bool missing, hung; /* found so: no further picture is tried */
    size_t failed;      /* pictures it could not draw */
};

/* Draws one picture; an older one is removed first. TARE_EUNSUP when gnuplot is missing, TARE_ECRASH when it failed or
 * took too long, TARE_EIO when it could not be started; each with a message. */
int tare_gnuplot_draw(struct tare_gnuplot *g, const char *script, const char *prefix, const char *picture,
                      const char *title);

#endif
