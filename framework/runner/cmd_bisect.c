/* `tare bisect`: the first commit that a paired comparison with GOOD's build calls regressed. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/report/text.h"
#include "framework/runner/bisect.h"
#include "framework/runner/child.h"
#include "framework/runner/command.h"
#include "framework/runner/session.h"
#include "framework/runner/stop.h"
#include "framework/runner/tree.h"
#include "framework/suite/select.h"

static const char default_suites[] = "build/release/lib/tare/suites";
static const double larger = 4; /* budget of a second try, as a multiple */

struct hunt {
    const struct options *o;
    struct tree tree;
    struct commits commits; /* after GOOD up to BAD */
    struct commits good;    /* GOOD alone */
    struct suite_files old; /* GOOD's build */
    char *target;           /* the case's id, once it is chosen */
};

/* What came of one commit. */
struct step {
    enum trial trial;
    enum tare_verdict verdict; /* TARE_UNDECIDED: skipped */
    struct tare_interval change;
    char reason[512]; /* of a skip */
};

/* ---- building a commit ---- */

/* The folder of suites below the work tree, links resolved; NULL when there is none. A folder outside the tree is
 * nobody's to clear: TARE_EUSAGE. */
static int suites_folder(char **folder, const struct hunt *h)
{
    char *tree = realpath(h->tree.path, NULL);
    char *path = tare_path_join(h->tree.path, h->o->suites ? h->o->suites : default_suites);
    *folder = path ? realpath(path, NULL) : NULL;
    int rc = tree && path ? 0 : TARE_ENOMEM;
    size_t n = tree ? strlen(tree) : 0;
    if (rc == 0 && *folder && (strncmp(*folder, tree, n) != 0 || ((*folder)[n] != '/' && (*folder)[n] != '\0')))
        rc = tare_fail(TARE_EUSAGE, "--suites: %s leads out of the work tree", h->o->suites ? h->o->suites : path);
    free(path);
    free(tree);
    return rc;
}

static int by_name(const void *pa, const void *pb)
{
    return strcmp(*(char *const *)pa, *(char *const *)pb);
}

/* The suite files in the folder, sorted; with `clear` they are removed instead, so that what is found after a build is
 * this build's. */
static int find_suites(struct tare_paths *paths, const struct hunt *h, bool clear)
{
    char *folder;
    *paths = (struct tare_paths){ 0 };
    int rc = suites_folder(&folder, h);
    DIR *d = rc == 0 && folder ? opendir(folder) : NULL;
    for (struct dirent *e; rc == 0 && d && (e = readdir(d));) {
        char *path = tare_is_suite_path(e->d_name) ? tare_path_join(folder, e->d_name) : NULL;
        if (path && clear)
            unlink(path);
        else if (path)
            rc = tare_paths_add(paths, path);
        free(path);
    }
    if (d)
        closedir(d);
    free(folder);
    if (rc == 0 && paths->n > 0)
        qsort(paths->items, paths->n, sizeof *paths->items, by_name);
    if (rc != 0)
        tare_paths_free(paths);
    return rc;
}

/* The last line that says something. */
static void last_line(char *line, size_t size, const struct tare_buf *log)
{
    size_t end = log->len;
    while (end > 0 && strchr(" \t\r\n", log->data[end - 1]))
        end--;
    size_t begin = end;
    while (begin > 0 && log->data[begin - 1] != '\n')
        begin--;
    snprintf(line, size, "%.*s", (int)(end - begin < 200 ? end - begin : 200), log->len ? log->data + begin : "");
}

/* Leaves the suite files of a commit in *paths; none, and step->reason, when it can't be built. */
static int build(struct tare_paths *paths, struct step *step, const struct hunt *h, const char *hash)
{
    struct tare_buf log = { 0 };
    char line[256];
    int status = 0;
    char *variable = tare_format("TARE_BISECT_COMMIT=%s", hash);
    const struct child c = { .argv = h->o->words + h->o->n_before,
                             .folder = h->tree.path,
                             .variable = variable,
                             .apart = true,
                             .stop = &stop_asked };
    int rc = variable ? tree_checkout(&h->tree, hash) : TARE_ENOMEM;
    if (rc == 0)
        rc = find_suites(paths, h, true);
    if (rc == 0)
        rc = child_run(&status, &log, &log, &c);
    if (rc == 0 && status == 0)
        rc = find_suites(paths, h, false);
    last_line(line, sizeof line, &log);
    if (rc == 0 && status != 0)
        snprintf(step->reason, sizeof step->reason, "the build ended with status %d%s%s", status, *line ? ": " : "",
                 line);
    else if (rc == 0 && paths->n == 0)
        snprintf(step->reason, sizeof step->reason, "the build left no suite files in %s",
                 h->o->suites ? h->o->suites : default_suites);
    free(variable);
    tare_buf_free(&log);
    return rc;
}

/* ---- measuring it against GOOD ---- */

static int plan(struct session *s, const struct hunt *h, struct step *step)
{
    if (!h->target)
        return session_plan(s, &h->o->case_pattern, h->o->case_pattern != NULL);
    long old_file = -1, old_index = -1;
    for (size_t i = 0; i < s->before.n && old_index < 0; i++) {
        old_file = (long)s->before.files[i];
        old_index = files_find(&s->files.items[old_file], h->target);
    }
    for (size_t i = 0; i < s->now.n; i++) {
        long index = files_find(&s->files.items[s->now.files[i]], h->target);
        if (index >= 0)
            return session_plan_case(s, s->now.files[i], (size_t)index, old_file, old_index);
    }
    snprintf(step->reason, sizeof step->reason, "it does not have the case%s%s", s->now.broken ? ": " : "",
             s->now.broken ? "a suite can't be loaded" : "");
    return 0;
}

/* The result that decides: the case's own, or the one that regressed most; NULL when no case was measured. */
static const struct tare_result *deciding(const struct tare_run *run)
{
    const struct tare_result *worst = NULL;
    for (size_t i = 0; i < run->n_results; i++) {
        const struct tare_result *r = &run->results[i];
        if (r->change.method != TARE_METHOD_PAIRED || r->status != TARE_CASE_OK)
            continue;
        bool regressed = r->change.verdict == TARE_REGRESSED, was = worst && worst->change.verdict == TARE_REGRESSED;
        bool open = r->change.verdict == TARE_INCONCLUSIVE,
             was_open = worst && worst->change.verdict == TARE_INCONCLUSIVE;
        if (!worst || regressed > was || (regressed == was && open > was_open) ||
            (regressed == was && open == was_open && r->change.ratio.value > worst->change.ratio.value))
            worst = r;
    }
    return worst;
}

static void read_result(struct step *step, const struct tare_run *run)
{
    const struct tare_result *r = deciding(run);
    if (r) {
        step->verdict = r->change.verdict;
        if (tare_answer_wrong(&r->change.answer) && tare_decide(r->change.ratio, run->margin) == TARE_IMPROVED)
            step->verdict = TARE_IMPROVED; /* faster with another answer is no improvement, but no slowdown either */
        step->change = r->change.ratio;
        step->trial = step->verdict == TARE_REGRESSED      ? TRIAL_BAD
                      : step->verdict == TARE_INCONCLUSIVE ? TRIAL_SKIPPED
                                                           : TRIAL_GOOD;
        return;
    }
    const char *why = run->n_results && run->results[0].message ? run->results[0].message : "it was not measured";
    snprintf(step->reason, sizeof step->reason, "the case failed: %s", why);
}

/* Compares GOOD's build with these suite files; without a target yet, all its cases, and *found becomes the id of the
 * one that decides. */
static int compare(struct step *step, char **found, const struct hunt *h, const struct tare_paths *paths, double budget)
{
    struct options o = *h->o;
    struct session s;
    o.budget_s = budget * (o.budget_s > 0 ? o.budget_s : schedule_find(o.preset)->budget_ns * 1e-9);
    int rc = session_open(&s, &o);
    s.compares = true;
    for (size_t i = 0; i < h->old.n && rc == 0; i++)
        rc = session_add_file(&s, &s.before, h->old.items[i].load_path);
    for (size_t i = 0; i < paths->n && rc == 0; i++)
        rc = session_add_file(&s, &s.now, paths->items[i]);
    if (rc == 0)
        rc = session_list(&s);
    if (rc == 0)
        rc = plan(&s, h, step);
    if (rc == 0 && !*step->reason)
        rc = session_measure(&s);
    if (rc == 0 && s.run.interrupted)
        rc = tare_fail(TARE_ESTOP, "interrupted");
    if (rc == 0 && !*step->reason)
        read_result(step, &s.run);
    const struct tare_result *r = rc == 0 ? deciding(&s.run) : NULL;
    if (r && found) {
        free(*found);
        *found = tare_strdup(r->id);
        rc = *found ? 0 : TARE_ENOMEM;
    }
    session_close(&s);
    return rc;
}

/* What is inconclusive is measured once more, for longer. */
static int compare_twice(struct step *step, char **found, const struct hunt *h, const struct tare_paths *paths)
{
    int rc = compare(step, found, h, paths, 1);
    if (rc == 0 && step->verdict == TARE_INCONCLUSIVE)
        rc = compare(step, found, h, paths, larger);
    if (rc == 0 && step->verdict == TARE_INCONCLUSIVE)
        snprintf(step->reason, sizeof step->reason, "inconclusive, after a second try with %.0f times the budget",
                 larger);
    return rc;
}

/* ---- the hunt ---- */

static void print_step(const struct commit *c, const struct step *step)
{
    static const char *const words[] = {
        [TRIAL_OPEN] = "", [TRIAL_GOOD] = "good", [TRIAL_BAD] = "bad", [TRIAL_SKIPPED] = "skip"
    };
    struct tare_buf line = { 0 };
    char change[96];
    tare_buf_fmt(&line, "%-4s  %.12s  ", words[step->trial], c->hash);
    tare_text_fit(&line, c->subject, 60);
    if (step->verdict != TARE_UNDECIDED)
        tare_buf_fmt(&line, "  %s", tare_format_change(change, sizeof change, step->change));
    tare_buf_str(&line, "  ");
    tare_text_clean(&line, *step->reason ? step->reason : tare_verdict_name(step->verdict));
    printf("%s\n", line.data ? line.data : "");
    fflush(stdout);
    tare_buf_free(&line);
}

static int try_commit(struct step *step, const struct hunt *h, const struct commit *c)
{
    struct tare_paths paths = { 0 };
    *step = (struct step){ .trial = TRIAL_SKIPPED };
    int rc = build(&paths, step, h, c->hash);
    if (rc == 0 && !*step->reason)
        rc = compare_twice(step, NULL, h, &paths);
    tare_paths_free(&paths);
    if (rc == 0)
        print_step(c, step);
    return rc;
}

/* Builds GOOD and keeps its build in memory. */
static int open_good(struct hunt *h)
{
    struct tare_paths paths = { 0 };
    struct step step = { .trial = TRIAL_GOOD };
    size_t index;
    int rc = build(&paths, &step, h, h->good.items[0].hash);
    if (rc == 0 && *step.reason)
        rc = tare_fail(TARE_EUNSUP, "GOOD, %.12s, can't be measured: %s", h->good.items[0].hash, step.reason);
    for (size_t i = 0; i < paths.n && rc == 0; i++)
        rc = files_add(&h->old, &index, paths.items[i]);
    tare_paths_free(&paths);
    if (rc == 0) {
        snprintf(step.reason, sizeof step.reason, "the old side of every comparison");
        print_step(&h->good.items[0], &step);
    }
    return rc;
}

/* Builds BAD and chooses the case: the one that regressed most. Returns 0 when there is none: *h->target stays NULL. */
static int open_bad(struct hunt *h)
{
    struct tare_paths paths = { 0 };
    struct step step = { .trial = TRIAL_SKIPPED };
    const struct commit *bad = &h->commits.items[h->commits.n - 1];
    char *found = NULL;
    int rc = build(&paths, &step, h, bad->hash);
    if (rc == 0 && !*step.reason)
        rc = compare_twice(&step, &found, h, &paths);
    if (rc == 0 && step.verdict == TARE_UNDECIDED)
        rc = tare_fail(TARE_EUNSUP, "BAD, %.12s, can't be measured: %s", bad->hash, step.reason);
    if (rc == 0)
        print_step(bad, &step);
    if (rc == 0 && step.verdict == TARE_REGRESSED) {
        h->target = found;
        found = NULL;
    }
    free(found);
    tare_paths_free(&paths);
    return rc;
}

static void print_range(const struct hunt *h, size_t from, size_t to)
{
    const struct commit *last = &h->commits.items[to];
    struct tare_buf text = { 0 };
    if (from == to) {
        tare_buf_fmt(&text, "first bad commit: %s  ", last->hash);
        tare_text_clean(&text, last->subject);
        if (last->merge)
            tare_buf_str(&text, "\nIt is a merge: the change came in with its branch, which was tried as one step.");
    } else {
        tare_buf_str(&text, "the first bad commit is one of these; those before the last could not be tried:");
        for (size_t i = from; i <= to; i++) {
            tare_buf_fmt(&text, "\n  %s  ", h->commits.items[i].hash);
            tare_text_clean(&text, h->commits.items[i].subject);
        }
    }
    printf("%s\n", text.data ? text.data : "");
    tare_buf_free(&text);
}

static int search(struct hunt *h)
{
    size_t n = h->commits.n, from, to;
    uint8_t *trials = tare_calloc(n, sizeof *trials);
    if (!trials)
        return TARE_ENOMEM;
    int rc = 0;
    trials[n - 1] = TRIAL_BAD;
    for (size_t i; rc == 0 && (i = bisect_next(trials, n)) < n;) {
        struct step step;
        rc = try_commit(&step, h, &h->commits.items[i]);
        trials[i] = step.trial;
    }
    bisect_range(&from, &to, trials, n);
    free(trials);
    if (rc != 0)
        return rc;
    print_range(h, from, to);
    return from == to ? EXIT_FINE : EXIT_FAULT;
}

static int run(struct hunt *h)
{
    char margin[32];
    int rc = tree_open(&h->tree, h->good.items[0].hash);
    if (rc == 0)
        rc = open_good(h);
    if (rc == 0)
        rc = open_bad(h);
    if (rc == 0 && !h->target) {
        fprintf(stderr, "tare: nothing regressed from GOOD to BAD by more than the margin of %s: nothing to look for\n",
                tare_format_relative(margin, sizeof margin, h->o->margin));
        return EXIT_FAULT;
    }
    if (rc != 0)
        return rc;
    printf("      case %s; %zu commits, along first parents\n", h->target, h->commits.n);
    return search(h);
}

static int check_words(const struct options *o)
{
    const char *suites = o->suites ? o->suites : default_suites;
    if (o->n_before != 2)
        return tare_fail(TARE_EUSAGE,
                         "bisect needs two commits before the build command: tare bisect GOOD BAD -- make");
    if (o->n_words == o->n_before)
        return tare_fail(TARE_EUSAGE, "bisect needs the command that builds: tare bisect GOOD BAD -- make");
    if (!schedule_find(o->preset))
        return tare_fail(TARE_EUSAGE, "--preset: '%s' is not one of quick, default, thorough", o->preset);
    bool up = strcmp(suites, "..") == 0 || strncmp(suites, "../", 3) == 0 || strstr(suites, "/../") ||
              (strlen(suites) > 3 && strcmp(suites + strlen(suites) - 3, "/..") == 0);
    if (*suites == '/' || up)
        return tare_fail(TARE_EUSAGE, "--suites: '%s' is not a folder below the work tree", suites);
    return 0;
}

int cmd_bisect(const struct options *o)
{
    struct hunt h = { .o = o };
    char *good = NULL, *bad = NULL;
    stop_watch_for_good();
    int rc = check_words(o);
    if (rc == 0)
        rc = tree_resolve(&good, "GOOD", o->words[0]);
    if (rc == 0)
        rc = tree_resolve(&bad, "BAD", o->words[1]);
    if (rc == 0 && strcmp(good, bad) == 0)
        rc = tare_fail(TARE_EUSAGE, "GOOD and BAD are the same commit, %.12s", good);
    if (rc == 0)
        rc = tree_commit_add(&h.good, good);
    if (rc == 0)
        rc = tree_commits(&h.commits, good, bad);
    if (rc == 0)
        rc = run(&h);
    tree_close(&h.tree);
    files_free(&h.old);
    tree_commits_free(&h.commits);
    tree_commits_free(&h.good);
    free(h.target);
    free(good);
    free(bad);
    return rc;
}
