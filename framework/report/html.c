/* A folder with a page and its pictures. */
#include "framework/report/html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/report/pick.h"
#include "framework/report/text.h"

enum { TITLE_MOST = 84, PAGE_PART_MOST = 1 << 20 };

char *tare_page_subject(char *subject, enum tare_plot_scope scope, size_t number)
{
    if (scope == TARE_PLOT_COMPARISON)
        snprintf(subject, TARE_SUBJECT_BYTES, "comparison");
    else
        snprintf(subject, TARE_SUBJECT_BYTES, scope == TARE_PLOT_GROUP ? "group-%02zu" : "case-%03zu", number + 1);
    return subject;
}

/* ---- drawing ---- */

/* A line of what could not be drawn; the same reason once. */
static void note_problem(struct tare_page *page)
{
    if (page->problems.len == 0 || !strstr(page->problems.data, tare_error()))
        tare_buf_fmt(&page->problems, "%s\n", tare_error());
}

static int draw_one(struct tare_page *page, const struct tare_plot *plot, const char *prefix, const char *of)
{
    char *picture = tare_format("%s-%s.svg", prefix, plot->name), *data = tare_format("%s.%s", prefix, plot->data);
    struct tare_buf title = { 0 };
    tare_text_fit(&title, of, TITLE_MOST);
    int rc = picture && data && !title.failed ? 0 : TARE_ENOMEM;
    if (rc == 0 && !tare_path_exists(data)) {
        remove(picture);
    } else if (rc == 0) {
        rc = tare_gnuplot_draw(&page->gnuplot, plot->script, prefix, picture, title.data ? title.data : "");
        page->n_pictures += rc == 0;
        if (rc != 0 && rc != TARE_ENOMEM) { /* the page goes without the picture */
            note_problem(page);
            rc = 0;
        }
    }
    tare_buf_free(&title);
    free(picture);
    free(data);
    return rc;
}

/* Writes the data of a subject and draws its pictures. `of` names it: an id or a heading. */
static int draw_subject(struct tare_page *page, enum tare_plot_scope scope, size_t number, const char *of)
{
    char subject[TARE_SUBJECT_BYTES];
    char *prefix = tare_format("%s/plots/%s", page->dir, tare_page_subject(subject, scope, number));
    if (!prefix)
        return TARE_ENOMEM;
    int rc = scope == TARE_PLOT_CASE    ? tare_plotdata_case(prefix, &page->run->results[number])
             : scope == TARE_PLOT_GROUP ? tare_plotdata_group(prefix, page->run, of)
                                        : tare_plotdata_changes(prefix, page->run);
    for (size_t i = 0; rc == 0 && i < page->plots.n; i++) {
        if (page->plots.items[i].scope == scope)
            rc = draw_one(page, &page->plots.items[i], prefix, of);
    }
    free(prefix);
    return rc;
}

/* The heading of result i, if no result before it has the same. */
static bool is_new_group(char *heading, size_t n, const struct tare_run *run, size_t i)
{
    char other[256];
    const char *name;
    tare_text_heading(heading, n, &name, &run->results[i]);
    for (size_t k = 0; k < i; k++) {
        if (strcmp(heading, tare_text_heading(other, sizeof other, &name, &run->results[k])) == 0)
            return false;
    }
    return true;
}

static int draw_all(struct tare_page *page)
{
    char heading[256];
    size_t group = 0;
    int rc = draw_subject(page, TARE_PLOT_COMPARISON, 0, "All cases");
    for (size_t i = 0; rc == 0 && i < page->run->n_results; i++) {
        if (is_new_group(heading, sizeof heading, page->run, i))
            rc = draw_subject(page, TARE_PLOT_GROUP, group++, heading);
    }
    for (size_t i = 0; rc == 0 && i < page->run->n_results; i++)
        rc = draw_subject(page, TARE_PLOT_CASE, i, page->run->results[i].id);
    return rc;
}

void tare_page_pictures(struct tare_buf *out, const struct tare_page *page, enum tare_plot_scope scope, size_t number,
                        const char *of, const char *figures)
{
    char subject[TARE_SUBJECT_BYTES];
    tare_page_subject(subject, scope, number);
    for (size_t i = 0; i < page->plots.n; i++) {
        const struct tare_plot *plot = &page->plots.items[i];
        char *path = tare_format("%s/plots/%s-%s.svg", page->dir, subject, plot->name);
        if (plot->scope == scope && path && tare_path_exists(path)) {
            tare_buf_fmt(out, "<figure><img loading=\"lazy\" src=\"plots/%s-%s.svg\" alt=\"", subject, plot->name);
            tare_text_xml(out, plot->title);
            tare_buf_str(out, ": ");
            tare_text_xml(out, of);
            if (figures) {
                tare_buf_str(out, ", ");
                tare_text_xml(out, figures);
            }
            tare_buf_str(out, "\"><figcaption>");
            tare_text_xml(out, plot->title);
            tare_buf_str(out, "</figcaption></figure>\n");
        }
        out->failed |= !path;
        free(path);
    }
}

/* ---- the page ---- */

/* A file of the plots' folder, as it is; the page can do without. */
static void put_part(struct tare_buf *out, struct tare_page *page, const char *plots_dir, const char *name)
{
    char *path = tare_path_join(plots_dir, name), *text = NULL;
    if (path && tare_file_read(&text, NULL, path, PAGE_PART_MOST) == 0)
        tare_buf_str(out, text);
    else
        note_problem(page);
    free(text);
    free(path);
}

/* A paragraph of escaped text; releases the text. */
static void put_paragraph(struct tare_buf *out, const char *class, struct tare_buf *text)
{
    if (text->len > 0) {
        tare_buf_fmt(out, "<p%s%s%s>", class ? " class=\"" : "", class ? class : "", class ? "\"" : "");
        tare_text_xml(out, text->data);
        tare_buf_str(out, "</p>\n");
    }
    out->failed |= text->failed;
    tare_buf_free(text);
}

static void put_top(struct tare_buf *out, const struct tare_run *run)
{
    struct tare_buf text = { 0 };
    char margin[32], confidence[32];
    const char *model = tare_facts_get(&run->machine, "cpu.model");
    tare_buf_str(out, "<h1>");
    tare_text_summary(&text, run);
    tare_text_xml(out, text.data ? text.data : "");
    tare_buf_str(out, "</h1>\n");
    out->failed |= text.failed;
    tare_buf_free(&text);
    tare_buf_fmt(&text, "tare %s, %s, on %s, preset %s, seed %llu", run->version ? run->version : "",
                 run->date ? run->date : "no date", model ? model : "an unknown processor",
                 run->preset ? run->preset : "none", (unsigned long long)run->seed);
    if (run->cpu >= 0)
        tare_buf_fmt(&text, ", cpu %d", run->cpu);
    put_paragraph(out, "soft", &text);
    tare_text_no_roofs(&text, run);
    put_paragraph(out, NULL, &text);
    if (!tare_is_comparison(run))
        return;
    tare_buf_fmt(&text, "Compared with baseline %s; unchanged means within ±%s, at %s confidence. ",
                 run->baseline ? run->baseline : "(another build)",
                 tare_format_relative(margin, sizeof margin, run->margin),
                 tare_format_relative(confidence, sizeof confidence, run->confidence));
    tare_text_method(&text, run);
    put_paragraph(out, NULL, &text);
    tare_text_false_alarms(&text, run);
    put_paragraph(out, NULL, &text);
    tare_text_widest_layout(&text, run);
    put_paragraph(out, NULL, &text);
}

static void put_notes(struct tare_buf *out, const struct tare_page *page)
{
    struct tare_buf text = { 0 };
    if (page->gnuplot.missing)
        tare_buf_str(&text, "gnuplot was not found: this page carries tables instead of pictures. With gnuplot "
                            "installed, tare report draws them.");
    else if (page->problems.len > 0)
        tare_buf_fmt(&text, "Not everything could be drawn: %s", page->problems.data);
    put_paragraph(out, "note", &text);
    for (size_t i = 0; i < page->run->n_warnings; i++) {
        tare_buf_fmt(&text, "Warning: %s", page->run->warnings[i]);
        put_paragraph(out, "note", &text);
    }
    struct tare_totals totals = tare_run_totals(page->run);
    if (totals.samples > 0)
        tare_text_set_aside(&text, totals.samples, totals.set_aside);
    put_paragraph(out, NULL, &text);
}

/* A cell with a figure: what is shown, and the number that the table sorts by ("" where there is none). */
static void put_figure(struct tare_buf *out, const char *text, double key)
{
    tare_buf_str(out, "<td class=\"figure\" data-key=\"");
    if (*text && isfinite(key))
        tare_buf_fmt(out, "%.9g", key);
    tare_buf_str(out, "\">");
    tare_text_xml(out, text);
    tare_buf_str(out, "</td>");
}

static void put_row(struct tare_buf *out, const struct tare_run *run, size_t i)
{
    const struct tare_result *r = &run->results[i];
    char time[80] = "", change[96] = "", rate[96] = "", bandwidth[64] = "", share[64] = "", unit[32];
    double per_second = 0, bytes = 0, part = 0;
    if (tare_is_measured(r)) {
        tare_format_value_interval(time, sizeof time, r->quantity, r->summary.time_ns);
        tare_format_rate(rate, sizeof rate, r);
        (void)tare_result_rate(&per_second, unit, r);
        (void)tare_result_bandwidth(&bytes, r);
        (void)tare_result_share(&part, r);
        tare_format_bandwidth(bandwidth, sizeof bandwidth, r);
        tare_format_share(share, sizeof share, r);
    }
    tare_buf_fmt(out, "<tr><td class=\"id\"><a href=\"#case-%zu\">", i + 1);
    tare_text_html_id(out, r->id);
    tare_buf_str(out, "</a></td>");
    put_figure(out, time, r->summary.time_ns.value);
    if (tare_is_comparison(run)) {
        if (tare_is_compared(r))
            tare_format_change(change, sizeof change, r->change.ratio);
        put_figure(out, change, r->change.ratio.value);
    }
    const char *outcome = tare_outcome(r);
    tare_buf_fmt(out, "<td class=\"%s\">%s%s%s</td>", strchr(outcome, ' ') ? "soft" : outcome, outcome,
                 tare_is_state_dependent(r) ? " <span title=\"depends on the machine's state\">*</span>" : "",
                 tare_is_layout_dependent(r) ? " <span title=\"no larger than what layout does\">(layout)</span>" : "");
    put_figure(out, rate, per_second);
    if (tare_any_bandwidth(run))
        put_figure(out, bandwidth, bytes);
    if (tare_any_share(run))
        put_figure(out, share, part);
    if (tare_any_utilisation(run)) {
        char mfu_text[32], mbu_text[32];
        double mfu = 0, mbu = 0;
        (void)tare_result_utilisation(&mfu, &mbu, r);
        put_figure(out, tare_format_part(mfu_text, sizeof mfu_text, mfu), mfu);
        put_figure(out, tare_format_part(mbu_text, sizeof mbu_text, mbu), mbu);
    }
    tare_buf_str(out, "</tr>\n");
}

static void put_table(struct tare_buf *out, const struct tare_run *run)
{
    tare_buf_str(out, "<h2>Cases</h2>\n<div class=\"scroll\"><table class=\"sortable\" id=\"cases\">\n<caption>Press a "
                      "heading to sort. Times are medians of one iteration; a throughput is as certain as its time."
                      "</caption>\n<thead><tr><th scope=\"col\">Case</th><th scope=\"col\" class=\"figure\">Time</th>");
    if (tare_is_comparison(run))
        tare_buf_str(out, "<th scope=\"col\" class=\"figure\">Change</th>");
    tare_buf_str(out, "<th scope=\"col\">Verdict</th><th scope=\"col\" class=\"figure\">Throughput</th>");
    if (tare_any_bandwidth(run))
        tare_buf_str(out, "<th scope=\"col\" class=\"figure\">Memory</th>");
    if (tare_any_share(run))
        tare_buf_str(out, "<th scope=\"col\" class=\"figure\">% roof</th>");
    if (tare_any_utilisation(run))
        tare_buf_str(out, "<th scope=\"col\" class=\"figure\" title=\"of the arithmetic's peak\">MFU</th>"
                          "<th scope=\"col\" class=\"figure\" title=\"of the memory's bandwidth\">MBU</th>");
    tare_buf_str(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < run->n_results; i++)
        put_row(out, run, i);
    tare_buf_str(out, "</tbody></table></div>\n");
}

static int put_attention(struct tare_buf *out, const struct tare_run *run)
{
    static const struct {
        const char *title;
        bool (*want)(const struct tare_result *r);
    } lists[] = { { "Failed", tare_is_failed },
                  { "Wrong answers", tare_is_wrong },
                  { "Regressed", tare_is_regressed },
                  { "Improved", tare_is_improved } };
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        const struct tare_result **list;
        size_t n;
        char change[96];
        int rc = tare_pick(&list, &n, run, lists[k].want, true);
        if (rc != 0)
            return rc;
        if (n > 0)
            tare_buf_fmt(out, "<h2>%s</h2>\n<ul>\n", lists[k].title);
        for (size_t i = 0; i < n; i++) {
            tare_buf_fmt(out, "<li><span class=\"%s\">", tare_outcome(list[i]));
            tare_text_xml(out, tare_is_failed(list[i])
                                   ? list[i]->message ? list[i]->message : "failed"
                                   : tare_format_change(change, sizeof change, list[i]->change.ratio));
            tare_buf_fmt(out, "</span> <a href=\"#case-%zu\">", (size_t)(list[i] - run->results) + 1);
            tare_text_html_id(out, list[i]->id);
            tare_buf_str(out, "</a></li>\n");
        }
        if (n > 0)
            tare_buf_str(out, "</ul>\n");
        free(list);
    }
    return 0;
}

static void put_overview(struct tare_buf *out, const struct tare_page *page)
{
    char heading[256];
    struct tare_buf groups = { 0 };
    tare_page_pictures(out, page, TARE_PLOT_COMPARISON, 0, "all cases", NULL);
    for (size_t i = 0, group = 0; i < page->run->n_results; i++) {
        if (is_new_group(heading, sizeof heading, page->run, i))
            tare_page_pictures(&groups, page, TARE_PLOT_GROUP, group++, heading, NULL);
    }
    if (groups.len > 0)
        tare_buf_fmt(out, "<h2>Throughput or value by group</h2>\n%s", groups.data);
    out->failed |= groups.failed;
    tare_buf_free(&groups);
}

static void put_machine(struct tare_buf *out, const struct tare_run *run)
{
    tare_buf_str(out, "<h2>Machine and builds</h2>\n<div class=\"scroll\"><table><tbody>\n");
    if (run->command)
        tare_page_pair(out, "command", run->command);
    if (run->commit)
        tare_page_pair(out, "commit", run->commit);
    for (size_t i = 0; i < run->machine.n; i++) {
        tare_buf_str(out, "<tr><th scope=\"row\">");
        tare_text_xml(out, run->machine.items[i].key);
        tare_buf_str(out, "</th><td>");
        tare_text_xml(out, run->machine.items[i].value);
        tare_buf_str(out, "</td></tr>\n");
    }
    for (size_t i = 0; i < run->n_builds; i++) {
        const struct tare_build *b = &run->builds[i];
        struct tare_buf text = { 0 };
        tare_buf_fmt(&text, "%s: %s, %s %s", b->suite, b->path ? b->path : "", b->compiler ? b->compiler : "",
                     b->options ? b->options : "");
        tare_page_pair(out, "suite", text.data ? text.data : "");
        out->failed |= text.failed;
        tare_buf_free(&text);
    }
    tare_buf_str(out, "</tbody></table></div>\n");
}

static int put_page(struct tare_buf *out, struct tare_page *page, const char *plots_dir)
{
    struct tare_buf script = { 0 };
    tare_buf_str(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                      "content=\"width=device-width, initial-scale=1\">\n<title>Tare report</title>\n<style>\n");
    put_part(out, page, plots_dir, "page.css");
    tare_buf_str(out, "</style>\n</head>\n<body>\n<main>\n");
    put_part(&script, page, plots_dir, "page.js");
    put_top(out, page->run);
    put_notes(out, page);
    int rc = put_attention(out, page->run);
    put_table(out, page->run);
    put_overview(out, page);
    tare_buf_str(out, "<h2>Each case</h2>\n");
    for (size_t i = 0; i < page->run->n_results; i++)
        tare_page_case(out, page, i);
    put_machine(out, page->run);
    tare_buf_str(out, "</main>\n<script>\n");
    tare_buf_add(out, script.data, script.len);
    tare_buf_str(out, "</script>\n</body>\n</html>\n");
    out->failed |= script.failed || page->problems.failed;
    tare_buf_free(&script);
    return rc;
}

int tare_report_html(const char *dir, const char *plots_dir, const struct tare_run *run, size_t *n_plots)
{
    struct tare_page page = { .dir = dir, .run = run };
    struct tare_buf out = { 0 };
    char *pictures = tare_path_join(dir, "plots"), *log = tare_path_join(dir, "plots/gnuplot.log");
    char *index = tare_path_join(dir, "index.html");
    int rc = pictures && log && index ? tare_dir_make(pictures) : TARE_ENOMEM;
    if (rc == 0) {
        remove(log);
        page.gnuplot.log = log;
        if (tare_plots_load(&page.plots, plots_dir) != 0)
            note_problem(&page);
        rc = draw_all(&page);
    }
    if (rc == 0)
        rc = put_page(&out, &page, plots_dir);
    if (rc == 0)
        rc = out.failed ? TARE_ENOMEM : tare_file_write(index, out.data, out.len);
    if (n_plots)
        *n_plots = page.n_pictures;
    tare_plots_free(&page.plots);
    tare_buf_free(&page.problems);
    tare_buf_free(&out);
    free(pictures);
    free(log);
    free(index);
    return rc;
}
