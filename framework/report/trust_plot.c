/* The picture of `tare trust`: how often each planted change was found. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/report/plots.h"
#include "framework/report/text.h"
#include "framework/report/trust.h"

/* The smallest change tried that is greater than `last`; infinite when there is none. */
static double next_change(const struct tare_trust *t, double last)
{
    double next = INFINITY;
    for (size_t i = 0; i < t->n_rows; i++)
        if (t->rows[i].change > last)
            next = fmin(next, t->rows[i].change);
    return next;
}

/* The place of a change on the axis, where those tried are evenly spaced. */
static size_t position(const struct tare_trust *t, double change)
{
    size_t n = 0;
    for (double c = next_change(t, -1); c < change; c = next_change(t, c))
        n++;
    return n;
}

static void put_figures(struct tare_buf *out, const struct tare_trust *t)
{
    size_t n = position(t, INFINITY);
    tare_buf_fmt(out, "n_changes = %zu\narray change[%zu]\n", n, n > 0 ? n : 1);
    n = 0;
    for (double c = next_change(t, -1); isfinite(c); c = next_change(t, c))
        tare_buf_fmt(out, "change[%zu] = \"%g\"\n", ++n, 100 * c);
}

/* Columns: memory, load, place on the axis, change (%), share called changed, its bounds (%). */
static void put_rates(struct tare_buf *out, const struct tare_trust *t)
{
    for (size_t i = 0; i < t->n_rows; i++) {
        const struct tare_trust_row *row = &t->rows[i];
        bool short_one = false; /* another row of the kind has a longer budget */
        for (size_t k = 0; k < t->n_rows; k++)
            short_one |= t->rows[k].load == row->load && t->rows[k].memory == row->memory &&
                         t->rows[k].change == row->change && t->rows[k].budget_ns > row->budget_ns;
        if (row->kernel || row->suite || row->n == 0 || short_one)
            continue;
        size_t k = row->change != 0 ? tare_trust_right(row) : tare_trust_wrong(row);
        struct tare_rate r = tare_rate_of(k, row->n);
        tare_buf_fmt(out, "%u %u %zu %g %.6g %.6g %.6g\n", (unsigned)row->memory, (unsigned)row->load,
                     position(t, row->change), 100 * row->change, 100 * (double)r.k / (double)r.n, 100 * r.lo,
                     100 * r.hi);
    }
}

static int put_files(const char *prefix, const struct tare_trust *t)
{
    static const char *const names[] = { "trust", "figures" };
    struct tare_buf texts[2] = { { 0 }, { 0 } };
    int rc = 0;
    put_rates(&texts[0], t);
    put_figures(&texts[1], t);
    for (size_t i = 0; i < 2; i++) {
        char *path = rc == 0 ? tare_format("%s.%s", prefix, names[i]) : NULL;
        if (rc == 0)
            rc = path && !texts[i].failed ? tare_file_write(path, texts[i].data, texts[i].len) : TARE_ENOMEM;
        tare_buf_free(&texts[i]);
        free(path);
    }
    return rc;
}

int tare_trust_draw(const char *dir, const char *plots_dir, const struct tare_trust *t)
{
    struct tare_plots plots = { 0 };
    char *data = tare_path_join(dir, "plots"), *log = NULL, *prefix = NULL;
    int rc = data ? tare_dir_make(data) : TARE_ENOMEM;
    if (rc == 0) {
        log = tare_path_join(data, "gnuplot.log");
        prefix = tare_path_join(data, "trust");
        rc = log && prefix ? put_files(prefix, t) : TARE_ENOMEM;
    }
    if (rc == 0)
        rc = tare_plots_load(&plots, plots_dir);
    struct tare_gnuplot gnuplot = { .log = log };
    for (size_t i = 0; i < plots.n && rc == 0; i++) {
        const struct tare_plot *plot = &plots.items[i];
        if (plot->scope != TARE_PLOT_TRUST)
            continue;
        char *picture = tare_format("%s/%s.svg", dir, plot->name);
        rc = picture ? tare_gnuplot_draw(&gnuplot, plot->script, prefix, picture, plot->title) : TARE_ENOMEM;
        free(picture);
    }
    tare_plots_free(&plots);
    free(prefix);
    free(log);
    free(data);
    return rc;
}
