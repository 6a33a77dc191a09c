/* Every statistic of a case, below its row: `verbose`. */
#include <math.h>
#include <string.h>

#include "framework/report/console.h"
#include "framework/report/pick.h"
#include "framework/report/text.h"

enum { INDENT = 6, LABEL = 12 };

/* A label and its text, which wraps beneath itself; releases the text. */
static void put_line(struct tare_buf *out, const struct tare_report_options *o, const char *label,
                     struct tare_buf *text)
{
    struct tare_buf wrapped = { 0 };
    tare_console_wrap(&wrapped, o, INDENT + LABEL, text->data ? text->data : "");
    if (wrapped.len > INDENT + LABEL) {
        memcpy(wrapped.data + INDENT, label, strlen(label)); /* over the indent of the first line */
        wrapped.data[--wrapped.len] = '\0';
        tare_console_styled(out, o, TARE_DIM, wrapped.data);
        tare_buf_str(out, "\n");
    }
    out->failed |= wrapped.failed || text->failed;
    tare_buf_free(&wrapped);
    tare_buf_free(text);
}

static void put_times(struct tare_buf *out, const struct tare_report_options *o, const struct tare_result *r)
{
    const struct tare_summary *s = &r->summary;
    char a[64], b[64], c[64], d[64];
    struct tare_buf text = { 0 };
    tare_buf_fmt(&text, "%s [%s, %s] at %s", tare_format_value(a, sizeof a, r->quantity, s->time_ns.value),
                 tare_format_value(b, sizeof b, r->quantity, s->time_ns.lo),
                 tare_format_value(c, sizeof c, r->quantity, s->time_ns.hi),
                 tare_format_relative(d, sizeof d, s->confidence));
    put_line(out, o, "median", &text);
    text = (struct tare_buf){ 0 };
    tare_buf_fmt(&text, "%s, deviation %s, MAD %s", tare_format_value(a, sizeof a, r->quantity, s->mean_ns),
                 tare_format_value(b, sizeof b, r->quantity, s->sd_ns),
                 tare_format_value(c, sizeof c, r->quantity, s->mad_ns));
    put_line(out, o, "mean", &text);
    text = (struct tare_buf){ 0 };
    tare_buf_fmt(&text, "%s min, %s 5%%, %s 95%%, %s max", tare_format_value(a, sizeof a, r->quantity, s->min_ns),
                 tare_format_value(b, sizeof b, r->quantity, s->p5_ns),
                 tare_format_value(c, sizeof c, r->quantity, s->p95_ns),
                 tare_format_value(d, sizeof d, r->quantity, s->max_ns));
    put_line(out, o, "range", &text);
}

static void put_sampling(struct tare_buf *out, const struct tare_report_options *o, const struct tare_result *r)
{
    char a[64], b[64];
    struct tare_buf text = { 0 };
    tare_text_set_aside(&text, r->summary.n, r->summary.set_aside);
    put_line(out, o, "samples", &text);
    text = (struct tare_buf){ 0 };
    tare_buf_fmt(&text, "%s iterations each, %s measured in %zu %s, medians of rounds spread by ",
                 tare_format_count(a, sizeof a, r->iters), tare_format_duration(b, sizeof b, r->measured_ns), r->rounds,
                 r->rounds == 1 ? "round" : "rounds");
    tare_buf_fmt(&text, "%s", tare_format_relative(a, sizeof a, r->summary.round_spread));
    put_line(out, o, "", &text);
    text = (struct tare_buf){ 0 };
    tare_buf_fmt(&text, "%s, %s; %s", tare_format_duration(a, sizeof a, r->warmup_ns),
                 r->steady ? "until times were steady" : "its time was over before times were steady",
                 r->precise ? "sampled until precise" : "sampled until the budget ended");
    put_line(out, o, "warm-up", &text);
}

static void put_change(struct tare_buf *out, const struct tare_report_options *o, const struct tare_result *r)
{
    const struct tare_change *c = &r->change;
    bool paired = c->method == TARE_METHOD_PAIRED;
    char a[96], b[96];
    struct tare_buf text = { 0 };
    tare_buf_fmt(&text, "%s", tare_format_change(a, sizeof a, c->ratio));
    if (c->old_time_ns.value > 0)
        tare_buf_fmt(&text, ", the old side %s", tare_format_value_interval(a, sizeof a, r->quantity, c->old_time_ns));
    put_line(out, o, "change", &text);
    text = (struct tare_buf){ 0 };
    if (paired)
        tare_buf_fmt(&text, "trimmed mean %s over %zu blocks, %zu set aside%s",
                     tare_format_change(a, sizeof a, c->trimmed), c->blocks, c->blocks_set_aside,
                     c->state_dependent ? "; the two disagree" : "");
    else
        tare_buf_fmt(&text, "widened by a drift of %s, %s", tare_format_relative(a, sizeof a, expm1(c->drift)),
                     tare_format_drift_source(b, sizeof b, c));
    put_line(out, o, "", &text);
    for (enum tare_gauge g = 0; g < TARE_GAUGES; g++) {
        text = (struct tare_buf){ 0 };
        if (tare_text_states(&text, c, g))
            put_line(out, o, "states", &text);
    }
    text = (struct tare_buf){ 0 };
    if (tare_text_layouts(&text, c))
        put_line(out, o, "layouts", &text);
    if (c->has_check) {
        text = (struct tare_buf){ 0 };
        tare_buf_fmt(&text, "the old build against itself %s", tare_format_change(a, sizeof a, c->check));
        put_line(out, o, "check", &text);
    }
    if (c->answer.compared) {
        text = (struct tare_buf){ 0 };
        tare_text_answer(&text, &c->answer);
        put_line(out, o, "answer", &text);
    }
    text = (struct tare_buf){ 0 };
    tare_buf_fmt(&text, "p = %.3g, over all cases q = %.3g; smallest change visible %s", c->p, c->q,
                 tare_format_relative(b, sizeof b, c->smallest_visible));
    put_line(out, o, "", &text);
}

static void put_roof(struct tare_buf *out, const struct tare_report_options *o, const struct tare_result *r)
{
    char share[64], least[64];
    struct tare_buf text = { 0 };
    if (!*tare_format_share(share, sizeof share, r))
        return;
    tare_buf_fmt(&text, "%s: not below %s on this machine", share, tare_format_time(least, sizeof least, r->bound.ns));
    put_line(out, o, "roof", &text);
}

void tare_console_case(struct tare_buf *out, const struct tare_report_options *o, const struct tare_result *r)
{
    if (!tare_is_measured(r))
        return;
    put_times(out, o, r);
    put_roof(out, o, r);
    put_sampling(out, o, r);
    if (tare_is_compared(r))
        put_change(out, o, r);
}
