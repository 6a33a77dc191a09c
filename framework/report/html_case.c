/* The section of one case: its pictures, and every statistic in tables. */
#include <math.h>
#include <string.h>

#include "framework/report/html.h"
#include "framework/report/pick.h"
#include "framework/report/text.h"

void tare_page_pair(struct tare_buf *out, const char *name, const char *value)
{
    tare_buf_fmt(out, "<tr><th scope=\"row\">%s</th><td>", name);
    tare_text_xml(out, value);
    tare_buf_str(out, "</td></tr>\n");
}

static void put_value(struct tare_buf *out, const char *name, enum tare_quantity q, double x)
{
    char text[64];
    tare_page_pair(out, name, tare_format_value(text, sizeof text, q, x));
}

static void put_interval(struct tare_buf *out, const char *name, enum tare_quantity q, struct tare_interval i,
                         double confidence)
{
    char value[64], lo[64], hi[64], at[32];
    struct tare_buf text = { 0 };
    tare_buf_fmt(&text, "%s [%s, %s]", tare_format_value(value, sizeof value, q, i.value),
                 tare_format_value(lo, sizeof lo, q, i.lo), tare_format_value(hi, sizeof hi, q, i.hi));
    if (confidence > 0)
        tare_buf_fmt(&text, " at %s confidence", tare_format_relative(at, sizeof at, confidence));
    tare_page_pair(out, name, text.data ? text.data : "");
    out->failed |= text.failed;
    tare_buf_free(&text);
}

static void put_times(struct tare_buf *out, const struct tare_result *r)
{
    const struct tare_summary *s = &r->summary;
    char text[96];
    double mfu, mbu;
    tare_buf_fmt(out, "<table><caption>%s</caption><tbody>\n",
                 r->quantity == TARE_QUANTITY_TIME ? "Time of one iteration" : "What it measures");
    put_interval(out, "median", r->quantity, s->time_ns, s->confidence);
    put_value(out, "mean", r->quantity, s->mean_ns);
    put_value(out, "standard deviation", r->quantity, s->sd_ns);
    put_value(out, "MAD", r->quantity, s->mad_ns);
    put_value(out, "least", r->quantity, s->min_ns);
    put_value(out, "5%", r->quantity, s->p5_ns);
    put_value(out, "95%", r->quantity, s->p95_ns);
    put_value(out, "greatest", r->quantity, s->max_ns);
    tare_page_pair(out, "medians of rounds spread by", tare_format_relative(text, sizeof text, s->round_spread));
    if (*tare_format_rate(text, sizeof text, r))
        tare_page_pair(out, "throughput", text);
    if (tare_has_bandwidth(r))
        tare_page_pair(out, "memory", tare_format_bandwidth(text, sizeof text, r));
    if (*tare_format_share(text, sizeof text, r))
        tare_page_pair(out, "share of the roof", text);
    if (tare_result_utilisation(&mfu, &mbu, r) && mfu > 0)
        tare_page_pair(out, "of the arithmetic's peak (MFU)", tare_format_part(text, sizeof text, mfu));
    if (mbu > 0)
        tare_page_pair(out, "of the memory's bandwidth (MBU)", tare_format_part(text, sizeof text, mbu));
    tare_buf_str(out, "</tbody></table>\n");
}

static void put_sampling(struct tare_buf *out, const struct tare_result *r)
{
    char text[96];
    struct tare_buf aside = { 0 };
    tare_buf_str(out, "<table><caption>How it was sampled</caption><tbody>\n");
    tare_text_set_aside(&aside, r->summary.n, r->summary.set_aside);
    tare_page_pair(out, "samples", aside.data ? aside.data : "");
    out->failed |= aside.failed;
    tare_buf_free(&aside);
    tare_page_pair(out, "iterations a sample", tare_format_count(text, sizeof text, r->iters));
    tare_page_pair(out, "rounds", tare_format_count(text, sizeof text, r->rounds));
    tare_page_pair(out, "time in samples", tare_format_duration(text, sizeof text, r->measured_ns));
    tare_page_pair(out, "warm-up", tare_format_duration(text, sizeof text, r->warmup_ns));
    tare_page_pair(out, "warm-up ended",
                   r->steady ? "when times were steady" : "with its time, before times were steady");
    tare_page_pair(out, "sampling ended", r->precise ? "when it was precise" : "with its budget");
    tare_buf_str(out, "</tbody></table>\n");
}

static void put_states(struct tare_buf *out, const struct tare_change *c)
{
    static const char *const names[TARE_GAUGES] = { "by the core's clock", "by the memory" };
    for (enum tare_gauge g = 0; g < TARE_GAUGES; g++) {
        struct tare_buf text = { 0 };
        if (tare_text_states(&text, c, g))
            tare_page_pair(out, names[g], text.data ? text.data : "");
        out->failed |= text.failed;
        tare_buf_free(&text);
    }
}

static void put_layouts(struct tare_buf *out, const struct tare_change *c)
{
    char name[64], change[96];
    struct tare_buf text = { 0 };
    if (tare_text_layouts(&text, c))
        tare_page_pair(out, "layouts", text.data ? text.data : "");
    out->failed |= text.failed;
    tare_buf_free(&text);
    for (size_t i = 0; i < c->n_layouts; i++) {
        snprintf(name, sizeof name, "moved by %zu bytes", c->layouts[i].shift);
        tare_page_pair(out, name, tare_format_change(change, sizeof change, c->layouts[i].ratio));
    }
}

static void put_answer(struct tare_buf *out, const struct tare_answer *a)
{
    struct tare_buf text = { 0 };
    tare_text_answer(&text, a);
    tare_page_pair(out, "answer", text.data ? text.data : "");
    out->failed |= text.failed;
    tare_buf_free(&text);
}

static void put_change(struct tare_buf *out, const struct tare_result *r)
{
    const struct tare_change *c = &r->change;
    char text[96];
    tare_buf_str(out, "<table><caption>Against the baseline</caption><tbody>\n");
    tare_page_pair(out, "verdict", tare_outcome(r));
    tare_page_pair(out, "change", tare_format_change(text, sizeof text, c->ratio));
    if (c->old_time_ns.value > 0)
        put_interval(out, "before", r->quantity, c->old_time_ns, 0);
    if (c->method == TARE_METHOD_PAIRED) {
        tare_page_pair(out, "trimmed mean", tare_format_change(text, sizeof text, c->trimmed));
        tare_page_pair(out, "blocks", tare_format_count(text, sizeof text, c->blocks));
        tare_page_pair(out, "blocks set aside", tare_format_count(text, sizeof text, c->blocks_set_aside));
    } else {
        tare_page_pair(out, "drift of the machine", tare_format_relative(text, sizeof text, expm1(c->drift)));
        tare_page_pair(out, "drift is", tare_format_drift_source(text, sizeof text, c));
    }
    put_states(out, c);
    if (c->answer.compared)
        put_answer(out, &c->answer);
    put_layouts(out, c);
    if (c->has_check)
        tare_page_pair(out, "old build against itself", tare_format_change(text, sizeof text, c->check));
    tare_page_pair(out, "p, one case", tare_format_number(text, sizeof text, c->p));
    tare_page_pair(out, "q, over all cases", tare_format_number(text, sizeof text, c->q));
    tare_page_pair(out, "smallest change visible", tare_format_relative(text, sizeof text, c->smallest_visible));
    if (tare_is_inconclusive(r) && c->needed_ns > 0)
        tare_page_pair(out, "measuring time to settle it", tare_format_duration(text, sizeof text, c->needed_ns));
    tare_buf_str(out, "</tbody></table>\n");
    if (c->state_dependent)
        tare_buf_fmt(out, "<p class=\"note\">The change depends on the machine's state: %s.</p>\n",
                     tare_state_meaning(c));
    if (c->layout_dependent)
        tare_buf_fmt(out,
                     "<p class=\"note\">The change is not shown to be larger than what layout alone does: %s.</p>\n",
                     tare_layout_meaning(c));
}

static void put_summary(struct tare_buf *out, const struct tare_result *r)
{
    char time[80], change[96];
    tare_buf_str(out, "<summary>");
    tare_text_html_id(out, r->id);
    if (tare_is_measured(r))
        tare_buf_fmt(out, " <span class=\"soft\">%s</span>",
                     tare_format_value_interval(time, sizeof time, r->quantity, r->summary.time_ns));
    if (tare_is_compared(r))
        tare_buf_fmt(out, " <span class=\"%s\">%s %s</span>", tare_outcome(r),
                     tare_format_percent(change, sizeof change, r->change.ratio.value), tare_outcome(r));
    else
        tare_buf_fmt(out, " <span class=\"%s\">%s</span>", tare_is_failed(r) ? "failed" : "soft", tare_outcome(r));
    tare_buf_str(out, "</summary>\n");
}

void tare_page_case(struct tare_buf *out, const struct tare_page *page, size_t number)
{
    const struct tare_result *r = &page->run->results[number];
    char figures[96];
    tare_buf_str(out, "<details>");
    put_summary(out, r);
    tare_buf_fmt(out, "<div id=\"case-%zu\">\n", number + 1);
    if (tare_is_failed(r)) {
        tare_buf_str(out, "<p class=\"failed\">");
        tare_text_xml(out, r->message ? r->message : "failed");
        tare_buf_str(out, "</p>\n");
    }
    if (tare_is_measured(r)) {
        tare_format_value_interval(figures, sizeof figures, r->quantity, r->summary.time_ns);
        tare_buf_str(out, "<div class=\"pair\">\n");
        tare_page_pictures(out, page, TARE_PLOT_CASE, number, r->id, figures);
        tare_buf_str(out, "</div>\n<div class=\"pair\">\n<div class=\"scroll\">");
        put_times(out, r);
        tare_buf_str(out, "</div>\n<div class=\"scroll\">");
        put_sampling(out, r);
        if (tare_is_compared(r))
            put_change(out, r);
        tare_buf_str(out, "</div>\n</div>\n");
    } else if (tare_is_gone(r) && r->change.old_time_ns.value > 0) {
        tare_buf_fmt(out, "<p>In the baseline only: %s.</p>\n",
                     tare_format_value_interval(figures, sizeof figures, r->quantity, r->change.old_time_ns));
    }
    tare_buf_str(out, "</div></details>\n");
}
