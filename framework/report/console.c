/* What a person at a terminal sees, first the table: a row as each result arrives. */
#include "framework/report/console.h"

#include <math.h>
#include <string.h>

#include "framework/report/formats.h"
#include "framework/report/pick.h"
#include "framework/report/text.h"

enum { INDENT = 2, ABSENCE_GAP = 4, NAME_LEAST = 18, NAME_MOST = 48, CELL = 160, COLUMNS = 8 };

/* ---- the columns of figures: of fixed width, so that rows printed before the last name is known line up ---- */

struct column {
    const char *title;
    size_t title_indent;
    size_t gap; /* columns left free before it */
    size_t width;
    bool (*wanted)(const struct tare_run *run);           /* NULL: always */
    int worth;                                            /* in a narrow terminal the least worth goes first */
    void (*put)(char *cell, const struct tare_result *r); /* CELL bytes, empty before */
};

/* Right-aligned in `columns`, whatever the bytes. */
static void align_right(char *cell, size_t columns, const char *text)
{
    size_t width = tare_text_width(text);
    snprintf(cell, CELL, "%*s%s", (int)(width < columns ? columns - width : 0), "", text);
}

static void put_time(char *cell, const struct tare_result *r)
{
    char time[64], half[64], aligned[CELL];
    if (!tare_is_measured(r))
        return;
    align_right(aligned, 9, tare_format_value(time, sizeof time, r->quantity, r->summary.time_ns.value));
    tare_format_half_width(half, sizeof half, r->summary.time_ns);
    snprintf(cell, CELL, "%.64s ± %s", aligned, half);
}

static void put_change(char *cell, const struct tare_result *r)
{
    char value[64];
    if (tare_is_compared(r))
        align_right(cell, 7, tare_format_percent(value, sizeof value, r->change.ratio.value));
}

static void put_interval(char *cell, const struct tare_result *r)
{
    char lo[64], hi[64];
    if (!tare_is_compared(r))
        return;
    tare_format_percent(lo, sizeof lo, r->change.ratio.lo);
    tare_format_percent(hi, sizeof hi, r->change.ratio.hi);
    snprintf(cell, CELL, "[%s, %s]", lo, hi);
}

static void put_outcome(char *cell, const struct tare_result *r)
{
    snprintf(cell, CELL, "%s%s", tare_outcome(r), tare_is_state_dependent(r) ? "*" : "");
}

static void put_rate(char *cell, const struct tare_result *r)
{
    char rate[96];
    if (!tare_is_measured(r) || *tare_format_rate(rate, sizeof rate, r) == '\0')
        return;
    size_t digits = strcspn(rate, " ");
    snprintf(cell, CELL, "%*s%s", (int)(digits < 6 ? 6 - digits : 0), "", rate);
}

/* The bytes of a case whose throughput counts something else. */
static void put_bandwidth(char *cell, const struct tare_result *r)
{
    char rate[64];
    if (tare_has_bandwidth(r) && *tare_format_bandwidth(rate, sizeof rate, r))
        align_right(cell, 11, rate);
}

static void put_share(char *cell, const struct tare_result *r)
{
    char share[64];
    tare_format_share(share, sizeof share, r);
    size_t digits = strcspn(share, "%");
    if (*share)
        snprintf(cell, CELL, "%*s%s", (int)(digits < 3 ? 3 - digits : 0), "", share);
}

/* Of the arithmetic's peak, and of the memory's bandwidth. */
static void put_utilisation(char *cell, const struct tare_result *r)
{
    double mfu, mbu;
    char flops[32], bytes[32];
    if (tare_result_utilisation(&mfu, &mbu, r))
        snprintf(cell, CELL, "%5s %5s", tare_format_part(flops, sizeof flops, mfu),
                 tare_format_part(bytes, sizeof bytes, mbu));
}

static const struct column all_columns[] = {
    { "time", 5, 2, 18, NULL, 6, put_time },
    { "change", 1, 2, 7, tare_is_comparison, 4, put_change },
    { "interval", 0, 1, 16, tare_is_comparison, 2, put_interval },
    { "verdict", 0, 2, 13, tare_is_comparison, 5, put_outcome },
    { "throughput", 2, 2, 15, NULL, 1, put_rate },
    { "memory", 2, 1, 11, tare_any_bandwidth, 0, put_bandwidth },
    { "% roof", 0, 2, 14, tare_any_share, 3, put_share },
    { "  MFU   MBU", 0, 1, 11, tare_any_utilisation, 1, put_utilisation },
};

/* What a row looks like for these options; the same for every row of a run. */
struct layout {
    const struct column *columns[COLUMNS];
    size_t n_columns;
    size_t name; /* columns for the name; a longer one gets a line of its own */
};

static size_t figures_width(const struct layout *l)
{
    size_t width = 0;
    for (size_t i = 0; i < l->n_columns; i++)
        width += l->columns[i]->gap + l->columns[i]->width;
    return width;
}

static void drop_least_worth(struct layout *l)
{
    size_t least = 0;
    for (size_t i = 1; i < l->n_columns; i++) {
        if (l->columns[i]->worth < l->columns[least]->worth)
            least = i;
    }
    memmove(&l->columns[least], &l->columns[least + 1], (l->n_columns - least - 1) * sizeof l->columns[0]);
    l->n_columns--;
}

static struct layout make_layout(const struct tare_report_options *o, const struct tare_run *run)
{
    struct layout l = { 0 };
    for (size_t i = 0; i < sizeof all_columns / sizeof *all_columns; i++) {
        if (!all_columns[i].wanted || all_columns[i].wanted(run))
            l.columns[l.n_columns++] = &all_columns[i];
    }
    l.name = NAME_MOST;
    if (o->width > 0) {
        size_t width = (size_t)o->width;
        while (l.n_columns > 1 && figures_width(&l) + INDENT > width)
            drop_least_worth(&l);
        size_t taken = figures_width(&l) + INDENT;
        size_t left = width > taken ? width - taken : 0;
        l.name = left < NAME_LEAST ? 0 : left < NAME_MOST ? left : NAME_MOST;
    }
    return l;
}

/* ---- styles ---- */

void tare_console_styled(struct tare_buf *out, const struct tare_report_options *o, enum tare_style style,
                         const char *text)
{
    static const char *const codes[] = {
        [TARE_PLAIN] = "",          [TARE_BOLD] = "\x1b[1m",   [TARE_DIM] = "\x1b[2m",
        [TARE_GOOD] = "\x1b[1;32m", [TARE_BAD] = "\x1b[1;31m", [TARE_DOUBT] = "\x1b[33m",
    };
    if (o->color && style != TARE_PLAIN && *text != '\0')
        tare_buf_fmt(out, "%s%s\x1b[0m", codes[style], text);
    else
        tare_buf_str(out, text);
}

enum tare_style tare_console_outcome_style(const struct tare_result *r)
{
    static const enum tare_style styles[TARE_VERDICTS] = {
        [TARE_UNCHANGED] = TARE_PLAIN,
        [TARE_IMPROVED] = TARE_GOOD,
        [TARE_REGRESSED] = TARE_BAD,
        [TARE_INCONCLUSIVE] = TARE_DOUBT,
    };
    return tare_is_failed(r) ? TARE_BAD : tare_is_compared(r) ? styles[r->change.verdict] : TARE_DIM;
}

void tare_console_pad(struct tare_buf *out, size_t columns)
{
    tare_buf_fmt(out, "%*s", (int)columns, "");
}

void tare_console_wrap(struct tare_buf *out, const struct tare_report_options *o, size_t indent, const char *text)
{
    size_t width = o->width > 0 ? (size_t)o->width : 100, at = 0;
    size_t room = width > indent + 8 ? width - indent : 8;
    struct tare_buf clean = { 0 }, word = { 0 };
    tare_text_clean(&clean, text);
    for (const char *s = clean.data ? clean.data : ""; *s;) {
        size_t len = strcspn(s, " ");
        word.len = 0;
        tare_buf_add(&word, s, len);
        size_t columns = word.failed || len == 0 ? 0 : tare_text_width(word.data);
        if (columns > 0) {
            bool breaks = at > 0 && at + 1 + columns > room;
            if (breaks)
                tare_buf_str(out, "\n");
            if (breaks || at == 0) {
                tare_console_pad(out, indent);
                at = 0;
            } else {
                tare_buf_str(out, " ");
                at++;
            }
            tare_text_fit(out, word.data, room);
            at += columns < room ? columns : room;
        }
        s += len + strspn(s + len, " ");
    }
    tare_buf_str(out, "\n");
    out->failed |= clean.failed || word.failed;
    tare_buf_free(&clean);
    tare_buf_free(&word);
}

/* ---- the head ---- */

/* Items with three spaces between, on as many lines as they need. */
static void put_items(struct tare_buf *out, const struct tare_report_options *o, char items[][CELL], size_t n)
{
    size_t at = 0, room = o->width > 0 ? (size_t)o->width : 120;
    for (size_t i = 0; i < n; i++) {
        size_t width = tare_text_width(items[i]);
        bool breaks = at > 0 && at + 3 + width > room;
        tare_buf_str(out, breaks ? "\n" : at > 0 ? "   " : "");
        at = breaks ? width : at + (at > 0 ? 3 : 0) + width;
        struct tare_buf fitted = { 0 };
        tare_text_fit(&fitted, items[i], room);
        tare_console_styled(out, o, i == 0 ? TARE_BOLD : TARE_PLAIN, fitted.data ? fitted.data : "");
        out->failed |= fitted.failed;
        tare_buf_free(&fitted);
    }
    tare_buf_str(out, "\n");
}

static void put_machine(char *item, const struct tare_facts *machine)
{
    const char *model = tare_facts_get(machine, "cpu.model"), *cores = tare_facts_get(machine, "cpu.cores");
    const char *hypervisor = tare_facts_get(machine, "hypervisor");
    bool virtual = hypervisor && strcmp(hypervisor, "none") != 0;
    snprintf(item, CELL, "%.80s%s%.10s%s%s%.20s%s", model ? model : "unknown processor", cores ? ", " : "",
             cores ? cores : "",
             !cores                    ? ""
             : strcmp(cores, "1") == 0 ? " core"
                                       : " cores",
             virtual ? " (" : "", virtual ? hypervisor : "", virtual ? ")" : "");
}

static void put_head(struct tare_buf *out, const struct tare_report_options *o, const struct tare_run *run)
{
    char items[8][CELL];
    size_t n = 0;
    const char *clock = tare_facts_get(&run->machine, "clock.source");
    snprintf(items[n++], CELL, "tare %.20s", run->version ? run->version : "");
    put_machine(items[n++], &run->machine);
    if (run->cpu >= 0)
        snprintf(items[n++], CELL, "cpu %d", run->cpu);
    else
        snprintf(items[n++], CELL, "not pinned");
    if (clock)
        snprintf(items[n++], CELL, "clock %.40s", clock);
    if (run->n_threads > 1)
        snprintf(items[n++], CELL, "%d threads", run->n_threads);
    if (run->preset)
        snprintf(items[n++], CELL, "preset %.40s", run->preset);
    snprintf(items[n++], CELL, "seed %llu", (unsigned long long)run->seed);
    put_items(out, o, items, n);
}

static void put_baseline(struct tare_buf *out, const struct tare_report_options *o, const struct tare_run *run)
{
    static const char *const methods[] = {
        [TARE_METHOD_NONE] = ": no case was measured on both sides",
        [TARE_METHOD_PAIRED] = ": both builds measured again, in turns",
        [TARE_METHOD_STORED] = ": its stored samples, measured at another time",
    };
    char margin[32], confidence[32];
    struct tare_buf line = { 0 };
    if (!tare_is_comparison(run))
        return;
    if (run->baseline)
        tare_buf_fmt(&line, "against baseline '%s'%s; ", run->baseline, methods[run->method]);
    else
        tare_buf_fmt(&line, "comparison%s; ", methods[run->method]);
    tare_buf_fmt(&line, "unchanged means within ±%s, at %s confidence",
                 tare_format_relative(margin, sizeof margin, run->margin),
                 tare_format_relative(confidence, sizeof confidence, run->confidence));
    tare_console_wrap(out, o, 0, line.data ? line.data : "");
    out->failed |= line.failed;
    tare_buf_free(&line);
}

/* ---- the rows ---- */

/* The heading that the last row stood under. Results may arrive in any order and the events carry no state, hence
 * this one; it decides only whether a heading is printed. */
static _Thread_local char last_heading[256];

static int begin(const struct tare_report_options *o, const struct tare_run *run)
{
    struct tare_buf out = { 0 };
    struct layout l = make_layout(o, run);
    last_heading[0] = '\0';
    put_head(&out, o, run);
    put_baseline(&out, o, run);
    struct tare_buf titles = { 0 };
    tare_console_pad(&titles, INDENT + l.name);
    for (size_t i = 0; i < l.n_columns; i++) {
        const struct column *c = l.columns[i];
        bool last = i + 1 == l.n_columns;
        tare_buf_fmt(&titles, "%*s%-*s", (int)(c->gap + c->title_indent), "",
                     last ? 0 : (int)(c->width - c->title_indent), c->title);
    }
    tare_buf_str(&out, "\n");
    tare_console_styled(&out, o, TARE_DIM, titles.data ? titles.data : "");
    tare_buf_str(&out, "\n");
    out.failed |= titles.failed;
    tare_buf_free(&titles);
    return tare_report_flush(o, &out);
}

static void put_heading(struct tare_buf *out, const struct tare_report_options *o, const char *heading)
{
    if (strcmp(heading, last_heading) == 0)
        return;
    struct tare_buf fitted = { 0 };
    tare_text_fit(&fitted, heading, o->width > 0 ? (size_t)o->width : 0);
    tare_buf_str(out, last_heading[0] ? "\n" : "");
    tare_console_styled(out, o, TARE_BOLD, fitted.data ? fitted.data : "");
    tare_buf_str(out, "\n");
    out->failed |= fitted.failed;
    tare_buf_free(&fitted);
    snprintf(last_heading, sizeof last_heading, "%s", heading);
}

/* The name, and as much space as brings the figures to their columns. */
static void put_name(struct tare_buf *out, const struct tare_report_options *o, const struct layout *l,
                     const char *name)
{
    struct tare_buf fitted = { 0 };
    tare_text_fit(&fitted, name, o->width > INDENT ? (size_t)o->width - INDENT : 0);
    size_t width = fitted.len > 0 ? tare_text_width(fitted.data) : 0;
    tare_console_pad(out, INDENT);
    tare_buf_add(out, fitted.data, fitted.len);
    if (width > l->name) {
        tare_buf_str(out, "\n");
        tare_console_pad(out, INDENT + l->name);
    } else {
        tare_console_pad(out, l->name - width);
    }
    out->failed |= fitted.failed;
    tare_buf_free(&fitted);
}

/* A case without figures says why, in their place. */
static void put_absence(struct tare_buf *out, const struct tare_report_options *o, const struct layout *l,
                        const struct tare_result *r)
{
    size_t taken = INDENT + l->name + ABSENCE_GAP, width = o->width > 0 ? (size_t)o->width : 0;
    char time[80];
    struct tare_buf text = { 0 }, fitted = { 0 };
    tare_buf_str(&text, tare_outcome(r));
    if (tare_is_failed(r) && r->message)
        tare_buf_fmt(&text, ": %s", r->message);
    else if (tare_is_gone(r) && r->change.old_time_ns.value > 0)
        tare_buf_fmt(&text, "; was %s",
                     tare_format_value_interval(time, sizeof time, r->quantity, r->change.old_time_ns));
    tare_text_fit(&fitted, text.data ? text.data : "", width == 0 ? 0 : width > taken ? width - taken : 1);
    tare_console_pad(out, ABSENCE_GAP);
    tare_console_styled(out, o, tare_console_outcome_style(r), fitted.data ? fitted.data : "");
    out->failed |= text.failed || fitted.failed;
    tare_buf_free(&text);
    tare_buf_free(&fitted);
}

static enum tare_style cell_style(const struct column *c, const struct tare_result *r)
{
    if (c->put == put_outcome || c->put == put_change)
        return tare_console_outcome_style(r);
    return c->put == put_interval ? TARE_DIM : TARE_PLAIN;
}

static void put_figures(struct tare_buf *out, const struct tare_report_options *o, const struct layout *l,
                        const struct tare_result *r)
{
    size_t owed = 0; /* spaces, written only before something: no line ends in them */
    for (size_t i = 0; i < l->n_columns; i++) {
        const struct column *c = l->columns[i];
        size_t borrowed = i + 1 < l->n_columns ? l->columns[i + 1]->gap - 1 : 0; /* a wide figure may take of the gap */
        char cell[CELL] = "";
        struct tare_buf fitted = { 0 };
        c->put(cell, r);
        tare_text_fit(&fitted, cell, c->width + borrowed);
        const char *text = fitted.len > 0 ? fitted.data : "";
        size_t width = tare_text_width(text);
        owed += c->gap;
        if (width > 0) {
            tare_console_pad(out, owed);
            tare_console_styled(out, o, cell_style(c, r), text);
            owed = 0;
        }
        owed += c->width;
        owed -= width;
        out->failed |= fitted.failed;
        tare_buf_free(&fitted);
    }
}

static int result(const struct tare_report_options *o, const struct tare_run *run, const struct tare_result *r)
{
    struct tare_buf out = { 0 };
    struct layout l = make_layout(o, run);
    char heading[sizeof last_heading];
    const char *name;
    tare_text_heading(heading, sizeof heading, &name, r);
    put_heading(&out, o, heading);
    put_name(&out, o, &l, name);
    if (tare_is_measured(r))
        put_figures(&out, o, &l, r);
    else
        put_absence(&out, o, &l, r);
    tare_buf_str(&out, "\n");
    if (o->verbose)
        tare_console_case(&out, o, r);
    return tare_report_flush(o, &out);
}

static int end(const struct tare_report_options *o, const struct tare_run *run)
{
    struct tare_buf out = { 0 };
    int rc = tare_console_end(&out, o, run);
    if (rc != 0) {
        tare_buf_free(&out);
        return rc;
    }
    return tare_report_flush(o, &out);
}

const struct tare_report tare_report_console = {
    .name = "console",
    .description = "a table for people, with what changed and what disturbed the measurement",
    .begin = begin,
    .result = result,
    .end = end,
};
