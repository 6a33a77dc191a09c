/* Variants side by side on a terminal: a row a case, a column a rival and one for the best of them, with the geometric
 * mean and who wins below each group and below all. */
#include "framework/report/console.h"
#include "framework/report/contest.h"
#include "framework/report/text.h"

enum { INDENT = 2, GAP = 2, CELL = 96, NAME_MOST = 60 };

static const char *const counts_of_row[] = { "faster / even / slower / open" };

struct table {
    const struct tare_report_options *o;
    const struct tare_contest *c;
    struct tare_buf *out;
    size_t name_width, first_width;
    size_t from, to; /* columns, of the rivals and the best */
};

static size_t n_columns(const struct tare_contest *c)
{
    return c->n_rivals + (c->n_rivals > 1);
}

static const struct tare_rival *rival_of(const struct tare_contest *c, size_t row, size_t column)
{
    return column < c->n_rivals ? &c->cases[row].rivals[column] : &c->cases[row].best;
}

static const char *title_of(const struct tare_contest *c, size_t column)
{
    return column < c->n_rivals ? c->rivals[column] : "the best of them";
}

static void cell_text(char text[CELL], const struct tare_rival *r)
{
    char times[80];
    if (r->measured)
        snprintf(text, CELL, "%s %s", tare_format_times(times, sizeof times, r->ratio), tare_rival_word(r));
    else
        snprintf(text, CELL, "-");
}

static size_t wider(size_t width, const char *text)
{
    size_t w = tare_text_width(text);
    return w > width ? w : width;
}

static size_t column_width(const struct tare_contest *c, size_t column)
{
    char text[CELL];
    size_t width = wider(0, title_of(c, column));
    for (size_t i = 0; i < c->n_cases; i++) {
        cell_text(text, rival_of(c, i, column));
        width = wider(width, text);
    }
    return width;
}

static void put_cell(const struct table *t, enum tare_style style, const char *text, size_t width, bool last)
{
    struct tare_buf fitted = { 0 };
    tare_text_fit(&fitted, text, width);
    const char *shown = fitted.data ? fitted.data : "";
    tare_console_styled(t->out, t->o, style, shown);
    if (!last)
        tare_console_pad(t->out, width - tare_text_width(shown) + GAP);
    t->out->failed |= fitted.failed;
    tare_buf_free(&fitted);
}

static enum tare_style style_of(const struct tare_rival *r)
{
    static const enum tare_style styles[TARE_VERDICTS] = {
        [TARE_IMPROVED] = TARE_BAD, [TARE_REGRESSED] = TARE_GOOD, [TARE_INCONCLUSIVE] = TARE_DOUBT
    };
    return r->measured ? styles[r->verdict] : TARE_DIM;
}

static void put_row(const struct table *t, size_t i)
{
    const struct tare_contest_case *row = &t->c->cases[i];
    char text[CELL];
    tare_console_pad(t->out, INDENT);
    put_cell(t, TARE_PLAIN, row->name, t->name_width, false);
    if (row->message) {
        tare_console_styled(t->out, t->o, TARE_BAD, "failed: ");
        tare_text_clean(t->out, row->message);
    } else {
        put_cell(t, TARE_PLAIN, tare_format_value(text, sizeof text, row->quantity, row->time_ns.value), t->first_width,
                 false);
    }
    for (size_t k = t->from; k < t->to && !row->message; k++) {
        cell_text(text, rival_of(t->c, i, k));
        put_cell(t, style_of(rival_of(t->c, i, k)), text, column_width(t->c, k), k + 1 == t->to);
    }
    tare_buf_str(t->out, "\n");
}

/* Two lines: the means, and who wins how often. */
static void put_sums(const struct table *t, const char *title, size_t from, size_t to)
{
    for (int line = 0; line < 2; line++) {
        tare_console_pad(t->out, INDENT);
        put_cell(t, TARE_BOLD, line == 0 ? title : counts_of_row[0], t->name_width, false);
        tare_console_pad(t->out, t->first_width + GAP);
        for (size_t k = t->from; k < t->to; k++) {
            struct tare_contest_sum s = tare_contest_sum(t->c, from, to, k);
            char text[CELL];
            if (line == 0)
                tare_format_times(text, sizeof text, s.mean);
            else
                snprintf(text, sizeof text, "%zu / %zu / %zu / %zu", s.won, s.even, s.lost, s.open);
            put_cell(t, line == 0 ? TARE_BOLD : TARE_PLAIN, s.cases ? text : "-", column_width(t->c, k),
                     k + 1 == t->to);
        }
        tare_buf_str(t->out, "\n");
    }
}

static void put_table(const struct table *t)
{
    const struct tare_contest *c = t->c;
    tare_buf_str(t->out, "\n");
    tare_console_pad(t->out, INDENT + t->name_width + GAP);
    put_cell(t, TARE_BOLD, c->first, t->first_width, false);
    for (size_t k = t->from; k < t->to; k++)
        put_cell(t, TARE_BOLD, title_of(c, k), column_width(c, k), k + 1 == t->to);
    for (size_t from = 0, to; from < c->n_cases; from = to) {
        to = tare_contest_group(c, from);
        tare_buf_str(t->out, "\n");
        tare_console_styled(t->out, t->o, TARE_BOLD, c->cases[from].group);
        tare_buf_str(t->out, "\n");
        for (size_t i = from; i < to; i++)
            put_row(t, i);
        put_sums(t, "geometric mean", from, to);
    }
    if (c->n_cases > 0 && tare_contest_group(c, 0) < c->n_cases) {
        tare_buf_str(t->out, "\n");
        put_sums(t, "geometric mean of all", 0, c->n_cases);
    }
}

/* As many columns at a time as the terminal holds. */
static void put_tables(struct table *t)
{
    size_t room = t->o->width > 0 ? (size_t)t->o->width : SIZE_MAX, n = n_columns(t->c);
    for (t->from = 0; t->from < n; t->from = t->to) {
        size_t at = INDENT + t->name_width + GAP + t->first_width;
        for (t->to = t->from; t->to < n; t->to++) {
            at += GAP + column_width(t->c, t->to);
            if (at > room && t->to > t->from)
                break;
        }
        put_table(t);
    }
}

static void measure_names(struct table *t)
{
    t->name_width = wider(0, counts_of_row[0]);
    t->first_width = wider(0, t->c->first);
    for (size_t i = 0; i < t->c->n_cases; i++) {
        char time[64];
        t->name_width = wider(t->name_width, t->c->cases[i].name);
        if (!t->c->cases[i].message)
            t->first_width = wider(t->first_width, tare_format_value(time, sizeof time, t->c->cases[i].quantity,
                                                                     t->c->cases[i].time_ns.value));
    }
    if (t->o->width > 0 && t->name_width > NAME_MOST)
        t->name_width = NAME_MOST;
}

int tare_contest_console(const struct tare_report_options *o, const struct tare_contest *c)
{
    struct tare_buf out = { 0 };
    char confidence[32], margin[32];
    struct table t = { .o = o, .c = c, .out = &out };
    measure_names(&t);
    struct tare_buf head = { 0 };
    tare_buf_fmt(&head,
                 "How many times as fast %s is as the others: measured in turns, intervals at %s, seed %llu; faster: "
                 "the interval lies above 1 by the margin of %s, slower: below, even: within it, open: neither yet",
                 c->first, tare_format_relative(confidence, sizeof confidence, c->run->confidence),
                 (unsigned long long)c->run->seed, tare_format_relative(margin, sizeof margin, c->run->margin));
    tare_console_wrap(&out, o, 0, head.data ? head.data : "");
    out.failed |= head.failed;
    tare_buf_free(&head);
    put_tables(&t);
    for (size_t i = 0; i < c->run->n_warnings; i++) {
        tare_console_styled(&out, o, TARE_DOUBT, "warning: ");
        tare_text_clean(&out, c->run->warnings[i]);
        tare_buf_str(&out, "\n");
    }
    return tare_report_flush(o, &out);
}
