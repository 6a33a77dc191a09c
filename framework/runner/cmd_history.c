/* `tare history`: the builds of many baselines take turns in one process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/base/text.h"
#include "framework/report/timeline.h"
#include "framework/runner/command.h"
#include "framework/runner/session.h"
#include "framework/runner/stop.h"
#include "framework/suite/select.h"

enum { MOST = TARE_MAX_ARMS - 2 }; /* baselines; one arm is the check */

struct column {
    struct tare_baseline b;
    struct side side;
};

struct timeline {
    struct session s;
    struct column columns[MOST]; /* oldest first */
    size_t n;
    const char **patterns;
    size_t n_patterns;
    size_t *columns_of; /* [n_cases][MOST] of every case, the columns its builds are from; as many as arms less check */
    size_t capacity;
    struct tare_timeline out;
};

/* ---- which baselines ---- */

static int add_column(struct timeline *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->columns[i].b.name, name) == 0)
            return tare_fail(TARE_EUSAGE, "baseline '%s' is named twice", name);
    if (t->n == MOST)
        return tare_fail(TARE_EUSAGE, "more than %d baselines can't take turns at once", MOST);
    struct column *c = &t->columns[t->n];
    *c = (struct column){ 0 };
    int rc = tare_baseline_load(&c->b, &t->s.store, name);
    t->n += rc == 0;
    return rc;
}

/* The newest ones of the store. Those that can't be loaded are left out, with a line. */
static int add_newest(struct timeline *t, size_t last)
{
    struct tare_baseline_entry *entries;
    size_t n, most = last && last < MOST ? last : MOST, sound = 0;
    int rc = tare_baseline_list(&entries, &n, &t->s.store);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < n && rc == 0; i++) {
        sound += !entries[i].problem;
        if (entries[i].problem)
            rc = tare_run_warn(&t->s.run, "baseline '%s' is left out: %s", entries[i].name, entries[i].problem);
        else if (t->n < most)
            rc = add_column(t, entries[i].name);
    }
    if (rc == 0 && !last && sound > MOST)
        rc = tare_run_warn(&t->s.run, "only the newest %d of %zu baselines are shown: more can't take turns at once",
                           MOST, sound);
    tare_baseline_list_free(entries, n);
    return rc;
}

static int by_date(const void *pa, const void *pb)
{
    const struct column *a = pa, *b = pb;
    int order = strcmp(a->b.run.date, b->b.run.date);
    return order ? order : strcmp(a->b.name, b->b.name);
}

/* The baseline's name that the word may have meant; false when none is near. */
static bool near_baseline(char *near, size_t size, const struct timeline *t, const char *word)
{
    struct tare_baseline_entry *entries;
    size_t n;
    if (strpbrk(word, "/*?[") || tare_baseline_list(&entries, &n, &t->s.store) != 0)
        return false;
    const char **names = tare_calloc(n + 1, sizeof *names);
    for (size_t i = 0; names && i < n; i++)
        names[i] = entries[i].name;
    const char *found = names ? tare_nearest(word, names, n) : NULL;
    snprintf(near, size, "%s", found ? found : "");
    free(names);
    tare_baseline_list_free(entries, n);
    return found != NULL;
}

/* Fewer than two baselines: a word that was meant as one may be why. */
static int too_few(const struct timeline *t)
{
    char near[128];
    for (size_t i = 0; i < t->n_patterns && t->n > 0; i++)
        if (near_baseline(near, sizeof near, t, t->patterns[i]))
            return tare_fail(TARE_EUSAGE, "there is no baseline '%s': did you mean '%s'?", t->patterns[i], near);
    return tare_fail(TARE_EUSAGE, "a history needs two baselines, and in %s %s: `tare run --save NAME` makes one",
                     t->s.store.root, t->n ? "one was chosen" : "there is none");
}

static int choose_columns(struct timeline *t)
{
    const struct options *o = t->s.o;
    int rc = 0;
    if (o->last > MOST)
        return tare_fail(TARE_EUSAGE, "--last: at most %d baselines can take turns at once", MOST);
    for (size_t i = 0; i < o->n_words && rc == 0; i++) {
        if (tare_is_suite_path(o->words[i]))
            rc = tare_fail(TARE_EUSAGE, "%s: history takes baselines; `tare run --save NAME` makes one", o->words[i]);
        else if (tare_baseline_name_check(o->words[i]) == 0 && tare_baseline_exists(&t->s.store, o->words[i]))
            rc = add_column(t, o->words[i]);
        else
            t->patterns[t->n_patterns++] = o->words[i];
    }
    if (rc == 0 && t->n > 0 && o->last)
        rc = tare_fail(TARE_EUSAGE, "--last chooses baselines, and so does '%s': one of the two", t->columns[0].b.name);
    if (rc == 0 && t->n == 0)
        rc = add_newest(t, o->last);
    if (rc == 0 && t->n < 2)
        rc = too_few(t);
    qsort(t->columns, t->n, sizeof *t->columns, by_date);
    return rc;
}

/* ---- what is measured ---- */

/* The timeline's columns; the builds of those that have some become suite files. */
static int open_builds(struct timeline *t)
{
    struct tare_timeline *h = &t->out;
    h->run = &t->s.run;
    h->baselines = tare_calloc(t->n, sizeof *h->baselines);
    if (!h->baselines)
        return TARE_ENOMEM;
    h->n_baselines = t->n;
    for (size_t i = 0; i < t->n; i++) {
        const struct tare_run *run = &t->columns[i].b.run;
        struct tare_timeline_baseline *b = &h->baselines[i];
        b->name = tare_strdup(t->columns[i].b.name);
        b->date = tare_strdup(run->date);
        b->commit = run->commit ? tare_strdup(run->commit) : NULL;
        if (!b->name || !b->date || (run->commit && !b->commit))
            return TARE_ENOMEM;
        if (run->n_builds == 0)
            b->problem = tare_strdup("it holds no builds");
        for (size_t k = 0; k < run->n_builds; k++) {
            int rc = session_add_file(&t->s, &t->columns[i].side, run->builds[k].path);
            if (rc != 0)
                return rc;
        }
    }
    return files_list(&t->s.files, &t->s.setting, &stop_asked);
}

/* A build that can't be loaded any more is a gap, with its reason. */
static int note_problems(struct timeline *t)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct side *side = &t->columns[i].side;
        for (size_t k = 0; k < side->n; k++) {
            const struct suite_file *f = &t->s.files.items[side->files[k]];
            char **problem = &t->out.baselines[i].problem;
            if (!f->problem || *problem)
                continue;
            if (side->n == 1)
                *problem = tare_strdup(f->problem);
            else if (tare_run_warn(&t->s.run, "baseline '%s': %s", t->out.baselines[i].name, f->problem) != 0)
                return TARE_ENOMEM;
            if (side->n == 1 && !*problem)
                return TARE_ENOMEM;
        }
    }
    return 0;
}

static bool find_arm(struct crew_arm *arm, const struct timeline *t, size_t column, const char *id)
{
    const struct side *side = &t->columns[column].side;
    for (size_t k = 0; k < side->n; k++) {
        const struct suite_file *f = &t->s.files.items[side->files[k]];
        long index = f->problem ? -1 : files_find(f, id);
        if (index < 0)
            continue;
        *arm = (struct crew_arm){ (uint32_t)side->files[k], (uint32_t)index };
        return true;
    }
    return false;
}

/* One case in all baselines that have it: the oldest is the old side, the others are new ones. */
static int plan_row(struct timeline *t, const char *id)
{
    struct crew_arm arms[MOST];
    size_t n = 0, n_rows = t->s.conductor.n_entries;
    if (tare_grow(&t->columns_of, &t->capacity, (n_rows + 1) * MOST, sizeof *t->columns_of) != 0)
        return TARE_ENOMEM;
    for (size_t i = 0; i < t->n; i++)
        if (find_arm(&arms[n], t, i, id))
            t->columns_of[n_rows * MOST + n++] = i;
    int rc = n == 1 ? session_plan_case(&t->s, arms[0].file, arms[0].index, -1, -1)
                    : session_plan_case(&t->s, arms[1].file, arms[1].index, arms[0].file, arms[0].index);
    if (rc != 0 || n == 1)
        return rc;
    struct entry *e = &t->s.conductor.entries[n_rows];
    for (size_t i = 2; i < n; i++)
        e->arms[e->n_arms++] = arms[i];
    e->builds = tare_calloc(e->n_arms, sizeof *e->builds);
    e->every_step = true;
    e->same_problem = false; /* of so many builds only times are compared */
    return e->builds ? 0 : TARE_ENOMEM;
}

/* A word that meets nothing: the nearest of baselines, else of cases. */
static int unknown_word(const struct timeline *t, const char *word)
{
    char near[128];
    if (near_baseline(near, sizeof near, t, word))
        return tare_fail(TARE_EUSAGE, "no baseline and no case is called '%s': did you mean '%s'?", word, near);
    return session_no_match(&t->s.files, word);
}

/* Rows in the order of the newest baseline that has them. */
static int plan_rows(struct timeline *t)
{
    size_t *hits = tare_calloc(t->n_patterns + 1, sizeof *hits);
    int rc = hits ? 0 : TARE_ENOMEM;
    for (size_t i = t->n; i > 0 && rc == 0; i--) {
        const struct side side = t->columns[i - 1].side;
        for (size_t k = 0; k < side.n && rc == 0; k++) {
            size_t file = side.files[k];
            bool tagged = files_tag_core(&t->s.files.items[file]);
            for (size_t c = 0; c < t->s.files.items[file].n_cases && rc == 0; c++) {
                const struct listed_case *lc = &t->s.files.items[file].cases[c];
                if (session_chooses(&t->s, lc->id, lc->core || !tagged, t->patterns, t->n_patterns, hits) &&
                    !tare_run_find(&t->s.run, lc->id))
                    rc = plan_row(t, lc->id);
            }
        }
    }
    for (size_t i = 0; i < t->n_patterns && rc == 0; i++)
        if (hits[i] == 0)
            rc = unknown_word(t, t->patterns[i]);
    free(hits);
    if (rc == 0 && t->s.run.n_results == 0)
        rc = tare_fail(TARE_EUNSUP, "none of the baselines has a build that can be measured: %s",
                       t->out.baselines[0].problem ? t->out.baselines[0].problem : "they have no cases");
    return rc;
}

/* ---- what came of it ---- */

static int fill_row(struct tare_timeline_case *row, const struct timeline *t, size_t i)
{
    const struct tare_result *r = &t->s.run.results[i];
    const struct entry *e = &t->s.conductor.entries[i];
    const size_t *columns = &t->columns_of[i * MOST];
    row->id = tare_strdup(r->id);
    row->message = r->message ? tare_strdup(r->message) : NULL;
    row->points = tare_calloc(t->n, sizeof *row->points);
    if (!row->id || !row->points || (r->message && !row->message))
        return TARE_ENOMEM;
    row->quantity = r->quantity;
    if (r->status != TARE_CASE_OK)
        return 0;
    row->points[columns[0]].measured = true;
    if (!e->builds) {
        row->time_ns = r->summary.time_ns;
        return 0;
    }
    row->time_ns = r->change.old_time_ns;
    row->check = r->change.check;
    row->has_check = r->change.has_check;
    for (size_t a = 2; a < e->n_arms; a++) {
        const struct arm_change *b = &e->builds[a];
        row->points[columns[a - 1]] = (struct tare_timeline_point){
            .measured = true, .ratio = b->ratio, .step = b->step, .verdict = b->verdict, .q = b->q
        };
    }
    return 0;
}

static int judge_all(struct timeline *t)
{
    const struct judge_rules rules = { .margin = t->s.run.margin, .confidence = t->s.run.confidence };
    struct arm_change **steps = tare_calloc(t->s.conductor.n_entries * MOST + 1, sizeof *steps);
    if (!steps)
        return TARE_ENOMEM;
    size_t n = 0;
    for (size_t i = 0; i < t->s.conductor.n_entries; i++) {
        struct entry *e = &t->s.conductor.entries[i];
        for (size_t a = 2; e->builds && t->s.run.results[i].status == TARE_CASE_OK && a < e->n_arms; a++)
            steps[n++] = &e->builds[a];
    }
    int rc = judge_steps(steps, n, &rules);
    free(steps);
    return rc;
}

static int measure(struct timeline *t)
{
    struct tare_timeline *h = &t->out;
    int rc = conductor_run(&t->s.conductor);
    if (rc == 0)
        rc = judge_all(t);
    h->cases = rc == 0 ? tare_calloc(t->s.run.n_results, sizeof *h->cases) : NULL;
    if (rc == 0 && !h->cases)
        rc = TARE_ENOMEM;
    for (size_t i = 0; i < t->s.run.n_results && rc == 0; i++)
        rc = fill_row(&h->cases[h->n_cases++], t, i);
    return rc;
}

static int print_timeline(const struct tare_report_options *ro, const void *what)
{
    const struct timeline *t = what;
    return tare_timeline_report_find(t->s.o->format)->write(ro, &t->out);
}

/* A machine without gnuplot still has the history: a line says why there is no picture. */
static int draw(const struct timeline *t)
{
    const char *out = t->s.o->out;
    size_t n = 0;
    char *self = tare_path_self();
    char *plots = self ? tare_path_join(self, "../share/tare/plots") : NULL;
    int rc = plots ? tare_timeline_plot(out, plots, &t->out, &n) : TARE_ENOMEM;
    if (rc == TARE_EUNSUP) {
        fprintf(stderr, "tare: %s: no picture: %s\n", out, tare_error());
        rc = 0;
    } else if (rc == 0) {
        fprintf(stderr, "%s/history.svg\n", out);
    }
    free(plots);
    free(self);
    return rc;
}

static int run_timeline(struct timeline *t)
{
    int rc = choose_columns(t);
    if (rc == 0)
        rc = open_builds(t);
    if (rc == 0)
        rc = note_problems(t);
    if (rc == 0)
        rc = plan_rows(t);
    if (rc == 0)
        rc = measure(t);
    if (rc == 0)
        rc = session_print(t->s.o, print_timeline, t);
    if (rc == 0 && t->s.o->out)
        rc = draw(t);
    if (rc != 0)
        return rc;
    if (t->s.run.interrupted)
        fprintf(stderr, "tare: interrupted: what was measured is above\n");
    return tare_run_totals(&t->s.run).failed > 0 || t->s.run.interrupted ? EXIT_FAULT : EXIT_FINE;
}

int cmd_history(const struct options *o)
{
    if (!tare_timeline_report_find(o->format))
        return tare_fail(TARE_EUSAGE, "--format: '%s' is not one of console, json, csv", o->format);
    struct timeline *t = tare_calloc(1, sizeof *t);
    if (!t)
        return TARE_ENOMEM;
    t->patterns = tare_calloc(o->n_words + 1, sizeof *t->patterns);
    int rc = session_open(&t->s, o);
    if (rc == 0)
        rc = t->patterns ? run_timeline(t) : TARE_ENOMEM;
    tare_timeline_free(&t->out);
    for (size_t i = 0; i < t->n; i++) {
        free(t->columns[i].side.files);
        tare_baseline_free(&t->columns[i].b);
    }
    session_close(&t->s);
    free(t->patterns);
    free(t->columns_of);
    free(t);
    return rc;
}
