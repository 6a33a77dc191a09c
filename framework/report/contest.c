/* Variants side by side, for programs and for a page. */
#include "framework/report/contest.h"

#include <math.h>
#include <string.h>

#include "framework/report/text.h"

static char *one(char *buf, size_t n, double log_ratio)
{
    double x = exp(log_ratio);
    if (!isfinite(log_ratio))
        snprintf(buf, n, "%s", log_ratio > 0 ? "∞" : log_ratio < 0 ? "0" : "n/a");
    else
        snprintf(buf, n, "%.*f", x < 9.9995 ? 3 : x < 99.95 ? 2 : 1, x);
    return buf;
}

char *tare_format_times(char *buf, size_t n, struct tare_interval log_ratio)
{
    char value[24], lo[24], hi[24];
    if (isinf(log_ratio.lo) && isinf(log_ratio.hi))
        snprintf(buf, n, "%s [unbounded]", one(value, sizeof value, log_ratio.value));
    else
        snprintf(buf, n, "%s [%s, %s]", one(value, sizeof value, log_ratio.value), one(lo, sizeof lo, log_ratio.lo),
                 one(hi, sizeof hi, log_ratio.hi));
    return buf;
}

/* ---- csv: a row a case and rival; of several, the best of them is one more ---- */

static const char *rival_name(const struct tare_contest *c, size_t i)
{
    return i < c->n_rivals ? c->rivals[i] : "best";
}

static void put_number(struct tare_buf *out, double x)
{
    tare_buf_str(out, ",");
    if (isfinite(x))
        tare_buf_fmt(out, "%.10g", x);
}

static void put_words(struct tare_buf *out, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        tare_buf_str(out, i ? "," : "");
        tare_text_csv(out, texts[i]);
    }
}

static int write_csv(const struct tare_report_options *o, const struct tare_contest *c)
{
    struct tare_buf out = { 0 };
    tare_buf_str(&out, "group,case,variant,other,time_ns,times,times_lo,times_hi,verdict\n");
    for (size_t i = 0; i < c->n_cases; i++)
        for (size_t k = 0; k <= c->n_rivals; k++) {
            const struct tare_contest_case *row = &c->cases[i];
            const struct tare_rival *r = k < c->n_rivals ? &row->rivals[k] : &row->best;
            if (k == c->n_rivals && c->n_rivals == 1)
                continue;
            put_words(&out, (const char *const[]){ row->group, row->name, c->first, rival_name(c, k) }, 4);
            put_number(&out, row->message ? NAN : row->time_ns.value);
            put_number(&out, r->measured ? exp(r->ratio.value) : NAN);
            put_number(&out, r->measured ? exp(r->ratio.lo) : NAN);
            put_number(&out, r->measured ? exp(r->ratio.hi) : NAN);
            tare_buf_fmt(&out, ",%s\n", row->message ? "failed" : tare_rival_word(r));
        }
    return tare_report_flush(o, &out);
}

static int write_json(const struct tare_report_options *o, const struct tare_contest *c)
{
    struct tare_buf out = { 0 };
    int rc = tare_contest_to_json(&out, c);
    if (rc == 0)
        return tare_report_flush(o, &out);
    tare_buf_free(&out);
    return rc;
}

/* ---- markdown ---- */

static void put_sum_row(struct tare_buf *out, const struct tare_contest *c, const char *title, size_t from, size_t to)
{
    tare_buf_str(out, "| **geometric mean** ");
    tare_text_markdown(out, title);
    tare_buf_str(out, " | |");
    for (size_t k = 0; k <= c->n_rivals - (c->n_rivals == 1); k++) {
        struct tare_contest_sum s = tare_contest_sum(c, from, to, k);
        char times[96];
        if (s.cases)
            tare_buf_fmt(out, " **%s** (%zu faster, %zu even, %zu slower, %zu open) |",
                         tare_format_times(times, sizeof times, s.mean), s.won, s.even, s.lost, s.open);
        else
            tare_buf_str(out, " |");
    }
    tare_buf_str(out, "\n");
}

static void put_case_row(struct tare_buf *out, const struct tare_contest *c, const struct tare_contest_case *row)
{
    char time[64], times[96];
    tare_buf_str(out, "| ");
    tare_text_markdown(out, row->group);
    tare_buf_str(out, "/");
    tare_text_markdown(out, row->name);
    tare_buf_fmt(out, " | %s |",
                 row->message ? "failed" : tare_format_value(time, sizeof time, row->quantity, row->time_ns.value));
    for (size_t k = 0; k <= c->n_rivals - (c->n_rivals == 1); k++) {
        const struct tare_rival *r = k < c->n_rivals ? &row->rivals[k] : &row->best;
        if (r->measured)
            tare_buf_fmt(out, " %s %s |", tare_format_times(times, sizeof times, r->ratio), tare_rival_word(r));
        else
            tare_buf_str(out, " |");
    }
    tare_buf_str(out, "\n");
}

static int write_markdown(const struct tare_report_options *o, const struct tare_contest *c)
{
    struct tare_buf out = { 0 };
    size_t columns = c->n_rivals + (c->n_rivals > 1);
    tare_buf_str(&out, "| case | ");
    tare_text_markdown(&out, c->first);
    for (size_t k = 0; k < columns; k++) {
        tare_buf_str(&out, " | over ");
        tare_text_markdown(&out, rival_name(c, k));
    }
    tare_buf_str(&out, " |\n| :-- | --: |");
    for (size_t k = 0; k < columns; k++)
        tare_buf_str(&out, " --: |");
    tare_buf_str(&out, "\n");
    for (size_t from = 0, to; from < c->n_cases; from = to) {
        to = tare_contest_group(c, from);
        for (size_t i = from; i < to; i++)
            put_case_row(&out, c, &c->cases[i]);
        put_sum_row(&out, c, c->cases[from].group, from, to);
    }
    if (c->n_cases > 0 && tare_contest_group(c, 0) < c->n_cases)
        put_sum_row(&out, c, "of all", 0, c->n_cases);
    return tare_report_flush(o, &out);
}

static const struct tare_contest_report reports[] = {
    { "console", tare_contest_console },
    { "json", write_json },
    { "csv", write_csv },
    { "markdown", write_markdown },
};

const struct tare_contest_report *tare_contest_report_find(const char *name)
{
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++)
        if (strcmp(reports[i].name, name) == 0)
            return &reports[i];
    return NULL;
}
