/* What several reports say in the same words. */
#include <math.h>
#include <string.h>

#include "framework/report/pick.h"
#include "framework/report/text.h"

char *tare_text_heading(char *heading, size_t n, const char **name, const struct tare_result *r)
{
    const char *suite = r->suite ? r->suite : "", *group = r->group ? r->group : "";
    int len = snprintf(heading, n, "%s/%s", suite, group);
    *name = r->id;
    if (len > 0 && (size_t)len < n && strncmp(r->id, heading, (size_t)len) == 0) {
        if (r->id[len] == '/') {
            *name = r->id + len + 1;
            return heading;
        }
        if (r->id[len] == '\0') { /* neither variant nor parameters: the group is the name */
            snprintf(heading, n, "%s", suite);
            *name = r->id + strlen(suite) + 1;
            return heading;
        }
    }
    snprintf(heading, n, "%s", suite);
    return heading;
}

const char *tare_outcome(const struct tare_result *r)
{
    if (tare_is_failed(r))
        return "failed";
    if (tare_is_gone(r))
        return "gone";
    if (tare_is_unmeasured(r))
        return "not measured";
    if (tare_is_new(r))
        return "new";
    return tare_is_compared(r) ? tare_verdict_name(r->change.verdict) : "";
}

/* Adds "12 name" to a list that commas separate. */
static void add_count(struct tare_buf *out, bool *first, size_t count, const char *name)
{
    char number[32];
    if (count == 0)
        return;
    tare_buf_fmt(out, "%s%s %s", *first ? "" : ", ", tare_format_count(number, sizeof number, count), name);
    *first = false;
}

/* "30 page faults", "280 preempted". */
static void add_cause(struct tare_buf *out, bool *first, size_t count, enum tare_cause cause)
{
    static const bool countable[TARE_CAUSES] = {
        [TARE_CAUSE_FAULT] = true, [TARE_CAUSE_SEVERE] = true, [TARE_CAUSE_MILD] = true
    };
    add_count(out, first, count, tare_cause_name(cause));
    if (count > 1 && countable[cause])
        tare_buf_str(out, "s");
}

static size_t count_of(const struct tare_run *run, bool (*want)(const struct tare_result *r))
{
    size_t n = 0;
    for (size_t i = 0; i < run->n_results; i++)
        n += want(&run->results[i]);
    return n;
}

void tare_text_summary(struct tare_buf *out, const struct tare_run *run)
{
    static const enum tare_verdict order[] = { TARE_UNCHANGED, TARE_IMPROVED, TARE_REGRESSED, TARE_INCONCLUSIVE };
    struct tare_totals totals = tare_run_totals(run);
    size_t gone = count_of(run, tare_is_gone);
    size_t cases = run->n_results - gone;
    char number[32], time[32];
    tare_buf_fmt(out, "%s %s in %s", tare_format_count(number, sizeof number, cases), cases == 1 ? "case" : "cases",
                 tare_format_duration(time, sizeof time, run->elapsed_ns));
    struct tare_buf list = { 0 };
    bool first = true;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        add_count(&list, &first, totals.verdicts[order[i]], tare_verdict_name(order[i]));
    add_count(&list, &first, totals.wrong, totals.wrong == 1 ? "wrong answer" : "wrong answers");
    add_count(&list, &first, count_of(run, tare_is_new), "new");
    add_count(&list, &first, gone, "gone");
    add_count(&list, &first, count_of(run, tare_is_failed), "failed");
    add_count(&list, &first, count_of(run, tare_is_unmeasured), "not measured");
    if (list.len > 0)
        tare_buf_fmt(out, ": %s", list.data);
    out->failed |= list.failed;
    tare_buf_free(&list);
    if (run->interrupted)
        tare_buf_str(out, "; stopped before its end");
}

void tare_text_set_aside(struct tare_buf *out, size_t samples, const size_t set_aside[TARE_CAUSES])
{
    size_t aside = 0;
    for (int c = TARE_CAUSE_NONE + 1; c < TARE_CAUSES; c++)
        aside += c == TARE_CAUSE_MILD ? 0 : set_aside[c];
    char part[32], whole[32];
    tare_buf_fmt(out, "%s of %s samples set aside", tare_format_count(part, sizeof part, aside),
                 tare_format_count(whole, sizeof whole, samples));
    bool first = true;
    if (aside > 0)
        tare_buf_str(out, ": ");
    for (int c = TARE_CAUSE_NONE + 1; c < TARE_CAUSES; c++)
        add_cause(out, &first, c == TARE_CAUSE_MILD ? 0 : set_aside[c], (enum tare_cause)c);
    if (set_aside[TARE_CAUSE_MILD] > 0) {
        tare_buf_str(out, "; ");
        first = true;
        add_cause(out, &first, set_aside[TARE_CAUSE_MILD], TARE_CAUSE_MILD);
        tare_buf_str(out, " kept");
    }
}

void tare_text_answer(struct tare_buf *out, const struct tare_answer *a)
{
    char ulp[32], bound[32];
    tare_format_number(ulp, sizeof ulp, a->ulp);
    tare_format_number(bound, sizeof bound, a->bound);
    if (!a->compared)
        return;
    if (a->ulp == 0) {
        tare_buf_str(out, "the same answer");
    } else if (!tare_answer_wrong(a)) {
        tare_buf_fmt(out, "answer within %s ulp", ulp);
        if (isfinite(a->bound))
            tare_buf_fmt(out, " (of %s)", bound);
    } else {
        tare_text_clean(out, a->what);
        if (isfinite(a->ulp) && a->bound > 0)
            tare_buf_fmt(out, ": %s ulp apart, where %s are allowed", ulp, bound);
        else if (isfinite(a->ulp))
            tare_buf_fmt(out, ": %s ulp apart, where none is allowed", ulp);
    }
}

/* "about 4.2%" or "between 1.0% and 4.2%": the drift that the stored intervals were widened by. */
static void add_drift(struct tare_buf *out, const struct tare_run *run)
{
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < run->n_results; i++) {
        const struct tare_change *c = &run->results[i].change;
        if (tare_is_compared(&run->results[i]) && c->method == TARE_METHOD_STORED && isfinite(c->drift)) {
            least = fmin(least, c->drift);
            most = fmax(most, c->drift);
        }
    }
    if (most < least)
        return;
    char lo[32], hi[32];
    tare_format_relative(lo, sizeof lo, expm1(least));
    tare_format_relative(hi, sizeof hi, expm1(most));
    if (strcmp(lo, hi) == 0)
        tare_buf_fmt(out, ", about %s here,", hi);
    else
        tare_buf_fmt(out, ", between %s and %s here,", lo, hi);
}

char *tare_format_drift_source(char *buf, size_t n, const struct tare_change *c)
{
    if (c->drift_runs > 0)
        snprintf(buf, n, "estimated from %zu earlier runs", c->drift_runs);
    else
        snprintf(buf, n, "assumed");
    return buf;
}

/* From how many earlier runs the drift is known. */
static void add_runs(struct tare_buf *out, const struct tare_run *run)
{
    size_t least = SIZE_MAX, most = 0, assumed = 0;
    for (size_t i = 0; i < run->n_results; i++) {
        const struct tare_change *c = &run->results[i].change;
        if (!tare_is_compared(&run->results[i]) || c->method != TARE_METHOD_STORED)
            continue;
        assumed += c->drift_runs == 0;
        if (c->drift_runs > 0 && c->drift_runs < least)
            least = c->drift_runs;
        most = c->drift_runs > most ? c->drift_runs : most;
    }
    if (most == 0) {
        tare_buf_str(out, "it is assumed, for the history has fewer than three runs of one build on this machine");
        return;
    }
    tare_buf_str(out, "it is estimated from ");
    if (least < most)
        tare_buf_fmt(out, "%zu to ", least);
    tare_buf_fmt(out, "%zu earlier runs of unchanged builds on this machine", most);
    if (assumed > 0)
        tare_buf_fmt(out, ", and assumed for %zu %s without such runs", assumed, assumed == 1 ? "case" : "cases");
}

static bool is_compared_with_stored(const struct tare_result *r)
{
    return tare_is_compared(r) && r->change.method == TARE_METHOD_STORED;
}

void tare_text_method(struct tare_buf *out, const struct tare_run *run)
{
    size_t stored = count_of(run, is_compared_with_stored), compared = count_of(run, tare_is_compared);
    char number[32];
    if (run->method == TARE_METHOD_NONE || compared == 0)
        return;
    if (stored < compared)
        tare_buf_str(out, "Both builds were measured again, in turns: the machine's drift cancels out.");
    if (stored == 0)
        return;
    if (stored < compared)
        tare_buf_fmt(out, " Not so for %s of %s cases:", tare_format_count(number, sizeof number, stored),
                     tare_format_count((char[32]){ 0 }, 32, compared));
    else
        tare_buf_str(out, "Compared with stored samples:");
    tare_buf_str(out, " the other side's samples were taken earlier, and the machine's drift");
    add_drift(out, run);
    tare_buf_str(out, " stands between the two; ");
    add_runs(out, run);
    tare_buf_str(out, ". The intervals are widened by it; a change smaller than that cannot be "
                      "told from it. Measuring both builds again, in turns, removes it.");
}

static bool is_called_changed(const struct tare_result *r)
{
    return r->change.method == TARE_METHOD_PAIRED &&
           (r->change.verdict == TARE_REGRESSED || r->change.verdict == TARE_IMPROVED);
}

static bool is_paired(const struct tare_result *r)
{
    return r->change.method == TARE_METHOD_PAIRED;
}

void tare_text_false_alarms(struct tare_buf *out, const struct tare_run *run)
{
    size_t called = count_of(run, is_called_changed);
    if (called == 0)
        return;
    tare_buf_fmt(out, "False alarms to expect among the changes called: at most %.2g of %zu, over all %zu cases.",
                 (1 - run->confidence) * (double)called, called, count_of(run, is_paired));
}

void tare_text_no_roofs(struct tare_buf *out, const struct tare_run *run)
{
    if (run->roofs.problem)
        tare_buf_fmt(out, "No share of the roof: %s", run->roofs.problem);
}
