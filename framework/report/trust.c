/* The page of `tare trust`. */
#include "framework/report/trust.h"

#include <math.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/report/console.h"
#include "framework/report/text.h"

enum { WIDTH = 100, LABEL = 30, CELL = 34 };

/* ---- figures ---- */

/* Finding all of them would not show nine of ten. */
static bool too_few(const struct tare_trust_row *row)
{
    return row->n == 0 || tare_rate_of(row->n, row->n).lo < 0.9;
}

static char *format_part(char *buf, size_t n, double part)
{
    double percent = 100 * part, off = fmin(percent, 100 - percent);
    snprintf(buf, n, "%.*f%%", off == 0 ? 0 : off < 0.995 ? 2 : 1, percent);
    return buf;
}

/* "109 of 110   99.1% (95.0% to 99.98%)" */
static char *format_rate(char *buf, size_t n, struct tare_rate r)
{
    char part[16], lo[16], hi[16];
    if (r.n == 0)
        return snprintf(buf, n, "none"), buf;
    format_part(part, sizeof part, (double)r.k / (double)r.n);
    format_part(lo, sizeof lo, r.lo);
    format_part(hi, sizeof hi, r.hi);
    snprintf(buf, n, "%zu of %zu, %s (%s to %s)", r.k, r.n, part, lo, hi);
    return buf;
}

static char *format_believe(char *buf, size_t n, double change)
{
    if (isnan(change))
        return snprintf(buf, n, "too few"), buf;
    if (isinf(change))
        return snprintf(buf, n, "none"), buf;
    snprintf(buf, n, "%g%%", 100 * change);
    return buf;
}

static bool tried(const struct tare_trust *t, enum tare_load load)
{
    for (size_t i = 0; i < t->n_rows; i++)
        if (t->rows[i].load == load && !t->rows[i].suite)
            return true;
    return false;
}

/* The greater of both memories': what is not known there is not known. */
static double believe(const struct tare_trust *t, enum tare_load load, double confidence)
{
    double most = 0;
    for (unsigned m = 0; m < TARE_MEMORIES; m++) {
        double x = tare_trust_believe(t, load, m, confidence);
        if (isnan(x) || isnan(most))
            most = NAN;
        else
            most = fmax(most, x);
    }
    return most;
}

/* ---- parts of the page ---- */

static void put_paragraph(struct tare_buf *out, struct tare_buf *text)
{
    static const struct tare_report_options o = { .width = WIDTH };
    if (text->len > 0)
        tare_console_wrap(out, &o, 0, text->data);
    out->failed |= text->failed;
    tare_buf_free(text);
}

static void put_line(struct tare_buf *out, const char *label, const char *l1, const char *dram)
{
    tare_buf_fmt(out, "  %-*s  %-*s  %s\n", LABEL, label, CELL, l1, dram);
}

static void put_head(struct tare_buf *out, const struct tare_trust *t, const struct tare_run *run)
{
    char time[32];
    struct tare_buf text = { 0 };
    const char *model = tare_facts_get(&run->machine, "cpu.model");
    tare_buf_fmt(&text, "tare trust on %s", model ? model : "an unknown processor");
    if (run->cpu >= 0)
        tare_buf_fmt(&text, ", cpu %d", run->cpu);
    tare_buf_fmt(&text, ": %s of %g minutes%s, margin %g%%, confidence %g%%, seed %llu",
                 tare_format_duration(time, sizeof time, run->elapsed_ns), t->minutes,
                 run->interrupted ? " (interrupted)" : "", 100 * run->margin, 100 * run->confidence,
                 (unsigned long long)run->seed);
    put_paragraph(out, &text);
}

static void put_sentence(struct tare_buf *out, const struct tare_trust *t, const struct tare_run *run,
                         enum tare_load load)
{
    double x = believe(t, load, run->confidence);
    struct tare_buf text = { 0 };
    if (tare_trust_alarms(t, load).lo > 1 - run->confidence)
        tare_buf_str(&text, "Identical code is called changed here more often than the confidence allows: verdicts on "
                            "this machine are not to be believed.");
    else if (isnan(x))
        tare_buf_str(&text, "There were too few comparisons to say which changes you may believe: more --minutes.");
    else if (isinf(x))
        tare_buf_str(&text, "Not one of the planted changes was found reliably: what is called changed may be "
                            "believed, but real changes are missed.");
    else
        tare_buf_fmt(&text, "You may believe changes above %g%%.", 100 * x);
    put_paragraph(out, &text);
}

static void put_believe(struct tare_buf *out, const struct tare_trust *t, const struct tare_run *run)
{
    char cells[TARE_MEMORIES][32];
    put_line(out, "changes found reliably, from", "in L1", "in DRAM");
    for (unsigned load = 0; load < TARE_LOADS; load++) {
        if (!tried(t, load))
            continue;
        for (unsigned m = 0; m < TARE_MEMORIES; m++)
            format_believe(cells[m], sizeof *cells, tare_trust_believe(t, load, m, run->confidence));
        put_line(out, tare_load_titles[load], cells[TARE_MEMORY_L1], cells[TARE_MEMORY_DRAM]);
    }
}

static bool alike(const struct tare_trust_row *a, const struct tare_trust_row *b)
{
    return a->load == b->load && a->kernel == b->kernel && a->suite == b->suite && a->change == b->change &&
           a->budget_ns == b->budget_ns;
}

/* The row of the same kind in the other memory; *first is false when it stands before. */
static const struct tare_trust_row *sibling(const struct tare_trust *t, size_t of, bool *first)
{
    const struct tare_trust_row *row = &t->rows[of];
    for (size_t i = 0; i < t->n_rows; i++)
        if (i != of && alike(&t->rows[i], row) && t->rows[i].memory != row->memory) {
            *first = of < i;
            return &t->rows[i];
        }
    *first = true;
    return NULL;
}

static void format_row(char *cell, size_t n, const struct tare_trust_row *row)
{
    if (!row) {
        *cell = '\0';
        return;
    }
    size_t k = row->change != 0 ? tare_trust_right(row) : tare_trust_wrong(row);
    format_rate(cell, n, tare_rate_of(k, row->n));
    if (too_few(row))
        strncat(cell, " *", n - strlen(cell) - 1);
}

static void put_rows(struct tare_buf *out, const struct tare_trust *t, enum tare_load load)
{
    for (size_t i = 0; i < t->n_rows; i++) {
        const struct tare_trust_row *row = &t->rows[i];
        bool first;
        const struct tare_trust_row *other = sibling(t, i, &first);
        if (row->load != load || row->suite || !first)
            continue;
        char label[64], cells[TARE_MEMORIES][80];
        if (row->change != 0)
            snprintf(label, sizeof label, "%g%% slower, found in %g s", 100 * row->change, row->budget_ns * 1e-9);
        else
            snprintf(label, sizeof label, "%s called changed", row->kernel ? "same kernel" : "same code");
        format_row(cells[row->memory], sizeof *cells, row);
        format_row(cells[!row->memory], sizeof *cells, other);
        put_line(out, label, cells[TARE_MEMORY_L1], cells[TARE_MEMORY_DRAM]);
    }
}

/* Half-width and margin of the comparisons of identical code at the longest budget. */
static int put_visible(struct tare_buf *out, const struct tare_trust *t, enum tare_load load)
{
    char cells[TARE_MEMORIES][80] = { "none", "none" };
    double budget_ns[TARE_MEMORIES] = { 0 };
    int rc = 0;
    for (size_t i = 0; i < t->n_rows && rc == 0; i++) {
        const struct tare_trust_row *row = &t->rows[i];
        if (row->load != load || row->suite || row->kernel || row->change != 0 || row->n == 0 ||
            row->budget_ns <= budget_ns[row->memory])
            continue;
        double median = 0, most = 0;
        rc = tare_trust_visible(&median, row, 0.5);
        if (rc == 0)
            rc = tare_trust_visible(&most, row, 0.95);
        budget_ns[row->memory] = row->budget_ns;
        snprintf(cells[row->memory], sizeof *cells, "%.2f%% (95%% of them: %.2f%%)", 100 * median, 100 * most);
    }
    put_line(out, "smallest visible change", cells[TARE_MEMORY_L1], cells[TARE_MEMORY_DRAM]);
    return rc;
}

static int put_load(struct tare_buf *out, const struct tare_trust *t, enum tare_load load)
{
    char title[64], cells[TARE_MEMORIES][80];
    snprintf(title, sizeof title, "%c%s", tare_load_titles[load][0] - 'a' + 'A', tare_load_titles[load] + 1);
    tare_buf_fmt(out, "\n%-*s  %-*s  %s\n", LABEL + 2, title, CELL, "in L1", "in DRAM");
    put_rows(out, t, load);
    for (unsigned m = 0; m < TARE_MEMORIES; m++)
        format_rate(cells[m], sizeof *cells, tare_trust_coverage(t, load, m));
    put_line(out, "interval holds the truth", cells[TARE_MEMORY_L1], cells[TARE_MEMORY_DRAM]);
    int rc = put_visible(out, t, load);
    put_line(out, "direction wrong", format_rate(cells[0], sizeof *cells, tare_trust_reversed(t, load)), "");
    put_line(out, "all same code called changed", format_rate(cells[0], sizeof *cells, tare_trust_alarms(t, load)), "");
    return rc;
}

static void put_suite(struct tare_buf *out, const struct tare_trust *t)
{
    char rate[96], all[96];
    size_t n = 0, alarms = 0;
    double budget_ns = 0;
    struct tare_buf text = { 0 };
    if (t->suite_wanted == 0)
        return;
    for (size_t i = 0; i < t->n_rows; i++) {
        if (!t->rows[i].suite)
            continue;
        n += t->rows[i].n;
        alarms += tare_trust_wrong(&t->rows[i]);
        budget_ns = t->rows[i].budget_ns;
    }
    tare_buf_fmt(&text, "A suite of %zu unchanged cases at %g s a case, run %zu times", t->suite_cases,
                 budget_ns * 1e-9, t->suite_runs);
    if (t->suite_runs < t->suite_wanted)
        tare_buf_fmt(&text, " (of %zu: the time was too short)", t->suite_wanted);
    tare_buf_fmt(&text, ": runs with a false alarm %s; comparisons called changed %s.",
                 format_rate(rate, sizeof rate, tare_rate_of(t->suite_alarms, t->suite_runs)),
                 format_rate(all, sizeof all, tare_rate_of(alarms, n)));
    tare_buf_str(out, "\n");
    put_paragraph(out, &text);
}

/* Which case stands for what. */
static void put_cases(struct tare_buf *text, const struct tare_trust *t)
{
    for (unsigned m = 0; m < TARE_MEMORIES; m++)
        for (int kernel = 0; kernel < 2; kernel++)
            for (size_t i = 0; i < t->n_rows; i++) {
                const struct tare_trust_row *row = &t->rows[i];
                if (row->memory == m && row->kernel == kernel && row->change == 0) {
                    tare_buf_fmt(text, "%s %s: %s. ", kernel ? "Kernel in" : "In", tare_memory_names[m], row->id);
                    break;
                }
            }
}

static void put_notes(struct tare_buf *out, const struct tare_trust *t, const struct tare_run *run)
{
    struct tare_buf text = { 0 };
    size_t failed = 0;
    bool few = false;
    for (size_t i = 0; i < t->n_rows; i++) {
        few |= !t->rows[i].suite && too_few(&t->rows[i]);
        failed += t->rows[i].failed;
    }
    tare_buf_str(out, "\n");
    tare_buf_fmt(&text,
                 "Found: called regressed, with changes within %g%% taken for none. Reliably: in at least nine of ten "
                 "comparisons at the longest budget, shown with 95%% confidence. In brackets: 95%% intervals after "
                 "Clopper and Pearson. ",
                 100 * run->margin);
    put_cases(&text, t);
    put_paragraph(out, &text);
    if (few) {
        tare_buf_str(&text, "*: too few comparisons for this figure to say much (fewer than 36): more --minutes.");
        put_paragraph(out, &text);
    }
    if (failed > 0) {
        tare_buf_fmt(&text, "warning: %zu comparisons could not be measured", failed);
        put_paragraph(out, &text);
    }
    for (size_t i = 0; i < run->n_warnings; i++) {
        tare_buf_fmt(&text, "warning: %s", run->warnings[i]);
        put_paragraph(out, &text);
    }
}

int tare_trust_page(struct tare_buf *out, const struct tare_trust *t, const struct tare_run *run)
{
    int rc = 0;
    unsigned first = 0;
    while (first < TARE_LOADS && !tried(t, first))
        first++;
    put_head(out, t, run);
    tare_buf_str(out, "\n");
    if (first < TARE_LOADS)
        put_sentence(out, t, run, first);
    tare_buf_str(out, "\n");
    put_believe(out, t, run);
    for (unsigned load = 0; load < TARE_LOADS && rc == 0; load++)
        if (tried(t, load))
            rc = put_load(out, t, load);
    put_suite(out, t);
    put_notes(out, t, run);
    return rc == 0 && out->failed ? TARE_ENOMEM : rc;
}
