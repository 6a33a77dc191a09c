/* One header, one row a case (docs/reports.md describes the columns). Figures that are absent or not finite are empty
 * cells. */
#include <math.h>

#include "framework/report/formats.h"
#include "framework/report/pick.h"
#include "framework/report/text.h"

/* Every column has a writer, which gets the address of its field; those at offset 0 get the result itself. */
struct column {
    const char *name;
    void (*put)(struct tare_buf *out, const void *at);
    size_t offset;                                /* in struct tare_result */
    bool (*present)(const struct tare_result *r); /* NULL: always */
};

static void put_text(struct tare_buf *out, const void *at)
{
    const char *text = *(char *const *)at;
    if (text)
        tare_text_csv(out, text);
}

static void put_double(struct tare_buf *out, double x)
{
    if (isfinite(x))
        tare_buf_fmt(out, "%.10g", x);
}

static void put_number(struct tare_buf *out, const void *at)
{
    put_double(out, *(const double *)at);
}

/* A log-ratio, as new / old - 1. */
static void put_change(struct tare_buf *out, const void *at)
{
    put_double(out, expm1(*(const double *)at));
}

static void put_size(struct tare_buf *out, const void *at)
{
    tare_buf_fmt(out, "%zu", *(const size_t *)at);
}

static void put_uint64(struct tare_buf *out, const void *at)
{
    tare_buf_fmt(out, "%llu", (unsigned long long)*(const uint64_t *)at);
}

static void put_bool(struct tare_buf *out, const void *at)
{
    tare_buf_str(out, *(const bool *)at ? "1" : "0");
}

static void put_params(struct tare_buf *out, const void *at)
{
    const struct tare_result *r = at;
    struct tare_buf text = { 0 };
    for (size_t i = 0; i < r->n_params; i++) {
        const struct tare_param_value *p = &r->params[i];
        tare_buf_fmt(&text, "%s%s%s%s", i ? "/" : "", p->name ? p->name : "", p->name ? "=" : "", p->text);
    }
    if (text.len > 0)
        tare_text_csv(out, text.data);
    out->failed |= text.failed;
    tare_buf_free(&text);
}

static void put_status(struct tare_buf *out, const void *at)
{
    const struct tare_result *r = at;
    tare_buf_str(out, tare_is_failed(r) ? "failed" : tare_is_measured(r) ? "ok" : "unmeasured");
}

static void put_verdict(struct tare_buf *out, const void *at)
{
    const struct tare_result *r = at;
    tare_buf_str(out, tare_verdict_name(r->change.verdict));
}

static void put_method(struct tare_buf *out, const void *at)
{
    static const char *const names[] = { "", "paired", "stored" };
    const struct tare_result *r = at;
    tare_buf_str(out, names[r->change.method]);
}

static void put_presence(struct tare_buf *out, const void *at)
{
    static const char *const names[] = { "both", "new", "gone" };
    const struct tare_result *r = at;
    if (r->change.method != TARE_METHOD_NONE || r->change.presence != TARE_IN_BOTH)
        tare_buf_str(out, names[r->change.presence]);
}

static void put_rate(struct tare_buf *out, const void *at)
{
    double rate;
    char unit[32];
    if (tare_result_rate(&rate, unit, at))
        put_double(out, rate);
}

static void put_rate_unit(struct tare_buf *out, const void *at)
{
    double rate;
    char unit[32];
    if (tare_result_rate(&rate, unit, at))
        tare_text_csv(out, unit);
}

static bool has_old(const struct tare_result *r)
{
    return tare_is_compared(r) || tare_is_gone(r);
}

static bool is_paired(const struct tare_result *r)
{
    return tare_is_compared(r) && r->change.method == TARE_METHOD_PAIRED;
}

static bool has_answer(const struct tare_result *r)
{
    return is_paired(r) && r->change.answer.compared;
}

static bool has_layouts(const struct tare_result *r)
{
    return is_paired(r) && r->change.n_layouts > 0;
}

static void put_least(struct tare_buf *out, const void *at)
{
    const struct tare_result *r = at;
    put_double(out, expm1(tare_layout_spread(&r->change).least));
}

static void put_most(struct tare_buf *out, const void *at)
{
    const struct tare_result *r = at;
    put_double(out, expm1(tare_layout_spread(&r->change).most));
}

static void put_wrong(struct tare_buf *out, const void *at)
{
    tare_buf_str(out, tare_is_wrong(at) ? "1" : "0");
}

static void put_answer(struct tare_buf *out, const void *at)
{
    const struct tare_result *r = at;
    tare_text_csv(out, r->change.answer.what);
}

static void put_bandwidth(struct tare_buf *out, const void *at)
{
    double rate;
    if (tare_result_bandwidth(&rate, at))
        put_double(out, rate);
}

static bool has_share(const struct tare_result *r)
{
    double share;
    return tare_result_share(&share, r);
}

static void put_share(struct tare_buf *out, const void *at)
{
    double share;
    if (tare_result_share(&share, at))
        put_double(out, share);
}

static void put_quantity(struct tare_buf *out, const void *at)
{
    const struct tare_result *r = at;
    tare_buf_str(out, tare_quantity_names[r->quantity]);
}

static void put_mfu(struct tare_buf *out, const void *at)
{
    double mfu, mbu;
    if (tare_result_utilisation(&mfu, &mbu, at) && mfu > 0)
        put_double(out, mfu);
}

static void put_mbu(struct tare_buf *out, const void *at)
{
    double mfu, mbu;
    if (tare_result_utilisation(&mfu, &mbu, at) && mbu > 0)
        put_double(out, mbu);
}

static void put_roof_kind(struct tare_buf *out, const void *at)
{
    const struct tare_result *r = at;
    tare_buf_str(out, tare_roof_names[r->bound.kind]);
}

static void put_roof_level(struct tare_buf *out, const void *at)
{
    const struct tare_result *r = at;
    tare_buf_str(out, tare_level_names[r->bound.level]);
}

#define AT(field)    offsetof(struct tare_result, field)
#define ASIDE(cause) AT(summary.set_aside) + (cause) * sizeof(size_t)

/* Three columns: its value and its bounds. */
#define INTERVAL(name, unit, put, field, present)                                                                      \
    { name unit, put, AT(field.value), present }, { name "_lo" unit, put, AT(field.lo), present },                     \
    {                                                                                                                  \
        name "_hi" unit, put, AT(field.hi), present                                                                    \
    }

static const struct column columns[] = {
    { "id", put_text, AT(id), NULL },
    { "suite", put_text, AT(suite), NULL },
    { "group", put_text, AT(group), NULL },
    { "variant", put_text, AT(variant), NULL },
    { "params", put_params, 0, NULL },
    { "status", put_status, 0, NULL },
    { "message", put_text, AT(message), NULL },
    INTERVAL("time", "_ns", put_number, summary.time_ns, tare_is_measured),
    { "confidence", put_number, AT(summary.confidence), tare_is_measured },
    { "rate", put_rate, 0, tare_is_measured },
    { "rate_unit", put_rate_unit, 0, tare_is_measured },
    { "mean_ns", put_number, AT(summary.mean_ns), tare_is_measured },
    { "sd_ns", put_number, AT(summary.sd_ns), tare_is_measured },
    { "mad_ns", put_number, AT(summary.mad_ns), tare_is_measured },
    { "min_ns", put_number, AT(summary.min_ns), tare_is_measured },
    { "p5_ns", put_number, AT(summary.p5_ns), tare_is_measured },
    { "p95_ns", put_number, AT(summary.p95_ns), tare_is_measured },
    { "max_ns", put_number, AT(summary.max_ns), tare_is_measured },
    { "round_spread", put_number, AT(summary.round_spread), tare_is_measured },
    { "samples", put_size, AT(summary.n), tare_is_measured },
    { "samples_used", put_size, AT(summary.n_used), tare_is_measured },
    { "preempted", put_size, ASIDE(TARE_CAUSE_PREEMPTED), tare_is_measured },
    { "page_fault", put_size, ASIDE(TARE_CAUSE_FAULT), tare_is_measured },
    { "migrated", put_size, ASIDE(TARE_CAUSE_MIGRATED), tare_is_measured },
    { "stolen", put_size, ASIDE(TARE_CAUSE_STOLEN), tare_is_measured },
    { "severe_outliers", put_size, ASIDE(TARE_CAUSE_SEVERE), tare_is_measured },
    { "mild_outliers", put_size, ASIDE(TARE_CAUSE_MILD), tare_is_measured },
    { "iterations", put_uint64, AT(iters), tare_is_measured },
    { "rounds", put_size, AT(rounds), tare_is_measured },
    { "warmup_ns", put_number, AT(warmup_ns), tare_is_measured },
    { "measured_ns", put_number, AT(measured_ns), tare_is_measured },
    { "steady", put_bool, AT(steady), tare_is_measured },
    { "precise", put_bool, AT(precise), tare_is_measured },
    { "presence", put_presence, 0, NULL },
    { "method", put_method, 0, NULL },
    { "verdict", put_verdict, 0, tare_is_compared },
    INTERVAL("change", "", put_change, change.ratio, tare_is_compared),
    INTERVAL("trimmed", "", put_change, change.trimmed, is_paired),
    { "state_dependent", put_bool, AT(change.state_dependent), is_paired },
    { "p", put_number, AT(change.p), tare_is_compared },
    { "q", put_number, AT(change.q), tare_is_compared },
    { "drift", put_change, AT(change.drift), tare_is_compared },
    { "blocks", put_size, AT(change.blocks), is_paired },
    { "blocks_set_aside", put_size, AT(change.blocks_set_aside), is_paired },
    { "smallest_visible", put_number, AT(change.smallest_visible), tare_is_compared },
    { "needed_ns", put_number, AT(change.needed_ns), tare_is_inconclusive },
    INTERVAL("old_time", "_ns", put_number, change.old_time_ns, has_old),
    { "layouts", put_size, AT(change.n_layouts), is_paired },
    { "layout_least", put_least, 0, has_layouts },
    { "layout_most", put_most, 0, has_layouts },
    { "layout_dependent", put_bool, AT(change.layout_dependent), has_layouts },
    { "answer_wrong", put_wrong, 0, has_answer },
    { "answer_ulp", put_number, AT(change.answer.ulp), has_answer },
    { "answer_bound", put_number, AT(change.answer.bound), has_answer },
    { "answer_worst", put_answer, 0, has_answer },
    { "gb_per_s", put_bandwidth, 0, tare_is_measured },
    { "roof_share", put_share, 0, has_share },
    { "roof_ns", put_number, AT(bound.ns), has_share },
    { "roof_kind", put_roof_kind, 0, has_share },
    { "roof_level", put_roof_level, 0, has_share },
    { "quantity", put_quantity, 0, NULL },
    { "mfu", put_mfu, 0, tare_is_measured },
    { "mbu", put_mbu, 0, tare_is_measured },
};
static const size_t n_columns = sizeof columns / sizeof *columns;

/* The raw samples share a cell, as "ns:cause" with a space between; a kept one has no cause. */
static void put_samples(struct tare_buf *out, const struct tare_samples *s)
{
    struct tare_buf text = { 0 };
    for (size_t i = 0; i < s->n; i++) {
        tare_buf_fmt(&text, "%s%.10g", i ? " " : "", s->ns[i]);
        if (s->cause[i] != TARE_CAUSE_NONE && s->cause[i] < TARE_CAUSES) {
            tare_buf_str(&text, ":");
            for (const char *c = tare_cause_name((enum tare_cause)s->cause[i]); *c; c++)
                tare_buf_add(&text, *c == ' ' ? "_" : c, 1);
        }
    }
    if (text.len > 0)
        tare_text_csv(out, text.data);
    out->failed |= text.failed;
    tare_buf_free(&text);
}

static int begin(const struct tare_report_options *o, const struct tare_run *run)
{
    (void)run;
    struct tare_buf out = { 0 };
    for (size_t i = 0; i < n_columns; i++)
        tare_buf_fmt(&out, "%s%s", i ? "," : "", columns[i].name);
    tare_buf_str(&out, o->samples ? ",raw_samples\n" : "\n");
    return tare_report_flush(o, &out);
}

static int result(const struct tare_report_options *o, const struct tare_run *run, const struct tare_result *r)
{
    (void)run;
    struct tare_buf out = { 0 };
    for (size_t i = 0; i < n_columns; i++) {
        const struct column *c = &columns[i];
        if (i > 0)
            tare_buf_str(&out, ",");
        if (!c->present || c->present(r))
            c->put(&out, (const char *)r + c->offset);
    }
    if (o->samples) {
        tare_buf_str(&out, ",");
        put_samples(&out, &r->samples);
    }
    tare_buf_str(&out, "\n");
    return tare_report_flush(o, &out);
}

const struct tare_report tare_report_csv = {
    .name = "csv",
    .description = "one row a case, for spreadsheets and data frames",
    .begin = begin,
    .result = result,
};
