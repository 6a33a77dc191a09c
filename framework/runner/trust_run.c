#include "framework/runner/trust_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/rng.h"
#include "framework/base/text.h"
#include "framework/platform/clock.h"
#include "framework/runner/stop.h"
#include "framework/runner/trust_load.h"
#include "framework/runner/trust_plan.h"

/* ---- the cases: the same suite files loaded as the side before and as the side now ---- */

static const struct subject {
    enum tare_memory memory;
    bool kernel;
    const char *old, *now; /* id; "%s" is the percent planted; of a kernel a pattern, whose last match is the strongest
                              variant */
    size_t in_suite;       /* of the cases of a suite of unchanged cases */
} subjects[] = {
    { TARE_MEMORY_L1, false, "selfcheck/planted/slow=0", "selfcheck/planted/slow=%s", 110 },
    { TARE_MEMORY_DRAM, false, "selfcheck/stream/slow=0", "selfcheck/stream/slow=%s", 60 },
    { TARE_MEMORY_L1, true, "kernels/rmsnorm/f32/*/llama-1b.norm/m=1/threads=1", NULL, 28 },
    { TARE_MEMORY_DRAM, true, "kernels/matmul/f32/*/llama-1b.attn_q/m=1/threads=1/cache=cold", NULL, 2 },
};
enum { N_SUBJECTS = sizeof subjects / sizeof *subjects };

struct place {
    size_t file, index;
};

/* A pair of cases with a known truth. */
struct pair {
    struct place old, now;
    bool found;
};

static bool find_case(struct place *out, const struct session *s, const struct side *side, const char *pattern)
{
    bool found = false;
    for (size_t i = 0; i < side->n; i++) {
        const struct suite_file *f = &s->files.items[side->files[i]];
        for (size_t k = 0; !f->problem && k < f->n_cases; k++)
            if (tare_glob(pattern, f->cases[k].id)) {
                *out = (struct place){ side->files[i], k };
                found = true;
            }
    }
    return found;
}

static void find_pair(struct pair *p, const struct session *s, const struct subject *subject, const char *slow)
{
    char now[96];
    if (subject->now)
        snprintf(now, sizeof now, subject->now, slow);
    else
        snprintf(now, sizeof now, "%s", subject->old);
    p->found = find_case(&p->old, s, &s->before, subject->old) && find_case(&p->now, s, &s->now, now);
}

static const struct subject *subject_of(enum tare_memory memory, bool kernel)
{
    for (size_t i = 0; i < N_SUBJECTS; i++)
        if (subjects[i].memory == memory && subjects[i].kernel == kernel)
            return &subjects[i];
    return NULL;
}

static int load_suites(struct session *s)
{
    static const char *const used[] = { "selfcheck", "kernels" };
    int rc = session_add_found(s, &s->now);
    if (rc == 0)
        rc = session_list(s);
    size_t n = s->now.n;
    for (size_t i = 0; i < n && rc == 0; i++) {
        const struct suite_file *f = &s->files.items[s->now.files[i]];
        for (size_t k = 0; k < 2 && !f->problem && rc == 0; k++)
            if (strcmp(f->build.suite, used[k]) == 0) {
                rc = session_add_file(s, &s->before, f->path);
                f = &s->files.items[s->now.files[i]]; /* items may have moved */
            }
    }
    return rc == 0 ? session_list(s) : rc;
}

/* ---- the work ---- */

/* What belongs to a row of the tally. */
struct item {
    struct pair pair;
    const struct schedule *schedule;
    double weight; /* comparisons wanted, in proportion; 0: it belongs to runs over a suite */
};

struct work {
    struct tare_trust *t;
    struct session *s;
    struct item *items; /* [t->n_rows] */
    size_t n_items, capacity;
    uint64_t begin;           /* ns of the system's clock */
    double spent_s, inside_s; /* so far: gone by, and inside comparisons */
};

static double now_s(const struct work *w)
{
    return (double)(tare_clock_system() - w->begin) * 1e-9;
}

static int add_row(struct work *w, enum tare_load load, const struct subject *subject, const char *slow, double change,
                   const struct item *like, double budget_ns)
{
    struct pair pair;
    find_pair(&pair, w->s, subject, slow);
    if (!pair.found)
        return 0;
    struct tare_trust_row *row = tare_trust_row(w->t);
    if (!row || tare_grow(&w->items, &w->capacity, w->n_items + 1, sizeof *w->items) != 0)
        return TARE_ENOMEM;
    w->items[w->n_items++] = (struct item){ pair, like->schedule, like->weight };
    row->load = load;
    row->memory = subject->memory;
    row->kernel = subject->kernel;
    row->suite = like->weight == 0;
    row->change = change;
    row->budget_ns = budget_ns;
    row->id = tare_strdup(w->s->files.items[pair.now.file].cases[pair.now.index].id);
    return row->id ? 0 : TARE_ENOMEM;
}

static int add_suite_rows(struct work *w, const struct trust_phase *phase)
{
    const struct item item = { .schedule = schedule_find("quick") };
    double budget_ns = 1e9 * trust_suite_budget(phase->seconds, w->t->suite_wanted, w->t->suite_cases);
    int rc = 0;
    for (size_t i = 0; i < N_SUBJECTS && rc == 0; i++)
        rc = add_row(w, phase->load, &subjects[i], "0", 0, &item, budget_ns);
    return rc;
}

static int add_rows(struct work *w, const struct trust_phase *phase)
{
    int rc = 0;
    for (size_t i = 0; i < trust_n_wishes && rc == 0; i++) {
        const struct trust_wish *wish = &trust_wishes[i];
        const struct item item = { .schedule = schedule_find(wish->schedule),
                                   .weight = phase->load == TARE_LOAD_NONE ? wish->alone : wish->loaded };
        rc = add_row(w, phase->load, subject_of(wish->memory, wish->kernel), wish->slow, wish->change, &item,
                     item.schedule->budget_ns);
    }
    return rc;
}

/* Makes room for the next comparisons in the session. */
static void clear(struct session *s)
{
    conductor_free(&s->conductor);
    for (size_t i = 0; i < s->run.n_results; i++)
        tare_result_free(&s->run.results[i]);
    s->run.n_results = 0;
}

static int plan_one(struct session *s, const struct pair *p)
{
    int rc = session_plan_case(s, p->now.file, p->now.index, (long)p->old.file, (long)p->old.index);
    if (rc != 0)
        return rc;
    struct tare_result *r = &s->run.results[s->run.n_results - 1];
    char *id = tare_format("%s#%zu", r->id, s->run.n_results); /* the same case comes often */
    if (!id)
        return TARE_ENOMEM;
    free(r->id);
    r->id = id;
    return 0;
}

/* Measures what is planned; counts result i for row rows[i]. Comparisons that the user cut short do not count. */
static int measure(struct work *w, const struct schedule *schedule, double budget_ns, const size_t *rows,
                   size_t *alarms)
{
    struct session *s = w->s;
    double before = now_s(w);
    snprintf(s->progress.about, sizeof s->progress.about, "minute %.0f of %g, %s: ", ceil((before + 1) / 60),
             w->t->minutes, tare_load_titles[w->t->rows[rows[0]].load]);
    s->conductor.schedule = *schedule;
    schedule_set_budget(&s->conductor.schedule, budget_ns);
    s->run.budget_ns = budget_ns;
    int rc = conductor_run(&s->conductor);
    s->run.seed++;
    *alarms = 0;
    for (size_t i = 0; i < s->run.n_results && rc == 0; i++) {
        const struct tare_result *r = &s->run.results[i];
        struct tare_trust_row *row = &w->t->rows[rows[i]];
        if (!s->conductor.entries[i].done)
            continue;
        w->inside_s += (r->measured_ns + r->warmup_ns) * 1e-9;
        *alarms += row->change == 0 && (r->change.verdict == TARE_REGRESSED || r->change.verdict == TARE_IMPROVED);
        rc = tare_trust_count(row, r);
    }
    w->spent_s += now_s(w) - before;
    clear(s);
    return rc;
}

/* ---- single comparisons: batches of all kinds mixed ---- */

/* Seconds a comparison of a row will take, by those of the same kind so far. */
static double cost_of(const struct work *w, size_t i)
{
    const struct tare_trust_row *row = &w->t->rows[i];
    double inside = 0.6 * row->budget_ns * 1e-9 + 0.05, n = 1; /* before there are any */
    for (size_t k = 0; k < w->t->n_rows; k++) {
        const struct tare_trust_row *like = &w->t->rows[k];
        if (like->memory != row->memory || like->kernel != row->kernel || like->change != row->change ||
            like->budget_ns != row->budget_ns || like->suite)
            continue;
        inside += like->time_ns * 1e-9;
        n += (double)(like->n + like->failed);
    }
    double part = w->inside_s > 0 ? w->spent_s / w->inside_s : 1.2;
    return inside / n * part;
}

/* Measures the rows of a batch that share a schedule. */
static int measure_batch(struct work *w, const size_t *counts, const struct schedule *schedule)
{
    struct session *s = w->s;
    size_t total = 0, n = 0, alarms;
    for (size_t i = 0; i < w->t->n_rows; i++)
        total += counts[i];
    size_t *rows = tare_calloc(total + 1, sizeof *rows);
    int rc = rows ? 0 : TARE_ENOMEM;
    for (size_t i = 0; i < w->t->n_rows; i++)
        for (size_t k = 0; k < counts[i] && w->items[i].schedule == schedule && rc == 0; k++) {
            rows[n++] = i;
            rc = plan_one(s, &w->items[i].pair);
        }
    if (rc == 0 && n > 0)
        rc = measure(w, schedule, schedule->budget_ns, rows, &alarms);
    free(rows);
    return rc;
}

static int measure_singles(struct work *w, enum tare_load load, double until_s)
{
    size_t n = w->t->n_rows;
    struct trust_demand *demands = tare_calloc(n + 1, sizeof *demands);
    size_t *counts = tare_calloc(n + 1, sizeof *counts);
    int rc = demands && counts ? 0 : TARE_ENOMEM;
    while (rc == 0 && !stop_asked) {
        for (size_t i = 0; i < n; i++) {
            const struct tare_trust_row *row = &w->t->rows[i];
            demands[i] = (struct trust_demand){ row->load == load ? w->items[i].weight : 0, 0, cost_of(w, i) };
            demands[i].done = demands[i].weight > 0 ? row->n + row->failed : 0;
        }
        if (trust_batch(counts, demands, n, trust_batch_seconds(until_s - now_s(w))) == 0)
            break;
        for (size_t k = 0; k < n_schedules && rc == 0 && !stop_asked; k++)
            rc = measure_batch(w, counts, &schedules[k]);
    }
    free(demands);
    free(counts);
    return rc;
}

/* ---- runs over a whole suite ---- */

static int plan_suite(struct work *w, enum tare_load load, size_t *rows)
{
    size_t n = 0;
    int rc = 0;
    while (n < w->t->suite_cases && rc == 0) { /* more than one turn where kernels are missing */
        for (size_t i = 0; i < w->t->n_rows; i++) {
            const struct tare_trust_row *row = &w->t->rows[i];
            if (!row->suite || row->load != load)
                continue;
            size_t want = subject_of(row->memory, row->kernel)->in_suite;
            for (size_t k = 0; k < want && n < w->t->suite_cases && rc == 0; k++) {
                rows[n++] = i;
                rc = plan_one(w->s, &w->items[i].pair);
            }
        }
    }
    return rc;
}

static double suite_budget(const struct tare_trust *t, enum tare_load load)
{
    for (size_t i = 0; i < t->n_rows; i++)
        if (t->rows[i].suite && t->rows[i].load == load)
            return t->rows[i].budget_ns;
    return 0;
}

static int measure_suites(struct work *w, enum tare_load load, double until_s)
{
    size_t *rows = tare_calloc(w->t->suite_cases, sizeof *rows), alarms;
    int rc = rows ? 0 : TARE_ENOMEM;
    double budget_ns = suite_budget(w->t, load);
    double longest = trust_suite_seconds(budget_ns * 1e-9, w->t->suite_cases);
    while (rc == 0 && w->t->suite_runs < w->t->suite_wanted) {
        double begin = now_s(w);
        if (stop_asked || begin + longest > until_s)
            break;
        rc = plan_suite(w, load, rows);
        if (rc == 0)
            rc = measure(w, schedule_find("quick"), budget_ns, rows, &alarms);
        if (rc != 0 || w->s->run.interrupted)
            break;
        w->t->suite_runs++;
        w->t->suite_alarms += alarms > 0;
        longest = fmax(longest, now_s(w) - begin);
    }
    free(rows);
    return rc;
}

/* ---- all of it ---- */

static int measure_phase(struct work *w, const struct trust_phase *phase, double until_s)
{
    struct session *s = w->s;
    struct trust_loaders loaders;
    int rc = trust_load_start(&loaders, phase->load, &s->topology, s->setting.n_cpus ? s->setting.cpus[0] : -1);
    if (rc != 0)
        return rc;
    rc = phase->suite ? measure_suites(w, phase->load, until_s) : measure_singles(w, phase->load, until_s);
    if (rc == 0)
        rc = trust_load_check(&loaders);
    trust_load_stop(&loaders);
    return rc;
}

static int warn_missing(struct work *w)
{
    bool kernels = false;
    for (size_t i = 0; i < w->t->n_rows; i++)
        kernels |= w->t->rows[i].kernel;
    return kernels ? 0 : tare_run_warn(&w->s->run, "suite 'kernels' was not found: no real kernel was tried");
}

static int measure_all(struct work *w, const struct trust_aim *aim)
{
    struct trust_phase phases[TRUST_PHASES];
    double seconds = 60 * aim->minutes;
    unsigned loads = aim->loads;
    if (w->s->topology.n_cpus < 2 && (loads & ~(1u << TARE_LOAD_NONE))) {
        int rc = tare_run_warn(&w->s->run, "only one CPU is allowed here: nothing was tried with a load beside it");
        if (rc != 0)
            return rc;
        loads = 1u << TARE_LOAD_NONE;
    }
    size_t n = trust_phases(phases, seconds, loads, aim->suite_runs);
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = phases[i].suite ? add_suite_rows(w, &phases[i]) : add_rows(w, &phases[i]);
    if (rc == 0)
        rc = warn_missing(w);
    double begin = now_s(w), planned = 0;
    for (size_t i = 0; i < n; i++)
        planned += phases[i].seconds;
    for (size_t i = 0; i < n && rc == 0 && !stop_asked; i++) {
        /* What one phase took too long, or did not need, is shared by those to come. */
        double part = phases[i].seconds / planned, now = now_s(w);
        planned -= phases[i].seconds;
        rc = measure_phase(w, &phases[i], now + part * fmax(0, begin + seconds - now));
    }
    return rc;
}

int trust_measure(struct tare_trust *t, struct session *s, const struct trust_aim *aim)
{
    struct work w = { .t = t, .s = s, .begin = tare_clock_system() };
    struct pair planted;
    int rc = load_suites(s);
    if (rc != 0)
        return rc;
    find_pair(&planted, s, &subjects[0], "0");
    if (!planted.found)
        return tare_fail(TARE_ENOENT, "suite 'selfcheck' was not found: its planted changes are what is looked for");
    t->minutes = aim->minutes;
    t->suite_wanted = aim->suite_runs;
    for (size_t i = 0; i < N_SUBJECTS; i++)
        t->suite_cases += subjects[i].in_suite;
    s->compares = true;
    rc = measure_all(&w, aim);
    s->run.interrupted |= stop_asked != 0;
    s->run.elapsed_ns = (double)(tare_clock_system() - w.begin);
    free(w.items);
    return rc;
}
