/* `tare compare --variants A,B,...`: cases of one build that differ in their variant alone take turns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/text.h"
#include "framework/report/contest.h"
#include "framework/runner/command.h"
#include "framework/runner/session.h"
#include "framework/suite/select.h"

enum { MOST = TARE_MAX_ARMS - 1 }; /* variants; one arm is the first one's check */

struct contest {
    struct session s;
    char *words;             /* --variants, cut at its commas; owned */
    const char *names[MOST]; /* into words; names[0] is the first */
    size_t n;
    const char **patterns; /* owned array */
    size_t n_patterns;
    size_t (*present)[MOST]; /* of every case: whose arms 2, 3, ... are, as indices of names */
    size_t capacity;
    struct tare_contest out;
};

static int read_names(struct contest *t)
{
    char *save = NULL;
    t->words = tare_strdup(t->s.o->variants);
    if (!t->words)
        return TARE_ENOMEM;
    for (char *word = strtok_r(t->words, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
        if (t->n == MOST)
            return tare_fail(TARE_EUSAGE, "--variants: more than %d can't take turns at once", MOST);
        for (size_t i = 0; i < t->n; i++)
            if (strcmp(t->names[i], word) == 0)
                return tare_fail(TARE_EUSAGE, "--variants: '%s' is named twice", word);
        t->names[t->n++] = word;
    }
    if (t->n < 2)
        return tare_fail(TARE_EUSAGE, "--variants: '%s' is one alone: name two or more, --variants avx512,avx2",
                         t->s.o->variants);
    return 0;
}

/* A suite file among the words is measured instead of the suites found; all else are patterns. */
static int read_words(struct contest *t)
{
    const struct options *o = t->s.o;
    int rc = 0;
    t->patterns = tare_calloc(o->n_words + 1, sizeof *t->patterns);
    if (!t->patterns)
        return TARE_ENOMEM;
    for (size_t i = 0; i < o->n_words && rc == 0; i++) {
        if (tare_is_suite_path(o->words[i]))
            rc = session_add_file(&t->s, &t->s.now, o->words[i]);
        else
            t->patterns[t->n_patterns++] = o->words[i];
    }
    return rc == 0 && t->s.now.n == 0 ? session_add_found(&t->s, &t->s.now) : rc;
}

/* ---- which cases ---- */

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_rival(const struct listed_case *a, const struct listed_case *b)
{
    if (strcmp(a->group, b->group) != 0 || a->n_params != b->n_params)
        return false;
    for (size_t i = 0; i < a->n_params; i++)
        if (!same_text(a->params[i].name, b->params[i].name) || !same_text(a->params[i].text, b->params[i].text))
            return false;
    return true;
}

/* An unknown variant: the nearest of those there are. */
static int check_name(const struct contest *t, const char *name)
{
    const char **known = NULL;
    size_t n = 0, capacity = 0;
    for (size_t f = 0; f < t->s.files.n; f++)
        for (size_t i = 0; i < t->s.files.items[f].n_cases; i++) {
            const char *variant = t->s.files.items[f].cases[i].variant;
            bool seen = !variant;
            for (size_t k = 0; k < n && !seen; k++)
                seen = strcmp(known[k], variant) == 0;
            if (variant && strcmp(variant, name) == 0) {
                free(known);
                return 0;
            }
            if (!seen && tare_grow(&known, &capacity, n + 1, sizeof *known) == 0)
                known[n++] = variant;
        }
    const char *near = tare_nearest(name, known, n);
    int rc = near ? tare_fail(TARE_EUSAGE, "no case has the variant '%s': did you mean '%s'?", name, near)
                  : tare_fail(TARE_EUSAGE, "no case has the variant '%s': `tare list` shows what there is", name);
    free(known);
    return rc;
}

/* The cases with the named variants of the problem that case `index` is, [n]; -1 where one lacks it. Cases of a problem
 * stand near each other: the search goes outwards from it. */
static void find_rivals(long found[MOST], const struct contest *t, const struct suite_file *f, size_t index)
{
    size_t left = t->n - 1, n = f->n_cases;
    for (size_t i = 0; i < t->n; i++)
        found[i] = -1;
    found[0] = (long)index;
    for (size_t d = 1; left > 0 && d < n; d++)
        for (int side = 0; side < 2; side++) {
            size_t at = side ? index + d : index - d; /* wraps around below 0 */
            const struct listed_case *c = at < n ? &f->cases[at] : NULL;
            for (size_t i = 1; c && c->variant && i < t->n; i++)
                if (found[i] < 0 && strcmp(c->variant, t->names[i]) == 0 && is_rival(&f->cases[index], c)) {
                    found[i] = (long)at;
                    left--;
                }
        }
}

/* Arms: the first variant, itself again, and the rivals that have the case. */
static int plan_case(struct contest *t, size_t file, const long found[MOST])
{
    struct session *s = &t->s;
    size_t row = s->conductor.n_entries, n = 0;
    if (tare_grow(&t->present, &t->capacity, row + 1, sizeof *t->present) != 0)
        return TARE_ENOMEM;
    for (size_t i = 1; i < t->n; i++)
        if (found[i] >= 0)
            t->present[row][n++] = i;
    int rc = session_plan_case(s, file, (size_t)found[t->present[row][0]], (long)file, found[0]);
    if (rc != 0)
        return rc;
    struct entry *e = &s->conductor.entries[row];
    for (size_t i = 1; i < n; i++)
        e->arms[e->n_arms++] = (struct crew_arm){ (uint32_t)file, (uint32_t)found[t->present[row][i]] };
    e->builds = tare_calloc(e->n_arms, sizeof *e->builds);
    e->every_step = e->to_first = true;
    struct tare_result *r = &s->run.results[s->run.n_results - 1]; /* it goes by the first one's name */
    free(r->id);
    r->id = tare_strdup(s->files.items[file].cases[found[0]].id);
    return e->builds && r->id ? 0 : TARE_ENOMEM;
}

/* A pattern may fit the id of any of the variants. */
static bool chooses(const struct contest *t, const struct suite_file *f, const long found[MOST], size_t *hits)
{
    bool tagged = files_tag_core(f), chosen = false;
    for (size_t i = 0; i < t->n; i++)
        if (found[i] >= 0) {
            const struct listed_case *c = &f->cases[found[i]];
            chosen |= session_chooses(&t->s, c->id, c->core || !tagged, t->patterns, t->n_patterns, hits);
        }
    return chosen;
}

static int plan_file(struct contest *t, size_t file, size_t *hits)
{
    int rc = 0;
    for (size_t i = 0; i < t->s.files.items[file].n_cases && rc == 0; i++) {
        const struct suite_file *f = &t->s.files.items[file]; /* planning may move it */
        long found[MOST];
        if (!f->cases[i].variant || strcmp(f->cases[i].variant, t->names[0]) != 0)
            continue;
        find_rivals(found, t, f, i);
        bool any = false;
        for (size_t k = 1; k < t->n; k++)
            any |= found[k] >= 0;
        if (any && chooses(t, f, found, hits))
            rc = plan_case(t, file, found);
    }
    return rc;
}

static int nothing_common(const struct contest *t)
{
    for (size_t i = 0; i < t->n_patterns; i++) {
        size_t hits[1] = { 0 };
        for (size_t f = 0; f < t->s.files.n && hits[0] == 0; f++)
            for (size_t k = 0; k < t->s.files.items[f].n_cases && hits[0] == 0; k++)
                session_chooses(&t->s, t->s.files.items[f].cases[k].id, true, &t->patterns[i], 1, hits);
        if (hits[0] == 0)
            return session_no_match(&t->s.files, t->patterns[i]);
    }
    return tare_fail(TARE_EUSAGE, "'%s' has no case%s in common with '%s'%s", t->names[0],
                     t->n_patterns ? " that was asked for" : "", t->names[1], t->n > 2 ? ", nor with another" : "");
}

static int plan(struct contest *t)
{
    size_t *hits = tare_calloc(t->n_patterns + 1, sizeof *hits);
    int rc = hits ? 0 : TARE_ENOMEM;
    for (size_t i = 0; i < t->n && rc == 0; i++)
        rc = check_name(t, t->names[i]);
    for (size_t i = 0; i < t->s.now.n && rc == 0; i++)
        rc = plan_file(t, t->s.now.files[i], hits);
    if (rc == 0 && t->s.run.n_results == 0)
        rc = nothing_common(t);
    for (size_t i = 0; i < t->n_patterns && rc == 0; i++)
        if (hits[i] == 0)
            rc = tare_fail(TARE_EUSAGE, "'%s': '%s' has no such case in common with another variant", t->patterns[i],
                           t->names[0]);
    free(hits);
    return rc;
}

/* ---- what came of it ---- */

/* "kernels/matmul/f32" and what stands behind the variant. */
static int name_case(struct tare_contest_case *row, const struct tare_result *r)
{
    size_t length = strlen(r->id), group = strlen(r->suite) + 1 + strlen(r->group);
    size_t variant = group + 1 + strlen(r->variant);
    variant = variant < length ? variant : length;
    row->group = tare_strndup(r->id, group);
    row->name = tare_strdup(r->id + variant + (r->id[variant] == '/'));
    row->message = r->message ? tare_strdup(r->message) : NULL;
    return row->group && row->name && (!r->message || row->message) ? 0 : TARE_ENOMEM;
}

/* Not where the run was stopped before the first block was whole. */
static bool compared(const struct entry *e)
{
    return e->builds && e->n_arms > 2 && isfinite(e->builds[2].ratio.value);
}

static int fill_row(struct tare_contest_case *row, const struct contest *t, size_t i)
{
    struct tare_result *r = &t->s.run.results[i];
    const struct entry *e = &t->s.conductor.entries[i];
    row->rivals = tare_calloc(t->n, sizeof *row->rivals);
    if (!row->rivals)
        return TARE_ENOMEM;
    free(r->variant);
    r->variant = tare_strdup(t->names[0]);
    int rc = r->variant ? name_case(row, r) : TARE_ENOMEM;
    row->quantity = r->quantity;
    row->time_ns = (struct tare_interval){ NAN, -INFINITY, INFINITY };
    if (rc != 0 || r->status != TARE_CASE_OK || !compared(e))
        return rc;
    row->time_ns = r->change.old_time_ns;
    row->check = r->change.check;
    row->has_check = r->change.has_check;
    for (size_t a = 2; a < e->n_arms; a++) {
        const struct arm_change *b = &e->builds[a];
        row->rivals[t->present[i][a - 2] - 1] =
            (struct tare_rival){ .measured = true, .ratio = b->ratio, .verdict = b->verdict, .q = b->q };
    }
    row->best = tare_rivals_best(row->rivals, t->n - 1);
    return 0;
}

static int judge_all(struct contest *t)
{
    const struct judge_rules rules = { .margin = t->s.run.margin, .confidence = t->s.run.confidence };
    struct arm_change **others = tare_calloc(t->s.conductor.n_entries * MOST + 1, sizeof *others);
    size_t n = 0;
    if (!others)
        return TARE_ENOMEM;
    for (size_t i = 0; i < t->s.conductor.n_entries; i++) {
        const struct entry *e = &t->s.conductor.entries[i];
        for (size_t a = 2; t->s.run.results[i].status == TARE_CASE_OK && a < e->n_arms; a++)
            others[n++] = &e->builds[a];
    }
    int rc = judge_steps(others, n, &rules);
    free(others);
    return rc;
}

static int measure(struct contest *t)
{
    struct tare_contest *out = &t->out;
    int rc = conductor_run(&t->s.conductor);
    if (rc == 0)
        rc = judge_all(t);
    out->run = &t->s.run;
    out->first = tare_strdup(t->names[0]);
    out->rivals = tare_calloc(t->n, sizeof *out->rivals);
    out->cases = tare_calloc(t->s.run.n_results + 1, sizeof *out->cases);
    if (rc == 0 && (!out->first || !out->rivals || !out->cases))
        rc = TARE_ENOMEM;
    for (size_t i = 1; i < t->n && rc == 0; i++) {
        out->rivals[i - 1] = tare_strdup(t->names[i]);
        out->n_rivals = i;
        rc = out->rivals[i - 1] ? 0 : TARE_ENOMEM;
    }
    for (size_t i = 0; i < t->s.run.n_results && rc == 0; i++)
        rc = fill_row(&out->cases[out->n_cases++], t, i);
    return rc;
}

static int print_contest(const struct tare_report_options *ro, const void *what)
{
    const struct contest *t = what;
    return tare_contest_report_find(t->s.o->format)->write(ro, &t->out);
}

static int run_contest(struct contest *t)
{
    int rc = read_names(t);
    if (rc == 0)
        rc = read_words(t);
    if (rc == 0)
        rc = session_list(&t->s);
    if (rc == 0)
        rc = plan(t);
    if (rc == 0)
        rc = measure(t);
    if (rc == 0)
        rc = session_print(t->s.o, print_contest, t);
    if (rc != 0)
        return rc;
    if (t->s.run.interrupted)
        fprintf(stderr, "tare: interrupted: what was measured is above\n");
    bool fault = t->s.run.interrupted || t->s.n_problems > 0 || tare_run_totals(&t->s.run).failed > 0;
    return fault ? EXIT_FAULT : EXIT_FINE;
}

int cmd_compare_variants(const struct options *o)
{
    if (!tare_contest_report_find(o->format))
        return tare_fail(TARE_EUSAGE, "--format: '%s' is not one of console, json, csv, markdown with --variants",
                         o->format);
    if (o->stored || o->layouts > 0)
        return tare_fail(TARE_EUSAGE, "--%s is for builds, --variants for cases of one build: one of the two",
                         o->stored ? "stored" : "layouts");
    struct contest *t = tare_calloc(1, sizeof *t);
    if (!t)
        return TARE_ENOMEM;
    int rc = session_open(&t->s, o);
    if (rc == 0)
        rc = run_contest(t);
    tare_contest_free(&t->out);
    session_close(&t->s);
    free(t->words);
    free(t->patterns);
    free(t->present);
    free(t);
    return rc;
}
