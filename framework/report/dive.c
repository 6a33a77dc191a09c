/* The page of `tare dive`. */
#include "framework/report/dive.h"

#include <string.h>

#include "framework/base/error.h"
#include "framework/report/console.h"
#include "framework/report/dive_page.h"
#include "framework/report/text.h"

enum { LABEL = 16 };

void tare_dive_line(struct tare_buf *out, const struct tare_report_options *o, const char *label, struct tare_buf *text)
{
    struct tare_buf wrapped = { 0 };
    tare_console_wrap(&wrapped, o, LABEL, text->data ? text->data : "");
    if (label && wrapped.len > LABEL)
        memcpy(wrapped.data + 2, label, strlen(label)); /* over the indent of the first line */
    tare_buf_add(out, wrapped.data, wrapped.len);
    out->failed |= wrapped.failed || text->failed;
    tare_buf_free(&wrapped);
    tare_buf_free(text);
}

static void put_head(struct tare_buf *out, const struct tare_report_options *o, const struct tare_run *run)
{
    const char *model = tare_facts_get(&run->machine, "cpu.model");
    struct tare_buf text = { 0 };
    tare_buf_fmt(&text, "tare %s, %s, ", run->version ? run->version : "", model ? model : "unknown processor");
    if (run->cpu >= 0)
        tare_buf_fmt(&text, "cpu %d, ", run->cpu);
    tare_buf_fmt(&text, "%d %s, preset %s, seed %llu", run->n_threads, run->n_threads == 1 ? "thread" : "threads",
                 run->preset ? run->preset : "", (unsigned long long)run->seed);
    tare_console_wrap(out, o, 0, text.data ? text.data : "");
    for (size_t i = 0; i < run->n_warnings; i++)
        tare_console_wrap(out, o, 0, run->warnings[i]);
    tare_buf_str(out, "\n");
    out->failed |= text.failed;
    tare_buf_free(&text);
}

static void put_amount(struct tare_buf *text, const char *what, const char *amount)
{
    tare_buf_fmt(text, "%s%s%s", text->len ? ", " : "", amount, what);
}

static void put_work(struct tare_buf *out, const struct tare_report_options *o, const struct tare_result *r)
{
    const struct tare_work_done *w = &r->work;
    char a[64];
    struct tare_buf text = { 0 };
    if (w->flops > 0)
        put_amount(&text, " FLOP", tare_format_number(a, sizeof a, w->flops));
    if (w->bytes_read > 0)
        put_amount(&text, " read", tare_format_bytes(a, sizeof a, w->bytes_read));
    if (w->bytes_written > 0)
        put_amount(&text, " written", tare_format_bytes(a, sizeof a, w->bytes_written));
    if (w->items > 0) {
        put_amount(&text, " ", tare_format_number(a, sizeof a, w->items));
        tare_buf_str(&text, w->item_unit ? w->item_unit : "items");
    }
    if (text.len == 0)
        tare_buf_str(&text, "none: the suite says nothing of the case's operations and bytes");
    else
        tare_buf_str(&text, " an iteration");
    tare_dive_line(out, o, "declared", &text);
}

static void put_time(struct tare_buf *out, const struct tare_report_options *o, const struct tare_result *r)
{
    const struct tare_interval *t = &r->summary.time_ns;
    char a[64], b[64], c[64], d[64];
    struct tare_buf text = { 0 };
    tare_buf_fmt(&text, "%s [%s, %s] at %s confidence", tare_format_value(a, sizeof a, r->quantity, t->value),
                 tare_format_value(b, sizeof b, r->quantity, t->lo), tare_format_value(c, sizeof c, r->quantity, t->hi),
                 tare_format_relative(d, sizeof d, r->summary.confidence));
    tare_dive_line(out, o, "time", &text);
    text = (struct tare_buf){ 0 };
    double rates[] = { tare_dive_gflops(r), tare_dive_gbytes(r), tare_dive_intensity(r) };
    static const char *const units[] = { " GFLOP/s", " GB/s", " FLOP/byte" };
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        if (rates[i] > 0)
            put_amount(&text, units[i], tare_format_number(a, sizeof a, rates[i]));
    if (text.len > 0)
        tare_dive_line(out, o, "rate", &text);
    tare_buf_free(&text);
}

/* How near to what the machine can do at most, or why that is not known. */
static void put_roof(struct tare_buf *out, const struct tare_report_options *o, const struct tare_result *r,
                     const struct tare_run *run)
{
    char share[64], least[64];
    struct tare_buf text = { 0 };
    if (*tare_format_share(share, sizeof share, r))
        tare_buf_fmt(&text, "%s: the declared work takes this machine at least %s", share,
                     tare_format_time(least, sizeof least, r->bound.ns));
    else if (run->roofs.problem)
        tare_buf_fmt(&text, "not known: %s", run->roofs.problem);
    if (text.len > 0)
        tare_dive_line(out, o, "roof", &text);
    tare_buf_free(&text);
}

int tare_dive_page(struct tare_buf *out, const struct tare_report_options *o, const struct tare_dive *d,
                   const struct tare_run *run)
{
    put_head(out, o, run);
    tare_console_styled(out, o, TARE_BOLD, d->result->id);
    tare_buf_str(out, "\n");
    put_work(out, o, d->result);
    put_time(out, o, d->result);
    put_roof(out, o, d->result, run);
    if (d->looked)
        tare_dive_put_hot(out, o, &d->hot);
    if (d->looked)
        tare_dive_put_counts(out, o, &d->counts);
    if (d->executed.asked)
        tare_dive_put_executed(out, o, &d->executed, d->result->id);
    return out->failed ? TARE_ENOMEM : 0;
}
