/* A history on a terminal: a row a case, a column a baseline, then the steps that count. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/report/console.h"
#include "framework/report/text.h"
#include "framework/report/timeline.h"

enum { INDENT = 2, GAP = 2, CELL = 96, ID_MOST = 48, NAME_MOST = 20 };

/* A cell without colour; its style in *style. */
static void cell_text(char text[CELL], enum tare_style *style, const struct tare_timeline_case *c, size_t i, bool first)
{
    static const char *const marks[TARE_VERDICTS] = {
        [TARE_UNDECIDED] = "",   [TARE_UNCHANGED] = "",      [TARE_IMPROVED] = " ▼",
        [TARE_REGRESSED] = " ▲", [TARE_INCONCLUSIVE] = " ?",
    };
    static const enum tare_style styles[TARE_VERDICTS] = {
        [TARE_IMPROVED] = TARE_GOOD, [TARE_REGRESSED] = TARE_BAD, [TARE_INCONCLUSIVE] = TARE_DOUBT
    };
    const struct tare_timeline_point *p = &c->points[i];
    char value[32], half[32];
    *style = styles[p->verdict];
    if (!p->measured) {
        *style = TARE_DIM;
        snprintf(text, CELL, "-");
    } else if (first) {
        snprintf(text, CELL, "%s", tare_format_value(value, sizeof value, c->quantity, c->time_ns.value));
    } else {
        double hw = fmax(expm1(p->ratio.hi) - expm1(p->ratio.value), expm1(p->ratio.value) - expm1(p->ratio.lo));
        snprintf(text, CELL, "%s ± %s%s", tare_format_percent(value, sizeof value, p->ratio.value),
                 tare_format_relative(half, sizeof half, hw), marks[p->verdict]);
    }
}

static size_t first_of(const struct tare_timeline_case *c, size_t n)
{
    size_t i = 0;
    while (i < n && !c->points[i].measured)
        i++;
    return i;
}

/* Columns that a baseline's cells take. */
static size_t column_width(const struct tare_timeline *h, size_t i)
{
    size_t width = tare_text_width(h->baselines[i].name);
    width = width < NAME_MOST ? width : NAME_MOST;
    for (size_t c = 0; c < h->n_cases; c++) {
        char text[CELL];
        enum tare_style style;
        cell_text(text, &style, &h->cases[c], i, first_of(&h->cases[c], h->n_baselines) == i);
        size_t w = tare_text_width(text);
        width = w > width ? w : width;
    }
    return width;
}

static void put_padded(struct tare_buf *out, const struct tare_report_options *o, enum tare_style style,
                       const char *text, size_t width, bool last)
{
    struct tare_buf fitted = { 0 };
    tare_text_fit(&fitted, text, width);
    const char *shown = fitted.data ? fitted.data : "";
    size_t taken = tare_text_width(shown);
    tare_console_styled(out, o, style, shown);
    if (!last)
        tare_console_pad(out, width - taken + GAP);
    out->failed |= fitted.failed;
    tare_buf_free(&fitted);
}

/* The columns [from, to) of the table. */
static void put_table(struct tare_buf *out, const struct tare_report_options *o, const struct tare_timeline *h,
                      size_t id_width, size_t from, size_t to)
{
    tare_buf_str(out, "\n");
    tare_console_pad(out, INDENT + id_width + GAP);
    for (size_t i = from; i < to; i++)
        put_padded(out, o, TARE_BOLD, h->baselines[i].name, column_width(h, i), i + 1 == to);
    tare_buf_str(out, "\n");
    for (size_t c = 0; c < h->n_cases; c++) {
        const struct tare_timeline_case *row = &h->cases[c];
        size_t first = first_of(row, h->n_baselines);
        tare_console_pad(out, INDENT);
        put_padded(out, o, TARE_PLAIN, row->id, id_width, false);
        if (row->message) {
            tare_console_styled(out, o, TARE_BAD, "failed: ");
            tare_text_clean(out, row->message);
        }
        for (size_t i = from; i < to && !row->message; i++) {
            char text[CELL];
            enum tare_style style;
            cell_text(text, &style, row, i, i == first);
            put_padded(out, o, style, text, column_width(h, i), i + 1 == to);
        }
        tare_buf_str(out, "\n");
    }
}

/* As many columns at a time as the terminal holds. */
static void put_tables(struct tare_buf *out, const struct tare_report_options *o, const struct tare_timeline *h)
{
    size_t id_width = 0, room = o->width > 0 ? (size_t)o->width : SIZE_MAX;
    for (size_t c = 0; c < h->n_cases; c++) {
        size_t w = tare_text_width(h->cases[c].id);
        id_width = w > id_width ? w : id_width;
    }
    id_width = o->width > 0 && id_width > ID_MOST ? ID_MOST : id_width;
    for (size_t from = 0, to; from < h->n_baselines; from = to) {
        size_t at = INDENT + id_width;
        for (to = from; to < h->n_baselines; to++) {
            at += GAP + column_width(h, to);
            if (at > room && to > from)
                break;
        }
        put_table(out, o, h, id_width, from, to);
    }
}

static void put_baselines(struct tare_buf *out, const struct tare_report_options *o, const struct tare_timeline *h)
{
    size_t width = 0;
    for (size_t i = 0; i < h->n_baselines; i++) {
        size_t w = tare_text_width(h->baselines[i].name);
        width = w > width ? w : width;
    }
    tare_buf_str(out, "\n");
    for (size_t i = 0; i < h->n_baselines; i++) {
        const struct tare_timeline_baseline *b = &h->baselines[i];
        tare_console_pad(out, INDENT);
        put_padded(out, o, TARE_BOLD, b->name, width, false);
        tare_text_clean(out, b->date);
        tare_buf_str(out, "  ");
        tare_text_clean(out, b->commit ? b->commit : "-");
        tare_buf_str(out, "\n");
        if (b->problem) {
            tare_buf_str(out, "    not measured: ");
            tare_text_clean(out, b->problem);
            tare_buf_str(out, "\n");
        }
    }
}

/* Every step that counts, named with the baseline it came with and its commit. */
static void put_steps(struct tare_buf *out, const struct tare_report_options *o, const struct tare_timeline *h)
{
    size_t counts[TARE_VERDICTS] = { 0 }, failed = 0;
    char margin[32], change[96];
    tare_format_relative(margin, sizeof margin, h->run->margin);
    for (size_t c = 0; c < h->n_cases; c++) {
        failed += h->cases[c].message != NULL;
        for (size_t i = 0; i < h->n_baselines; i++) {
            const struct tare_timeline_point *p = &h->cases[c].points[i];
            if (!p->measured)
                continue;
            counts[p->verdict]++;
            if (!tare_timeline_is_step(p))
                continue;
            if (counts[TARE_REGRESSED] + counts[TARE_IMPROVED] == 1)
                tare_buf_fmt(out, "\nsteps beyond the margin of %s, to the baseline before\n", margin);
            tare_console_pad(out, INDENT);
            tare_format_change(change, sizeof change, p->step);
            put_padded(out, o, p->verdict == TARE_REGRESSED ? TARE_BAD : TARE_GOOD, change, 28, false);
            tare_text_clean(out, h->cases[c].id);
            tare_buf_str(out, "  with ");
            tare_text_clean(out, h->baselines[i].name);
            if (h->baselines[i].commit) {
                tare_buf_str(out, ", commit ");
                tare_text_clean(out, h->baselines[i].commit);
            }
            tare_buf_str(out, "\n");
        }
    }
    tare_buf_fmt(out, "\n%zu cases: %zu steps slower (▲), %zu faster (▼), %zu unchanged, %zu inconclusive (?)",
                 h->n_cases, counts[TARE_REGRESSED], counts[TARE_IMPROVED], counts[TARE_UNCHANGED],
                 counts[TARE_INCONCLUSIVE]);
    if (failed)
        tare_buf_fmt(out, ", %zu failed", failed);
    tare_buf_str(out, "\n");
}

static bool has_gaps(const struct tare_timeline *h)
{
    for (size_t c = 0; c < h->n_cases; c++)
        for (size_t i = 0; i < h->n_baselines; i++)
            if (!h->cases[c].points[i].measured && !h->baselines[i].problem && !h->cases[c].message)
                return true;
    return false;
}

int tare_timeline_console(const struct tare_report_options *o, const struct tare_timeline *h)
{
    struct tare_buf out = { 0 };
    char confidence[32];
    tare_buf_fmt(&out, "%zu baselines, oldest first, measured in turns now; intervals at %s, seed %llu\n",
                 h->n_baselines, tare_format_relative(confidence, sizeof confidence, h->run->confidence),
                 (unsigned long long)h->run->seed);
    put_baselines(&out, o, h);
    put_tables(&out, o, h);
    if (has_gaps(h))
        tare_buf_str(&out, "\n  -  the baseline does not have the case\n");
    put_steps(&out, o, h);
    for (size_t i = 0; i < h->run->n_warnings; i++) {
        tare_console_styled(&out, o, TARE_DOUBT, "warning: ");
        tare_text_clean(&out, h->run->warnings[i]);
        tare_buf_str(&out, "\n");
    }
    return tare_report_flush(o, &out);
}
