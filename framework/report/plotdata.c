/* What the pictures draw: tables in units that read well, and their figures as gnuplot assignments. plots/README.md
 * describes the files. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/report/labels.h"
#include "framework/report/pick.h"
#include "framework/report/plots.h"
#include "framework/report/text.h"
#include "framework/stats/density.h"
#include "framework/stats/sample.h"

enum { DENSITY_POINTS = 256, RUG_MOST = 1500, LABEL_MOST = 52 };

/* Writes <prefix>.<name> and releases the text; without text the file is removed. Not synced: it can be made again. */
static int put_file(const char *prefix, const char *name, struct tare_buf *text)
{
    char *path = tare_format("%s.%s", prefix, name);
    int rc = text->failed || !path ? TARE_ENOMEM : 0;
    if (rc == 0 && text->len == 0) {
        unlink(path);
    } else if (rc == 0) {
        FILE *f = fopen(path, "w");
        bool written = f && fwrite(text->data, 1, text->len, f) == text->len;
        int error = errno;
        if (f && fclose(f) != 0 && written) {
            written = false;
            error = errno;
        }
        if (!written)
            rc = tare_fail(TARE_EIO, "%s: cannot be written: %s", path, strerror(error));
    }
    free(path);
    tare_buf_free(text);
    return rc;
}

static void put_assignment(struct tare_buf *out, const char *name, double value)
{
    if (isfinite(value))
        tare_buf_fmt(out, "%s = %.9g\n", name, value);
    else
        tare_buf_fmt(out, "%s = NaN\n", name);
}

static void put_text(struct tare_buf *out, const char *name, const char *value)
{
    tare_buf_fmt(out, "%s = ", name);
    tare_text_gnuplot(out, value);
    tare_buf_str(out, "\n");
}

/* A label for a row, quoted; returns the columns it takes. */
static double put_label(struct tare_buf *out, const char *label)
{
    struct tare_buf fitted = { 0 };
    tare_text_fit(&fitted, label, LABEL_MOST);
    double width = fitted.len > 0 ? tare_label_columns(fitted.data) : 0;
    tare_text_gnuplot(out, fitted.len > 0 ? fitted.data : "");
    out->failed |= fitted.failed;
    tare_buf_free(&fitted);
    return width;
}

/* ---- a case ---- */

/* The samples of a case, sorted for the statistics: those the estimate uses, and those the fences were drawn on. */
struct sorted {
    double *used, *uncaused;
    size_t n_used, n_uncaused;
};

static int sort_samples(struct sorted *s, const struct tare_samples *samples)
{
    *s = (struct sorted){ 0 };
    s->used = tare_calloc(samples->n, sizeof *s->used);
    s->uncaused = tare_calloc(samples->n, sizeof *s->uncaused);
    if (!s->used || !s->uncaused)
        return TARE_ENOMEM;
    for (size_t i = 0; i < samples->n; i++) {
        unsigned cause = samples->cause[i];
        if (!isfinite(samples->ns[i]))
            continue;
        if (cause == TARE_CAUSE_NONE || cause == TARE_CAUSE_MILD)
            s->used[s->n_used++] = samples->ns[i];
        if (cause == TARE_CAUSE_NONE || cause == TARE_CAUSE_MILD || cause == TARE_CAUSE_SEVERE)
            s->uncaused[s->n_uncaused++] = samples->ns[i];
    }
    tare_sort(s->used, s->n_used);
    tare_sort(s->uncaused, s->n_uncaused);
    return 0;
}

static int put_samples(const char *prefix, const struct tare_samples *samples, double unit)
{
    struct tare_buf out = { 0 };
    for (size_t i = 0; i < samples->n; i++) {
        if (isfinite(samples->ns[i]))
            tare_buf_fmt(&out, "%zu %.9g %u %u\n", i + 1, samples->ns[i] / unit, samples->round[i], samples->cause[i]);
    }
    return put_file(prefix, "samples", &out);
}

/* The curve between from and to (ns). Only its form is drawn: the highest point is 1. */
static int put_density(const char *prefix, const struct sorted *s, double from, double to, double unit)
{
    double density[DENSITY_POINTS], highest = 0;
    struct tare_buf out = { 0 };
    double bandwidth = s->n_used > 1 ? tare_kde_bandwidth(s->used, s->n_used) : 0;
    if (bandwidth > 0) {
        tare_kde(density, DENSITY_POINTS, from, to, s->used, s->n_used, bandwidth);
        for (size_t i = 0; i < DENSITY_POINTS; i++)
            highest = fmax(highest, density[i]);
    }
    for (size_t i = 0; highest > 0 && i < DENSITY_POINTS; i++) {
        double x = from + (to - from) * (double)i / (DENSITY_POINTS - 1);
        tare_buf_fmt(&out, "%.9g %.6g\n", x / unit, density[i] / highest);
    }
    return put_file(prefix, "density", &out);
}

/* Single positions: a file of one column. */
static int put_marks(const char *prefix, const char *name, const double *ns, size_t n, double unit)
{
    struct tare_buf out = { 0 };
    size_t step = n / RUG_MOST + 1;
    for (size_t i = 0; i < n; i += step)
        tare_buf_fmt(&out, "%.9g\n", ns[i] / unit);
    if (n == 0)
        tare_buf_str(&out, "NaN\n");
    return put_file(prefix, name, &out);
}

static void put_causes(struct tare_buf *out, const struct tare_summary *s)
{
    static const struct {
        int mark; /* gnuplot's point type */
        const char *colour;
    } looks[TARE_CAUSES] = {
        [TARE_CAUSE_PREEMPTED] = { 8, "#cf222e" }, [TARE_CAUSE_FAULT] = { 4, "#bc4c00" },
        [TARE_CAUSE_MIGRATED] = { 12, "#8250df" }, [TARE_CAUSE_STOLEN] = { 10, "#bf3989" },
        [TARE_CAUSE_SEVERE] = { 2, "#24292f" },    [TARE_CAUSE_MILD] = { 6, "#57606a" },
    };
    tare_buf_fmt(out, "n_causes = %d\n", TARE_CAUSES - 1);
    tare_buf_fmt(out, "array cause_title[%d]\narray cause_count[%d]\narray cause_mark[%d]\narray cause_colour[%d]\n",
                 TARE_CAUSES - 1, TARE_CAUSES - 1, TARE_CAUSES - 1, TARE_CAUSES - 1);
    for (int c = TARE_CAUSE_NONE + 1; c < TARE_CAUSES; c++) {
        tare_buf_fmt(out, "cause_title[%d] = \"%s%s (%zu)\"\n", c, tare_cause_name((enum tare_cause)c),
                     c == TARE_CAUSE_MILD ? ", kept" : "", s->set_aside[c]);
        tare_buf_fmt(out, "cause_count[%d] = %zu\ncause_mark[%d] = %d\ncause_colour[%d] = \"%s\"\n", c, s->set_aside[c],
                     c, looks[c].mark, c, looks[c].colour);
    }
}

struct span {
    double from, to;
};

/* The picture's ends: what the used samples span and a part of it on either side; never nothing. */
static struct span widen(double from, double to, double part)
{
    double room = fmax((to - from) * part, fabs(to) * 1e-4);
    return (struct span){ from - room, to + room };
}

static int put_case_figures(const char *prefix, const struct tare_result *r, struct span x, struct span y,
                            const struct tare_unit *unit)
{
    const struct tare_summary *s = &r->summary;
    struct tare_buf out = { 0 };
    char text[80];
    snprintf(text, sizeof text, "%s%s%s", tare_quantity_text(r->quantity), *unit->name ? " in " : "", unit->name);
    put_text(&out, "axis", text);
    put_assignment(&out, "n_samples", (double)r->samples.n);
    put_assignment(&out, "n_used", (double)s->n_used);
    put_assignment(&out, "n_rounds", (double)r->rounds);
    put_assignment(&out, "median", s->time_ns.value / unit->size);
    put_assignment(&out, "lo", fmax(s->time_ns.lo, x.from) / unit->size);
    put_assignment(&out, "hi", fmin(s->time_ns.hi, x.to) / unit->size);
    put_text(&out, "median_text", tare_format_value_interval(text, sizeof text, r->quantity, s->time_ns));
    put_assignment(&out, "has_old", tare_is_compared(r) && r->change.old_time_ns.value > 0);
    put_assignment(&out, "x_lo", x.from / unit->size);
    put_assignment(&out, "x_hi", x.to / unit->size);
    put_assignment(&out, "y_lo", y.from / unit->size);
    put_assignment(&out, "y_hi", y.to / unit->size);
    put_causes(&out, s);
    return put_file(prefix, "figures", &out);
}

int tare_plotdata_case(const char *prefix, const struct tare_result *r)
{
    static const char *const names[] = { "samples", "density", "rug", "fences", "before", "figures" };
    struct sorted s;
    int rc = sort_samples(&s, &r->samples);
    if (rc == 0 && (s.n_used == 0 || !isfinite(r->summary.time_ns.value))) {
        for (size_t i = 0; rc == 0 && i < sizeof names / sizeof *names; i++)
            rc = put_file(prefix, names[i], &(struct tare_buf){ 0 });
    } else if (rc == 0) {
        struct tare_unit unit = tare_value_unit(r->quantity, r->summary.time_ns.value);
        double before = r->change.old_time_ns.value;
        bool has_before = tare_is_compared(r) && before > 0 && isfinite(before);
        double least = s.used[0], most = s.used[s.n_used - 1];
        struct span y = widen(least, most, 0.15);
        struct span x = widen(has_before ? fmin(least, before) : least, has_before ? fmax(most, before) : most, 0.12);
        struct tare_fences f = tare_tukey_fences(s.uncaused, s.n_uncaused);
        double fences[2] = { fmin(fmax(f.mild_lo, x.from), x.to), fmin(fmax(f.mild_hi, x.from), x.to) };
        rc = put_samples(prefix, &r->samples, unit.size);
        if (rc == 0)
            rc = put_density(prefix, &s, x.from, x.to, unit.size);
        if (rc == 0)
            rc = put_marks(prefix, "rug", s.used, s.n_used, unit.size);
        if (rc == 0)
            rc = put_marks(prefix, "fences", fences, 2, unit.size);
        if (rc == 0)
            rc = put_marks(prefix, "before", &before, has_before, unit.size);
        if (rc == 0)
            rc = put_case_figures(prefix, r, x, y, &unit);
    }
    free(s.used);
    free(s.uncaused);
    return rc;
}

/* ---- the comparison ---- */

static int compare_change(const void *a, const void *b)
{
    const struct tare_result *x = *(const struct tare_result *const *)a, *y = *(const struct tare_result *const *)b;
    double p = x->change.ratio.value, q = y->change.ratio.value;
    return p < q ? 1 : p > q ? -1 : x < y ? -1 : x > y;
}

static bool is_drawable_change(const struct tare_result *r)
{
    return tare_is_compared(r) && isfinite(r->change.ratio.value);
}

static void put_change_row(struct tare_buf *out, const struct tare_result *r, struct span x)
{
    static const unsigned colours[TARE_VERDICTS] = {
        [TARE_UNDECIDED] = 0x57606a, [TARE_UNCHANGED] = 0x57606a,    [TARE_IMPROVED] = 0x1a7f37,
        [TARE_REGRESSED] = 0xcf222e, [TARE_INCONCLUSIVE] = 0x9a6700,
    };
    const struct tare_interval *i = &r->change.ratio;
    tare_buf_fmt(out, " %.6g %.6g %.6g %u\n", 100 * expm1(i->value), fmax(100 * expm1(i->lo), x.from),
                 fmin(100 * expm1(i->hi), x.to), colours[r->change.verdict]);
}

int tare_plotdata_changes(const char *prefix, const struct tare_run *run)
{
    const struct tare_result **list;
    size_t n;
    double widest = 0;
    struct tare_buf rows = { 0 }, figures = { 0 };
    double margin = 100 * run->margin;
    struct span x = { -2 * margin, 2 * margin };
    int rc = tare_pick(&list, &n, run, is_drawable_change, true);
    if (rc != 0)
        return rc;
    if (n > 1)
        qsort(list, n, sizeof *list, compare_change);
    for (size_t i = 0; i < n; i++) {
        const struct tare_interval *c = &list[i]->change.ratio;
        x.from = fmin(x.from, 100 * expm1(isfinite(c->lo) ? c->lo : c->value));
        x.to = fmax(x.to, 100 * expm1(isfinite(c->hi) ? c->hi : c->value));
    }
    x = widen(x.from, x.to, 0.04);
    for (size_t i = 0; i < n; i++) {
        widest = fmax(widest, put_label(&rows, list[i]->id));
        put_change_row(&rows, list[i], x);
    }
    free(list);
    put_assignment(&figures, "n_rows", (double)n);
    put_assignment(&figures, "label_columns", widest);
    put_assignment(&figures, "margin", margin);
    put_assignment(&figures, "x_lo", x.from);
    put_assignment(&figures, "x_hi", x.to);
    rc = put_file(prefix, "figures", &figures);
    if (rc == 0)
        rc = put_file(prefix, "changes", &rows);
    tare_buf_free(&rows);
    return rc;
}

/* ---- a group ---- */

/* How often the unit `to` holds the unit `from`: both are a prefix and a common rest ("Mtokens/s"). 0: unlike. */
static double unit_factor(const char *from, const char *to)
{
    static const struct {
        char letter;
        double factor;
    } prefixes[] = { { 'G', 1e9 }, { 'M', 1e6 }, { 'k', 1e3 } };
    if (strcmp(from, to) == 0)
        return 1;
    for (size_t a = 0; a < 4; a++) {
        for (size_t b = 0; b < 4; b++) {
            bool has_a = a < 3, has_b = b < 3;
            if ((has_a && *from != prefixes[a].letter) || (has_b && *to != prefixes[b].letter))
                continue;
            if (strcmp(from + has_a, to + has_b) == 0)
                return (has_a ? prefixes[a].factor : 1) / (has_b ? prefixes[b].factor : 1);
        }
    }
    return 0;
}

/* The number of a variant among those seen in the run, from 1: the same colour in every group. */
static size_t number_of_variant(const struct tare_run *run, const struct tare_result *of)
{
    const char *name = of->variant ? of->variant : "";
    size_t number = 1;
    for (size_t i = 0; i < run->n_results; i++) {
        const char *other = run->results[i].variant ? run->results[i].variant : "";
        if (strcmp(name, other) == 0)
            return number;
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = strcmp(run->results[k].variant ? run->results[k].variant : "", other) == 0;
        number += !seen;
    }
    return number;
}

/* What a group's picture shows of its cases: throughput in the unit of the first, or the values of those that tell one
 * in the unit of the largest. */
struct scale {
    char unit[32]; /* "" before the first */
    double most;   /* of the values */
};

/* A case's bar: its length, and the ends of its interval. False where there is nothing to show. */
static bool bar_of(struct tare_interval *bar, struct scale *scale, const struct tare_result *r)
{
    const struct tare_interval *t = &r->summary.time_ns;
    char unit[32];
    double rate;
    if (r->quantity != TARE_QUANTITY_TIME) {
        struct tare_unit u = tare_value_unit(r->quantity, scale->most);
        double size = u.size;
        snprintf(scale->unit, sizeof scale->unit, "%s%sless is better", u.name, *u.name ? ", " : "");
        *bar = (struct tare_interval){ t->value / size, (isfinite(t->lo) ? t->lo : t->value) / size,
                                       (isfinite(t->hi) ? t->hi : t->value) / size };
        return bar->value > 0;
    }
    if (!tare_result_rate(&rate, unit, r) || !isfinite(rate))
        return false;
    if (!*scale->unit)
        memcpy(scale->unit, unit, sizeof unit);
    rate *= unit_factor(unit, scale->unit);
    *bar = (struct tare_interval){ rate, isfinite(t->hi) ? rate * t->value / t->hi : rate,
                                   t->lo > 0 ? rate * t->value / t->lo : rate };
    return rate > 0;
}

static bool is_in_group(const struct tare_result *r, const char *heading, const char **name)
{
    char own[256];
    return tare_is_measured(r) && strcmp(tare_text_heading(own, sizeof own, name, r), heading) == 0;
}

/* The names of a group's cases, borrowed: what they share goes into the title. */
struct names {
    const char **list; /* [n] */
    size_t n;
    uint64_t shared;
};

static int find_names(struct names *g, const struct tare_run *run, const char *heading, struct scale *scale)
{
    const char *name;
    *g = (struct names){ .list = tare_calloc(run->n_results + 1, sizeof *g->list) };
    if (!g->list)
        return TARE_ENOMEM;
    for (size_t i = 0; i < run->n_results; i++)
        if (is_in_group(&run->results[i], heading, &name)) {
            scale->most = fmax(scale->most, run->results[i].summary.time_ns.value);
            g->list[g->n++] = name;
        }
    g->shared = tare_labels_shared(g->list, g->n);
    return 0;
}

static double put_name(struct tare_buf *rows, const struct names *g, const char *name)
{
    struct tare_buf own = { 0 };
    tare_labels_parts(&own, name, g->shared, 0);
    double columns = put_label(rows, own.len > 0 ? own.data : "");
    rows->failed |= own.failed;
    tare_buf_free(&own);
    return columns;
}

static void put_shared(struct tare_buf *figures, const struct names *g)
{
    struct tare_buf text = { 0 };
    if (g->n > 0)
        tare_labels_parts(&text, g->list[0], g->shared, 1);
    put_text(figures, "shared", text.len > 0 ? text.data : "");
    figures->failed |= text.failed;
    tare_buf_free(&text);
}

int tare_plotdata_group(const char *prefix, const struct tare_run *run, const char *heading)
{
    struct tare_buf rows = { 0 }, figures = { 0 };
    struct scale scale = { "", 0 };
    struct names names;
    const char *name;
    double widest = 0;
    size_t n = 0;
    int rc = find_names(&names, run, heading, &scale);
    for (size_t i = 0; rc == 0 && i < run->n_results; i++) {
        const struct tare_result *r = &run->results[i];
        struct tare_interval bar;
        if (!is_in_group(r, heading, &name) || !bar_of(&bar, &scale, r))
            continue;
        widest = fmax(widest, put_name(&rows, &names, name));
        tare_buf_fmt(&rows, " %.6g %.6g %.6g %zu\n", bar.value, bar.lo, bar.hi, number_of_variant(run, r));
        n++;
    }
    if (n < 2) /* one bar compares with nothing */
        rows.len = 0;
    put_assignment(&figures, "n_rows", (double)n);
    put_assignment(&figures, "label_columns", widest);
    put_text(&figures, "unit", scale.unit);
    put_shared(&figures, &names);
    rc = rc ? rc : put_file(prefix, "figures", &figures);
    if (rc == 0)
        rc = put_file(prefix, "rates", &rows);
    tare_buf_free(&figures);
    tare_buf_free(&rows);
    free(names.list);
    return rc;
}
