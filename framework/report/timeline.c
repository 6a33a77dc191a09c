/* The formats of a history for programs, and its picture. */
#include "framework/report/timeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/report/plots.h"
#include "framework/report/text.h"

enum { BRIGHT_MOST = 12, LABEL_MOST = 52 };

/* ---- csv: a row a case and baseline ---- */

static void put_change(struct tare_buf *out, double log_ratio)
{
    tare_buf_str(out, ",");
    if (isfinite(log_ratio))
        tare_buf_fmt(out, "%.10g", expm1(log_ratio));
}

static void put_interval(struct tare_buf *out, const struct tare_interval *i)
{
    put_change(out, i->value);
    put_change(out, i->lo);
    put_change(out, i->hi);
}

static int write_csv(const struct tare_report_options *o, const struct tare_timeline *h)
{
    struct tare_buf out = { 0 };
    tare_buf_str(&out, "id,baseline,date,commit,change,change_lo,change_hi,step,step_lo,step_hi,step_verdict\n");
    for (size_t c = 0; c < h->n_cases; c++)
        for (size_t i = 0; i < h->n_baselines; i++) {
            const struct tare_timeline_baseline *b = &h->baselines[i];
            const struct tare_timeline_point *p = &h->cases[c].points[i];
            const char *texts[] = { h->cases[c].id, b->name, b->date, b->commit ? b->commit : "" };
            for (size_t t = 0; t < 4; t++) {
                tare_buf_str(&out, t ? "," : "");
                tare_text_csv(&out, texts[t]);
            }
            if (p->measured) {
                put_interval(&out, &p->ratio);
                put_interval(&out, &p->step);
                tare_buf_fmt(&out, ",%s\n", tare_verdict_name(p->verdict));
            } else {
                tare_buf_str(&out, ",,,,,,,\n");
            }
        }
    return tare_report_flush(o, &out);
}

static int write_json(const struct tare_report_options *o, const struct tare_timeline *h)
{
    struct tare_buf out = { 0 };
    int rc = tare_timeline_to_json(&out, h);
    if (rc == 0)
        return tare_report_flush(o, &out);
    tare_buf_free(&out);
    return rc;
}

static const struct tare_timeline_report reports[] = {
    { "console", tare_timeline_console },
    { "json", write_json },
    { "csv", write_csv },
};

const struct tare_timeline_report *tare_timeline_report_find(const char *name)
{
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++)
        if (strcmp(reports[i].name, name) == 0)
            return &reports[i];
    return NULL;
}

/* ---- the picture ---- */

/* A case, and how far it moved: the largest step that counts, else how far its ratios lie apart. */
struct moved {
    const struct tare_timeline_case *c;
    bool stepped;
    double size;
};

static struct moved how_far(const struct tare_timeline_case *c, size_t n)
{
    struct moved m = { c, false, 0 };
    double lo = 0, hi = 0, step = 0;
    for (size_t i = 0; i < n; i++) {
        const struct tare_timeline_point *p = &c->points[i];
        if (!p->measured || !isfinite(p->ratio.value))
            continue;
        lo = fmin(lo, p->ratio.value);
        hi = fmax(hi, p->ratio.value);
        if (tare_timeline_is_step(p))
            step = fmax(step, fabs(p->step.value));
    }
    m.stepped = step > 0;
    m.size = m.stepped ? step : hi - lo;
    return m;
}

static int farther_first(const void *pa, const void *pb)
{
    const struct moved *a = pa, *b = pb;
    if (a->stepped != b->stepped)
        return a->stepped ? -1 : 1;
    return a->size != b->size ? (a->size > b->size ? -1 : 1) : strcmp(a->c->id, b->c->id);
}

static double percent(double log_ratio, double instead)
{
    return isfinite(log_ratio) ? 100 * expm1(log_ratio) : instead;
}

/* A block of rows a case: number of the baseline, change, lower, upper (%), 1 where its step counts, else NaN;
 * all NaN in a gap. */
static void put_block(struct tare_buf *rows, const struct tare_timeline_case *c, size_t n, double range[2])
{
    for (size_t i = 0; i < n; i++) {
        const struct tare_timeline_point *p = &c->points[i];
        double change = percent(p->ratio.value, NAN);
        if (!p->measured || !isfinite(change)) {
            tare_buf_fmt(rows, "%zu NaN NaN NaN NaN\n", i); /* breaks the line */
            continue;
        }
        tare_buf_fmt(rows, "%zu %.6g %.6g %.6g %s\n", i, change, percent(p->ratio.lo, change),
                     percent(p->ratio.hi, change), tare_timeline_is_step(p) ? "1" : "NaN");
        range[0] = fmin(range[0], change);
        range[1] = fmax(range[1], change);
    }
}

static void put_texts(struct tare_buf *figures, const char *name, size_t i, const char *text)
{
    struct tare_buf fitted = { 0 };
    tare_text_fit(&fitted, text, LABEL_MOST);
    tare_buf_fmt(figures, "%s[%zu] = ", name, i + 1);
    tare_text_gnuplot(figures, fitted.data ? fitted.data : "");
    tare_buf_str(figures, "\n");
    figures->failed |= fitted.failed;
    tare_buf_free(&fitted);
}

static int put_file(const char *prefix, const char *name, struct tare_buf *text)
{
    char *path = tare_format("%s.%s", prefix, name);
    int rc = path && !text->failed ? tare_file_write(path, text->data ? text->data : "", text->len) : TARE_ENOMEM;
    free(path);
    tare_buf_free(text);
    return rc;
}

static int put_data(const char *prefix, const struct tare_timeline *h)
{
    struct tare_buf rows = { 0 }, figures = { 0 };
    struct moved *order = tare_calloc(h->n_cases + 1, sizeof *order);
    if (!order)
        return TARE_ENOMEM;
    size_t n = 0, bright = h->n_cases < BRIGHT_MOST ? h->n_cases : BRIGHT_MOST;
    double margin = 100 * h->run->margin, range[2] = { -margin, margin };
    for (size_t i = 0; i < h->n_cases; i++)
        order[n++] = how_far(&h->cases[i], h->n_baselines);
    qsort(order, n, sizeof *order, farther_first);
    tare_buf_fmt(&figures, "n_baselines = %zu\narray baseline[%zu]\n", h->n_baselines, h->n_baselines);
    for (size_t i = 0; i < h->n_baselines; i++)
        put_texts(&figures, "baseline", i, h->baselines[i].name);
    tare_buf_fmt(&figures, "n_cases = %zu\nn_bright = %zu\narray title_of[%zu]\n", n, bright, bright + 1);
    for (size_t i = 0; i < n; i++) {
        if (i < bright)
            put_texts(&figures, "title_of", i, order[i].c->id);
        put_block(&rows, order[i].c, h->n_baselines, range);
        tare_buf_str(&rows, "\n\n");
    }
    double room = 0.06 * (range[1] - range[0]);
    tare_buf_fmt(&figures, "margin = %.6g\ny_lo = %.6g\ny_hi = %.6g\n", margin, range[0] - room, range[1] + room);
    free(order);
    int rc = put_file(prefix, "figures", &figures);
    if (rc == 0)
        rc = put_file(prefix, "history", &rows);
    tare_buf_free(&rows);
    return rc;
}

int tare_timeline_plot(const char *dir, const char *plots_dir, const struct tare_timeline *h, size_t *n_plots)
{
    struct tare_plots plots = { 0 };
    *n_plots = 0;
    int rc = tare_dir_make(dir);
    char *prefix = tare_path_join(dir, "history"), *log = tare_path_join(dir, "gnuplot.log");
    struct tare_gnuplot gnuplot = { .log = log };
    if (rc == 0)
        rc = prefix && log ? put_data(prefix, h) : TARE_ENOMEM;
    if (rc == 0)
        rc = tare_plots_load(&plots, plots_dir);
    for (size_t i = 0; rc == 0 && i < plots.n; i++) {
        const struct tare_plot *p = &plots.items[i];
        if (p->scope != TARE_PLOT_HISTORY)
            continue;
        char *picture = tare_format("%s/%s.svg", dir, p->name);
        rc = picture ? tare_gnuplot_draw(&gnuplot, p->script, prefix, picture, p->title) : TARE_ENOMEM;
        *n_plots += rc == 0;
        free(picture);
    }
    tare_plots_free(&plots);
    free(prefix);
    free(log);
    return rc;
}
