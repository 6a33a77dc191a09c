/* The roofs that the cases of a run need, measured before them and behind them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/platform/clock.h"
#include "framework/report/text.h"
#include "framework/runner/session.h"
#include "framework/runner/stop.h"

static const double moved_beyond = 0.1; /* roofs that differ by more before and behind are told of */

/* What the cases that are to be measured need. */
static int want(struct session *s)
{
    int rc = 0;
    for (size_t i = 0; i < s->conductor.n_entries && rc == 0; i++) {
        const struct entry *e = &s->conductor.entries[i];
        struct tare_demand d = tare_work_demand(&s->run.results[e->result].work);
        if (e->n_arms > 0)
            rc = roofs_want(&s->meter, &s->run.roofs, &d);
    }
    return rc;
}

static bool any_needs(const struct session *s)
{
    for (size_t i = 0; i < s->conductor.n_entries; i++) {
        struct tare_need needs[TARE_MOST_NEEDS];
        const struct entry *e = &s->conductor.entries[i];
        struct tare_demand d = tare_work_demand(&s->run.results[e->result].work);
        if (e->n_arms > 0 && tare_demand_needs(needs, &d, s->run.roofs.caches) > 0)
            return true;
    }
    return false;
}

/* An error of the suite is no error of the run: the column says nothing, and a line says why. */
static int lacking(struct session *s, int rc)
{
    if (rc == TARE_ENOMEM)
        return rc;
    if (rc == TARE_ESTOP)
        return 0; /* the conductor sees it too */
    s->run.roofs.problem = tare_strdup(tare_error());
    return s->run.roofs.problem ? 0 : TARE_ENOMEM;
}

int session_roofs_before(struct session *s)
{
    if (!s->wants_roofs || s->o->no_roofs || s->run.roofs.n > 0) /* there are those of stored results */
        return 0;
    roofs_caches(&s->run.roofs, &s->topology);
    if (!any_needs(s))
        return 0;
    int rc = roofs_open(&s->meter, &s->setting, &stop_asked);
    if (rc != 0)
        return lacking(s, rc);
    s->meter.confidence = s->run.confidence;
    rc = want(s);
    if (rc == 0)
        rc = roofs_measure(&s->meter, &s->run.roofs, false, &s->progress);
    return rc == 0 ? 0 : lacking(s, rc);
}

/* Which of them moved the most, if any did beyond its intervals. */
static const struct tare_roof *most_moved(const struct tare_roofs *r, size_t *n)
{
    const struct tare_roof *most = NULL;
    double by = 0;
    *n = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct tare_roof *x = &r->items[i];
        double change = fabs(log(x->last.value / x->first.value));
        bool apart = x->last.lo > x->first.hi || x->last.hi < x->first.lo;
        if (!(change > log1p(moved_beyond)) || !apart)
            continue;
        ++*n;
        if (change > by) {
            by = change;
            most = x;
        }
    }
    return most;
}

static int warn_moved(struct session *s)
{
    size_t n;
    const struct tare_roof *r = most_moved(&s->run.roofs, &n);
    char name[48], before[32], behind[32];
    if (!r)
        return 0;
    return tare_run_warn(
        &s->run,
        "the machine did not stay as it was: %zu of its %zu roofs measured otherwise at the end than at the "
        "beginning, %s the most: %s, then %s; the higher one counts",
        n, s->run.roofs.n, tare_format_roof_name(name, sizeof name, r),
        tare_format_roof_rate(before, sizeof before, r->kind, r->first.value),
        tare_format_roof_rate(behind, sizeof behind, r->kind, r->last.value));
}

int session_roofs_after(struct session *s)
{
    if (s->meter.n == 0) /* nothing was measured */
        return 0;
    int rc = s->run.interrupted ? 0 : roofs_measure(&s->meter, &s->run.roofs, true, &s->progress);
    progress_end(&s->progress);
    if (rc != 0)
        rc = lacking(s, rc);
    tare_run_bound(&s->run);
    return rc == 0 ? warn_moved(s) : rc;
}

int session_roofs_all(struct session *s)
{
    int counts[32];
    uint64_t begin = tare_clock_system();
    roofs_caches(&s->run.roofs, &s->topology);
    int rc = roofs_open(&s->meter, &s->setting, &stop_asked);
    s->meter.confidence = s->run.confidence;
    size_t n = rc == 0 ? roofs_thread_counts(&s->meter, counts, sizeof counts / sizeof *counts) : 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = roofs_want_all(&s->meter, &s->run.roofs, counts[i]);
    for (int last = 0; last < 2 && rc == 0; last++)
        rc = roofs_measure(&s->meter, &s->run.roofs, last, &s->progress);
    progress_end(&s->progress);
    s->run.elapsed_ns = (double)(tare_clock_system() - begin);
    if (rc == 0)
        rc = warn_moved(s);
    return rc == TARE_ESTOP ? tare_fail(TARE_ESTOP, "interrupted") : rc;
}
