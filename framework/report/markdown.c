/* For a comment on a pull request: the summary and what changed in sight, the rest folded. */
#include <stdlib.h>

#include "framework/report/formats.h"
#include "framework/report/pick.h"
#include "framework/report/text.h"

static void put_row(struct tare_buf *out, const struct tare_run *run, const struct tare_result *r)
{
    char time[80] = "", change[96] = "", rate[96] = "", bandwidth[64] = "", share[64] = "";
    tare_buf_str(out, "| ");
    tare_text_markdown(out, r->id);
    if (tare_is_measured(r)) {
        tare_format_value_interval(time, sizeof time, r->quantity, r->summary.time_ns);
        tare_format_rate(rate, sizeof rate, r);
        tare_format_share(share, sizeof share, r);
    }
    if (tare_has_bandwidth(r))
        tare_format_bandwidth(bandwidth, sizeof bandwidth, r);
    tare_buf_fmt(out, " | %s | ", time);
    if (tare_is_comparison(run)) {
        if (tare_is_compared(r))
            tare_format_change(change, sizeof change, r->change.ratio);
        bool moved = tare_is_regressed(r) || tare_is_improved(r) || tare_is_failed(r) || tare_is_wrong(r);
        tare_buf_fmt(out, "%s | %s%s%s%s%s%s | ", change, moved ? "**" : "", tare_outcome(r),
                     tare_is_wrong(r) ? ", wrong answer" : "", tare_is_layout_dependent(r) ? " (layout)" : "",
                     moved ? "**" : "", tare_is_state_dependent(r) ? "\\*" : "");
    }
    tare_text_markdown(out, rate);
    tare_buf_fmt(out, "%s%s |", *bandwidth ? ", " : "", bandwidth);
    if (tare_any_share(run))
        tare_buf_fmt(out, " %s |", share);
    tare_buf_str(out, "\n");
}

static void put_table(struct tare_buf *out, const struct tare_run *run, const struct tare_result *const *list, size_t n)
{
    bool compares = tare_is_comparison(run), shares = tare_any_share(run);
    tare_buf_fmt(out, "\n| case | time | %sthroughput |%s\n", compares ? "change | verdict | " : "",
                 shares ? " % roof |" : "");
    tare_buf_fmt(out, "| :-- | --: | %s--: |%s\n", compares ? "--: | :-- | " : "", shares ? " --: |" : "");
    for (size_t i = 0; i < n; i++)
        put_row(out, run, list[i]);
}

static bool any(const struct tare_result *r)
{
    (void)r;
    return true;
}

struct section {
    const char *title;
    bool (*want)(const struct tare_result *r);
    bool folded;
};

static const struct section sections[] = {
    { "Regressed", tare_is_regressed, false },
    { "Improved", tare_is_improved, false },
    { "Inconclusive", tare_is_inconclusive, true },
    { "New", tare_is_new, true },
    { "Gone", tare_is_gone, true },
    { "All cases", any, true },
};

static int put_section(struct tare_buf *out, const struct tare_run *run, const struct section *s)
{
    const struct tare_result **list;
    size_t n;
    int rc = tare_pick(&list, &n, run, s->want, s->want != any);
    if (rc != 0 || n == 0)
        return rc;
    if (s->folded)
        tare_buf_fmt(out, "\n<details><summary>%s (%zu)</summary>\n", s->title, n);
    else
        tare_buf_fmt(out, "\n**%s (%zu)**\n", s->title, n);
    put_table(out, run, list, n);
    if (s->folded)
        tare_buf_str(out, "\n</details>\n");
    free(list);
    return 0;
}

static int put_failed(struct tare_buf *out, const struct tare_run *run)
{
    const struct tare_result **list;
    size_t n;
    int rc = tare_pick(&list, &n, run, tare_is_failed, false);
    if (rc != 0 || n == 0)
        return rc;
    tare_buf_fmt(out, "\n**Failed (%zu)**\n\n| case | message |\n| :-- | :-- |\n", n);
    for (size_t i = 0; i < n; i++) {
        tare_buf_str(out, "| ");
        tare_text_markdown(out, list[i]->id);
        tare_buf_str(out, " | ");
        tare_text_markdown(out, list[i]->message ? list[i]->message : "");
        tare_buf_str(out, " |\n");
    }
    free(list);
    return 0;
}

static int put_wrong(struct tare_buf *out, const struct tare_run *run)
{
    const struct tare_result **list;
    size_t n;
    char change[96];
    int rc = tare_pick(&list, &n, run, tare_is_wrong, true);
    if (rc != 0 || n == 0)
        return rc;
    tare_buf_fmt(out, "\n**Wrong answers (%zu)**\n\n| case | change | answer |\n| :-- | --: | :-- |\n", n);
    for (size_t i = 0; i < n; i++) {
        struct tare_buf text = { 0 };
        tare_text_answer(&text, &list[i]->change.answer);
        tare_buf_str(out, "| ");
        tare_text_markdown(out, list[i]->id);
        tare_buf_fmt(out, " | %s | ", tare_format_change(change, sizeof change, list[i]->change.ratio));
        tare_text_markdown(out, text.data ? text.data : "");
        tare_buf_str(out, " |\n");
        out->failed |= text.failed;
        tare_buf_free(&text);
    }
    free(list);
    return 0;
}

/* A line of a list; releases the text. */
static void put_item(struct tare_buf *out, struct tare_buf *text)
{
    if (text->len > 0) {
        tare_buf_str(out, "- ");
        tare_text_markdown(out, text->data);
        tare_buf_str(out, "\n");
    }
    out->failed |= text->failed;
    tare_buf_free(text);
}

static void put_conditions(struct tare_buf *out, const struct tare_run *run)
{
    char margin[32], confidence[32];
    const char *model = tare_facts_get(&run->machine, "cpu.model");
    struct tare_totals totals = tare_run_totals(run);
    struct tare_buf text = { 0 };
    tare_buf_str(out, "\n<details><summary>How it was measured</summary>\n\n");
    tare_buf_fmt(&text, "tare %s, %s, preset %s, seed %llu", run->version ? run->version : "",
                 model ? model : "unknown processor", run->preset ? run->preset : "none",
                 (unsigned long long)run->seed);
    if (run->cpu >= 0)
        tare_buf_fmt(&text, ", on cpu %d", run->cpu);
    if (run->commit)
        tare_buf_fmt(&text, ", commit %s", run->commit);
    put_item(out, &text);
    if (tare_is_comparison(run))
        tare_buf_fmt(&text, "Unchanged means within ±%s, at %s confidence.",
                     tare_format_relative(margin, sizeof margin, run->margin),
                     tare_format_relative(confidence, sizeof confidence, run->confidence));
    put_item(out, &text);
    tare_text_method(&text, run);
    put_item(out, &text);
    tare_text_false_alarms(&text, run);
    put_item(out, &text);
    tare_text_no_roofs(&text, run);
    put_item(out, &text);
    tare_text_widest_layout(&text, run);
    put_item(out, &text);
    if (totals.samples > 0)
        tare_text_set_aside(&text, totals.samples, totals.set_aside);
    put_item(out, &text);
    for (size_t i = 0; i < run->n_results; i++) {
        if (tare_is_state_dependent(&run->results[i])) {
            enum tare_gauge g;
            tare_buf_fmt(&text, "* %s depends on the machine's state: ", run->results[i].id);
            if (tare_state_gauge(&g, &run->results[i].change) && tare_text_states(&text, &run->results[i].change, g))
                tare_buf_str(&text, "; ");
            tare_buf_fmt(&text, "%s.", tare_state_meaning(&run->results[i].change));
            put_item(out, &text);
        }
        if (tare_is_layout_dependent(&run->results[i])) {
            tare_buf_fmt(&text, "%s (layout): ", run->results[i].id);
            tare_text_layouts(&text, &run->results[i].change);
            tare_buf_fmt(&text, "; %s.", tare_layout_meaning(&run->results[i].change));
            put_item(out, &text);
        }
    }
    tare_buf_str(out, "\n</details>\n");
}

static int end(const struct tare_report_options *o, const struct tare_run *run)
{
    struct tare_buf out = { 0 }, text = { 0 };
    int rc = 0;
    tare_text_summary(&text, run);
    tare_buf_str(&out, "### ");
    tare_text_markdown(&out, text.data ? text.data : "");
    tare_buf_str(&out, "\n");
    out.failed |= text.failed;
    tare_buf_free(&text);
    if (run->baseline) {
        tare_buf_str(&out, "\nCompared with baseline ");
        tare_text_markdown(&out, run->baseline);
        tare_buf_str(&out, ".\n");
    }
    for (size_t i = 0; i < run->n_warnings; i++) {
        tare_buf_str(&out, "\n> Warning: ");
        tare_text_markdown(&out, run->warnings[i]);
        tare_buf_str(&out, "\n");
    }
    rc = put_failed(&out, run);
    if (rc == 0)
        rc = put_wrong(&out, run);
    for (size_t i = 0; rc == 0 && i < sizeof sections / sizeof *sections; i++)
        rc = put_section(&out, run, &sections[i]);
    if (rc != 0) {
        tare_buf_free(&out);
        return rc;
    }
    put_conditions(&out, run);
    return tare_report_flush(o, &out);
}

const struct tare_report tare_report_markdown = {
    .name = "markdown",
    .description = "a comment for a pull request, what changed first",
    .end = end,
};
