#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/text.h"
#include "framework/runner/session.h"
#include "framework/runner/stop.h"
#include "framework/suite/select.h"

bool session_chooses(const struct session *s, const char *id, bool core, const char *const *patterns, size_t n,
                     size_t *hits)
{
    bool all = strcmp(s->o->preset, "thorough") == 0;
    bool chosen = n == 0 && (core || all);
    for (size_t i = 0; i < n; i++) {
        enum tare_match m = tare_pattern_match(patterns[i], id);
        if (hits)
            hits[i] += m != TARE_NO_MATCH;
        chosen |= m == TARE_MATCH_CASE || (m == TARE_MATCH_SUITE && (core || all));
    }
    return chosen;
}

static char *copy(const char *s, bool *failed)
{
    char *t = s ? tare_strdup(s) : NULL;
    *failed |= s && !t;
    return t;
}

static int fill_result(struct tare_result *r, const struct listed_case *c, const char *suite)
{
    bool failed = false;
    r->status = TARE_CASE_UNMEASURED;
    r->id = copy(c->id, &failed);
    r->suite = copy(suite, &failed);
    r->group = copy(c->group, &failed);
    r->variant = copy(c->variant, &failed);
    r->quantity = c->quantity;
    r->work = c->work;
    r->work.item_unit = copy(c->work.item_unit, &failed);
    r->params = tare_calloc(c->n_params + 1, sizeof *r->params);
    for (; r->params && r->n_params < c->n_params; r->n_params++) {
        r->params[r->n_params].name = copy(c->params[r->n_params].name, &failed);
        r->params[r->n_params].text = copy(c->params[r->n_params].text, &failed);
    }
    return failed || !r->params ? TARE_ENOMEM : 0;
}

/* The second snapshot of a file, made when first needed. Twins follow the files they copy. */
static int twin_of(struct session *s, size_t *twin, size_t of)
{
    for (size_t i = of + 1; i < s->files.n; i++) {
        const struct suite_file *f = &s->files.items[i];
        if (f->twin && strcmp(f->path, s->files.items[of].path) == 0) {
            *twin = i;
            return 0;
        }
    }
    return files_add_twin(&s->files, twin, of);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Whether two cases are to have the same answer: one case in two builds, or two variants of one problem. */
static bool same_problem(const struct listed_case *a, const struct listed_case *b)
{
    if (strcmp(a->group, b->group) != 0 || a->n_params != b->n_params)
        return false;
    for (size_t i = 0; i < a->n_params; i++)
        if (!same_text(a->params[i].name, b->params[i].name) || !same_text(a->params[i].text, b->params[i].text))
            return false;
    return true;
}

/* Finds and lists the layouts of a file when they are first needed. */
static int find_layouts(struct session *s, size_t file)
{
    if (s->o->layouts == 0 || s->files.items[file].n_layouts > 0)
        return 0;
    int rc = files_add_layouts(&s->files, file, s->o->layouts);
    if (rc == 0)
        rc = files_list(&s->files, &s->setting, &stop_asked);
    const struct suite_file *f = &s->files.items[file];
    for (size_t i = 0; i < f->n_layouts && rc == 0; i++) {
        const char *problem = s->files.items[f->first_layout + i].problem;
        rc = problem ? tare_fail(TARE_EPARSE, "%s", problem) : 0;
    }
    return rc;
}

/* The layouts of the new build take turns with it, as arms of their own. */
static int plan_layouts(struct entry *e, const struct suite_files *files, size_t file, const char *id)
{
    const struct suite_file *f = &files->items[file];
    for (size_t i = 0; i < f->n_layouts; i++) {
        size_t layout = f->first_layout + i;
        long index = files_find(&files->items[layout], id);
        if (index < 0)
            return tare_fail(TARE_EPARSE, "%s: it has no case '%s': it is no layout of this build",
                             files->items[layout].path, id);
        e->arms[e->n_arms++] = (struct crew_arm){ (uint32_t)layout, (uint32_t)index };
    }
    e->layouts = f->n_layouts > 0;
    e->builds = e->layouts ? tare_calloc(e->n_arms, sizeof *e->builds) : NULL;
    return e->layouts && !e->builds ? TARE_ENOMEM : 0;
}

int session_plan_case(struct session *s, size_t file, size_t index, long old_file, long old_index)
{
    size_t twin = 0;
    /* A time and bytes under one name have nothing to do with each other. */
    if (old_file >= 0 &&
        s->files.items[old_file].cases[old_index].quantity != s->files.items[file].cases[index].quantity)
        old_file = -1;
    if (old_file >= 0) {
        int rc = twin_of(s, &twin, (size_t)old_file);
        if (rc == 0)
            rc = find_layouts(s, file);
        if (rc != 0)
            return rc;
    }
    const struct suite_file *f = &s->files.items[file];
    struct tare_result *r = tare_run_add(&s->run);
    struct entry *e = conductor_add(&s->conductor);
    if (!r || !e)
        return TARE_ENOMEM;
    int rc = fill_result(r, &f->cases[index], f->build.suite);
    e->result = s->run.n_results - 1;
    e->counted = f->cases[index].counted;
    const struct crew_arm now = { (uint32_t)file, (uint32_t)index };
    if (old_file < 0) {
        e->arms[0] = now;
        e->n_arms = 1;
        r->change.presence = s->compares ? TARE_ONLY_NEW : TARE_IN_BOTH;
    } else {
        e->arms[0] = (struct crew_arm){ (uint32_t)old_file, (uint32_t)old_index };
        e->arms[1] = (struct crew_arm){ (uint32_t)twin, (uint32_t)old_index };
        e->arms[2] = now;
        e->n_arms = 3;
        e->same_problem = same_problem(&f->cases[index], &s->files.items[old_file].cases[old_index]);
        if (rc == 0)
            rc = plan_layouts(e, &s->files, file, f->cases[index].id);
    }
    return rc;
}

/* The file of the side that holds the id, or -1. */
static long side_find(const struct session *s, const struct side *side, const char *id, long *index)
{
    for (size_t i = 0; i < side->n; i++) {
        const struct suite_file *f = &s->files.items[side->files[i]];
        *index = f->problem ? -1 : files_find(f, id);
        if (*index >= 0)
            return (long)side->files[i];
    }
    return -1;
}

static bool presence_known(const struct session *s, const char *suite)
{
    for (size_t i = 0; i < s->now.n; i++) {
        const struct suite_file *f = &s->files.items[s->now.files[i]];
        if (!f->problem && strcmp(f->build.suite, suite) == 0)
            return true;
    }
    return false;
}

static int add_gone(struct session *s, const char *id, const char *suite, const char *group, const char *variant,
                    const struct tare_interval *time_ns)
{
    struct tare_result *r = tare_run_add(&s->run);
    bool failed = !r;
    if (r) {
        r->status = TARE_CASE_UNMEASURED;
        r->change.presence = TARE_ONLY_OLD;
        r->id = copy(id, &failed);
        r->suite = copy(suite, &failed);
        r->group = copy(group, &failed);
        r->variant = copy(variant, &failed);
        if (time_ns)
            r->change.old_time_ns = *time_ns;
    }
    return failed ? TARE_ENOMEM : 0;
}

/* Cases of the side before that the side now does not have any more, from the stored run and else from the files'
 * lists. Of suites that are not part of this run nothing can be said. */
static int plan_gone(struct session *s, const char *const *patterns, size_t n)
{
    const struct tare_run *old = s->before.stored;
    int rc = 0;
    long index;
    for (size_t i = 0; old && i < old->n_results && rc == 0; i++) {
        const struct tare_result *o = &old->results[i];
        if (side_find(s, &s->now, o->id, &index) < 0 && presence_known(s, o->suite) &&
            session_chooses(s, o->id, true, patterns, n, NULL))
            rc = add_gone(s, o->id, o->suite, o->group, o->variant, &o->summary.time_ns);
    }
    for (size_t i = 0; !old && i < s->before.n && rc == 0; i++) {
        const struct suite_file *f = &s->files.items[s->before.files[i]];
        for (size_t k = 0; k < f->n_cases && rc == 0; k++) {
            const struct listed_case *c = &f->cases[k];
            if (side_find(s, &s->now, c->id, &index) < 0 && presence_known(s, f->build.suite) &&
                session_chooses(s, c->id, c->core, patterns, n, NULL))
                rc = add_gone(s, c->id, f->build.suite, c->group, c->variant, NULL);
        }
    }
    return rc;
}

/* How many bytes of the id its first `parts` parts take. */
static size_t leading_parts(const char *id, size_t parts)
{
    size_t n = strcspn(id, "/");
    while (--parts > 0 && id[n])
        n += 1 + strcspn(id + n + 1, "/");
    return n;
}

/* What a pattern of so many parts may have meant: the suites, the ids, and the ids' leading parts. The caller frees the
 * texts and the list. */
static int likely_names(struct tare_paths *names, const struct suite_files *files, size_t parts)
{
    int rc = 0;
    for (size_t i = 0; i < files->n && rc == 0; i++) {
        const struct suite_file *f = &files->items[i];
        if (f->build.suite)
            rc = tare_paths_add(names, f->build.suite);
        for (size_t k = 0; k < f->n_cases && rc == 0; k++) {
            const char *id = f->cases[k].id;
            size_t n = leading_parts(id, parts);
            bool before = k > 0 && strncmp(f->cases[k - 1].id, id, n) == 0 && strchr("/", f->cases[k - 1].id[n]);
            if (id[n] && !before) {
                char *leading = tare_format("%.*s", (int)n, id);
                rc = leading ? tare_paths_add(names, leading) : TARE_ENOMEM;
                free(leading);
            }
            if (rc == 0)
                rc = tare_paths_add(names, id);
        }
    }
    return rc;
}

int session_no_match(const struct suite_files *files, const char *pattern)
{
    struct tare_paths names = { 0 };
    size_t parts = 1;
    for (const char *c = pattern; *c; c++)
        parts += *c == '/' && c[1] != '\0';
    int rc = likely_names(&names, files, parts);
    if (rc == 0) {
        const char *near = tare_nearest(pattern, (const char *const *)names.items, names.n);
        rc = near ? tare_fail(TARE_EUSAGE, "no case matches '%s': did you mean '%s'?", pattern, near)
                  : tare_fail(TARE_EUSAGE, "no case matches '%s': `tare list` shows what there is", pattern);
    }
    tare_paths_free(&names);
    return rc;
}

int session_plan(struct session *s, const char *const *patterns, size_t n_patterns)
{
    size_t *hits = tare_calloc(n_patterns + 1, sizeof *hits);
    int rc = hits ? 0 : TARE_ENOMEM;
    for (size_t i = 0; rc == 0 && i < s->now.n; i++) {
        size_t file = s->now.files[i];
        bool tagged = files_tag_core(&s->files.items[file]);
        for (size_t k = 0; rc == 0 && k < s->files.items[file].n_cases; k++) {
            const struct listed_case *c = &s->files.items[file].cases[k];
            if (!session_chooses(s, c->id, c->core || !tagged, patterns, n_patterns, hits))
                continue;
            long old_index = -1;
            long old_file = side_find(s, &s->before, c->id, &old_index);
            rc = session_plan_case(s, file, k, old_file, old_index);
        }
    }
    for (size_t i = 0; rc == 0 && i < n_patterns; i++)
        if (hits[i] == 0 && !s->now.broken)
            rc = session_no_match(&s->files, patterns[i]);
    free(hits);
    if (rc == 0 && s->compares)
        rc = plan_gone(s, patterns, n_patterns);
    if (rc == 0 && s->run.n_results == 0 && s->n_problems == 0)
        rc = tare_fail(TARE_EUSAGE, "nothing to measure: the suites have no cases that fit (see `tare list`)");
    return rc;
}
