/* What follows the table: the cases that want attention, what was set aside, and the summary. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/report/console.h"
#include "framework/report/pick.h"
#include "framework/report/text.h"

enum { INDENT = 2, CHANGE_WIDTH = 26, IMPRECISE_MOST = 5 };

/* A line of a section: a figure in its column, then the id, which gets a line of its own where it does not fit, then
 * a remark in brackets if there is still room, else on a line below. */
static void put_entry(struct tare_buf *out, const struct tare_report_options *o, enum tare_style style,
                      const char *figure, const struct tare_result *r, const char *remark)
{
    size_t width = o->width > 0 ? (size_t)o->width : 0, at = INDENT, id_width = tare_text_width(r->id);
    tare_console_pad(out, INDENT);
    if (figure) {
        size_t taken = tare_text_width(figure), column = taken < CHANGE_WIDTH ? CHANGE_WIDTH : taken;
        at += column + 2;
        tare_console_styled(out, o, style, figure);
        if (width > 0 && at + id_width > width) {
            tare_buf_str(out, "\n");
            tare_console_pad(out, at = 2 * INDENT);
        } else {
            tare_console_pad(out, column + 2 - taken);
        }
    }
    tare_text_fit(out, r->id, width > at ? width - at : 0);
    at += width > at && id_width > width - at ? width - at : id_width;
    if (remark && *remark && (width == 0 || at + 3 + tare_text_width(remark) <= width)) {
        tare_buf_str(out, "   ");
        tare_console_styled(out, o, TARE_DIM, remark);
        tare_buf_str(out, "\n");
    } else {
        tare_buf_str(out, "\n");
        if (remark && *remark)
            tare_console_wrap(out, o, 3 * INDENT, remark);
    }
}

static void remark_times(struct tare_buf *text, const struct tare_result *r)
{
    char was[80], is[80];
    tare_buf_fmt(text, "%s, was %s", tare_format_value_interval(is, sizeof is, r->quantity, r->summary.time_ns),
                 tare_format_value_interval(was, sizeof was, r->quantity, r->change.old_time_ns));
    if (r->change.answer.compared && !tare_is_wrong(r)) {
        tare_buf_str(text, "; ");
        tare_text_answer(text, &r->change.answer);
    }
    if (r->change.n_layouts > 0)
        tare_buf_str(text, "; ");
    tare_text_layouts(text, &r->change);
}

static void remark_answer(struct tare_buf *text, const struct tare_result *r)
{
    tare_text_answer(text, &r->change.answer);
}

static void remark_visible(struct tare_buf *text, const struct tare_result *r)
{
    char visible[32], needed[32];
    if (tare_is_wrong(r) && tare_decide(r->change.ratio, 0) == TARE_IMPROVED) {
        tare_buf_str(text, "faster, but the answer is another");
        return;
    }
    tare_buf_fmt(text, "visible here: changes from %s",
                 tare_format_relative(visible, sizeof visible, r->change.smallest_visible));
    if (r->change.needed_ns > 0)
        tare_buf_fmt(text, "; to settle it: about %s of measuring",
                     tare_format_duration(needed, sizeof needed, r->change.needed_ns));
}

static void remark_estimates(struct tare_buf *text, const struct tare_result *r)
{
    char trimmed[96];
    enum tare_gauge g;
    if (tare_state_gauge(&g, &r->change))
        tare_text_states(text, &r->change, g);
    else
        tare_buf_fmt(text, "trimmed mean %s", tare_format_change(trimmed, sizeof trimmed, r->change.trimmed));
    tare_buf_fmt(text, ": %s", tare_state_meaning(&r->change));
}

static void remark_layouts(struct tare_buf *text, const struct tare_result *r)
{
    tare_text_layouts(text, &r->change);
    tare_buf_fmt(text, ": %s", tare_layout_meaning(&r->change));
}

static void remark_message(struct tare_buf *text, const struct tare_result *r)
{
    tare_text_clean(text, r->message ? r->message : "no message");
}

static void remark_time(struct tare_buf *text, const struct tare_result *r)
{
    char time[80];
    if (tare_is_measured(r))
        tare_buf_str(text, tare_format_value_interval(time, sizeof time, r->quantity, r->summary.time_ns));
}

static void remark_old_time(struct tare_buf *text, const struct tare_result *r)
{
    char time[80];
    if (r->change.old_time_ns.value > 0)
        tare_buf_fmt(text, "was %s", tare_format_value_interval(time, sizeof time, r->quantity, r->change.old_time_ns));
}

static bool is_open(const struct tare_result *r)
{
    return tare_is_inconclusive(r) && !tare_is_layout_dependent(r);
}

struct section {
    const char *title, *note;
    enum tare_style style;
    bool (*want)(const struct tare_result *r);
    bool change; /* sorted by the change, which begins each line */
    void (*remark)(struct tare_buf *text, const struct tare_result *r);
};

static const struct section sections[] = {
    { "Wrong answers", "on the same inputs the two sides compute different outputs", TARE_BAD, tare_is_wrong, true,
      remark_answer },
    { "Regressed", NULL, TARE_BAD, tare_is_regressed, true, remark_times },
    { "Improved", NULL, TARE_GOOD, tare_is_improved, true, remark_times },
    { "Inconclusive", "the budget ended before the interval left the margin or lay within it", TARE_DOUBT, is_open,
      true, remark_visible },
    { "Inconclusive: layout", "the change is not shown to be larger than what moving the new build's code does",
      TARE_DOUBT, tare_is_layout_dependent, true, remark_layouts },
    { "Marked *: state-dependent",
      "the change is not the same in every state of the machine; more or less work would be", TARE_DOUBT,
      tare_is_state_dependent, true, remark_estimates },
    { "Failed", NULL, TARE_BAD, tare_is_failed, false, remark_message },
    { "New", "not in the baseline", TARE_PLAIN, tare_is_new, false, remark_time },
    { "Gone", "in the baseline only", TARE_PLAIN, tare_is_gone, false, remark_old_time },
};

static int put_section(struct tare_buf *out, const struct tare_report_options *o, const struct tare_run *run,
                       const struct section *s)
{
    const struct tare_result **list;
    size_t n;
    char count[32], change[96];
    int rc = tare_pick(&list, &n, run, s->want, s->change);
    if (rc != 0 || n == 0)
        return rc;
    tare_buf_str(out, "\n");
    tare_console_styled(out, o, s->style == TARE_PLAIN ? TARE_BOLD : s->style, s->title);
    tare_buf_fmt(out, " (%s)\n", tare_format_count(count, sizeof count, n));
    if (s->note)
        tare_console_wrap(out, o, INDENT, s->note);
    for (size_t i = 0; i < n; i++) {
        struct tare_buf remark = { 0 };
        s->remark(&remark, list[i]);
        put_entry(out, o, s->style, s->change ? tare_format_change(change, sizeof change, list[i]->change.ratio) : NULL,
                  list[i], remark.data);
        out->failed |= remark.failed;
        tare_buf_free(&remark);
    }
    free(list);
    return 0;
}

/* Cases whose sampling ended with the budget: how many, and the widest interval among them. */
static void put_imprecise(struct tare_buf *out, const struct tare_report_options *o, const struct tare_run *run)
{
    size_t n = 0, measured = 0;
    double widest = -1;
    const struct tare_result *at = NULL;
    for (size_t i = 0; i < run->n_results; i++) {
        const struct tare_result *r = &run->results[i];
        measured += tare_is_measured(r);
        if (!tare_is_imprecise(r))
            continue;
        const struct tare_interval *t = &r->summary.time_ns;
        double half = fmax(t->hi - t->value, t->value - t->lo) / t->value;
        n++;
        if (half > widest) {
            widest = half;
            at = r;
        }
    }
    if (n == 0 || !at)
        return;
    char count[32], all[32], wanted[32], half[32];
    struct tare_buf text = { 0 };
    tare_buf_fmt(&text, "In %s of %s cases the budget ended before ±%s was reached; the widest, ±%s, is %s",
                 tare_format_count(count, sizeof count, n), tare_format_count(all, sizeof all, measured),
                 tare_format_relative(wanted, sizeof wanted, run->precision),
                 tare_format_relative(half, sizeof half, widest), at->id);
    tare_console_wrap(out, o, 0, text.data ? text.data : "");
    out->failed |= text.failed;
    tare_buf_free(&text);
}

static void put_paragraph(struct tare_buf *out, const struct tare_report_options *o, struct tare_buf *text)
{
    if (text->len > 0)
        tare_console_wrap(out, o, 0, text->data);
    out->failed |= text->failed;
    tare_buf_free(text);
}

/* Whether a case was compared with stored samples; the head tells of those that were not. */
static bool any_stored(const struct tare_run *run)
{
    for (size_t i = 0; i < run->n_results; i++) {
        if (tare_is_compared(&run->results[i]) && run->results[i].change.method == TARE_METHOD_STORED)
            return true;
    }
    return false;
}

static void put_notes(struct tare_buf *out, const struct tare_report_options *o, const struct tare_run *run)
{
    struct tare_totals totals = tare_run_totals(run);
    struct tare_buf text = { 0 };
    tare_buf_str(out, "\n");
    if (totals.samples > 0)
        tare_text_set_aside(&text, totals.samples, totals.set_aside);
    put_paragraph(out, o, &text);
    tare_text_false_alarms(&text, run);
    put_paragraph(out, o, &text);
    tare_text_widest_layout(&text, run);
    put_paragraph(out, o, &text);
    put_imprecise(out, o, run);
    if (any_stored(run))
        tare_text_method(&text, run);
    put_paragraph(out, o, &text);
    tare_text_no_roofs(&text, run);
    put_paragraph(out, o, &text);
    for (size_t i = 0; i < run->n_warnings; i++) {
        tare_buf_fmt(&text, "warning: %s", run->warnings[i]);
        put_paragraph(out, o, &text);
    }
}

/* One line, whatever the width: scripts read the last line. */
static void put_summary(struct tare_buf *out, const struct tare_report_options *o, const struct tare_run *run)
{
    struct tare_buf text = { 0 };
    bool bad = false;
    for (size_t i = 0; i < run->n_results; i++)
        bad |=
            tare_is_failed(&run->results[i]) || tare_is_regressed(&run->results[i]) || tare_is_wrong(&run->results[i]);
    tare_text_summary(&text, run);
    tare_console_styled(out, o, bad ? TARE_BAD : TARE_BOLD, text.data ? text.data : "");
    tare_buf_str(out, "\n");
    out->failed |= text.failed;
    tare_buf_free(&text);
}

int tare_console_end(struct tare_buf *out, const struct tare_report_options *o, const struct tare_run *run)
{
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        int rc = put_section(out, o, run, &sections[i]);
        if (rc != 0)
            return rc;
    }
    put_notes(out, o, run);
    put_summary(out, o, run);
    return 0;
}
