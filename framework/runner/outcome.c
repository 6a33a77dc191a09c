#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tare/bench.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/platform/clock.h"
#include "framework/report/report.h"
#include "framework/runner/command.h"
#include "framework/runner/session.h"

/* The history is this machine's: it tells nothing of samples that come from another. One that can't be read is as good
 * as none. */
static int widen_by_drift(struct session *s, const struct judge_rules *rules)
{
    struct tare_history history = { 0 };
    const struct tare_run *old = s->before.stored, *now = s->now.stored;
    bool here = old && tare_same_machine(&s->run.machine, &old->machine) &&
                (!now || tare_same_machine(&s->run.machine, &now->machine));
    if (here && tare_history_read(&history, &s->store, &s->run.machine) != 0)
        tare_run_warn(&s->run, "the machine's history is not used: %s", tare_error());
    if (history.skipped > 0)
        tare_run_warn(&s->run, "%s/history.jsonl: %zu damaged %s skipped", s->store.root, history.skipped,
                      history.skipped == 1 ? "line was" : "lines were");
    int rc = judge_drift(&s->run, rules, here ? &history : NULL);
    tare_history_free(&history);
    return rc;
}

/* Cases that could not be measured against the old build are compared with its stored samples. */
static int compare_stored(struct session *s)
{
    const struct tare_run *old = s->before.stored;
    const struct judge_rules rules = { .margin = s->run.margin,
                                       .confidence = s->run.confidence,
                                       .rounds = s->conductor.schedule.rounds };
    size_t stored = 0, paired = 0;
    for (size_t i = 0; i < s->run.n_results; i++) {
        struct tare_result *r = &s->run.results[i];
        const struct tare_result *o = old ? tare_run_find(old, r->id) : NULL;
        paired += r->change.method == TARE_METHOD_PAIRED;
        if (!o || o->status != TARE_CASE_OK || o->quantity != r->quantity || r->change.method != TARE_METHOD_NONE ||
            r->status != TARE_CASE_OK)
            continue;
        r->change.presence = TARE_IN_BOTH;
        stored++;
        int rc = judge_stored(r, o, &rules);
        if (rc != 0)
            return rc;
    }
    s->run.method = paired ? TARE_METHOD_PAIRED : stored ? TARE_METHOD_STORED : TARE_METHOD_NONE;
    if (stored && paired)
        tare_run_warn(&s->run, "%zu cases have no usable old build and were compared with its stored samples", stored);
    if (stored && old)
        tare_baseline_compare_machines(&s->run, old);
    return stored ? widen_by_drift(s, &rules) : 0;
}

static void warn_builds(struct session *s)
{
    for (size_t i = 0; i < s->run.n_builds; i++) {
        const struct tare_build *b = &s->run.builds[i];
        if (b->flags & TARE_SUITE_SANITIZED)
            tare_run_warn(&s->run, "suite '%s' was built with a sanitizer: its figures say nothing about speed",
                          b->suite);
        else if (b->flags & TARE_SUITE_UNOPTIMISED)
            tare_run_warn(&s->run, "suite '%s' was built without optimisation: its figures say little", b->suite);
    }
    for (size_t i = 0; i < s->before.n; i++) {
        const struct tare_build *old = &s->files.items[s->before.files[i]].build;
        for (size_t k = 0; old->suite && k < s->run.n_builds; k++) {
            const struct tare_build *b = &s->run.builds[k];
            if (strcmp(b->suite, old->suite) != 0)
                continue;
            if (strcmp(b->compiler, old->compiler) != 0)
                tare_run_warn(&s->run, "suite '%s': the old build is by %s, the new one by %s", b->suite, old->compiler,
                              b->compiler);
            if (strcmp(b->options, old->options) != 0)
                tare_run_warn(&s->run, "suite '%s': the builds have other compiler options: old '%s', new '%s'",
                              b->suite, old->options, b->options);
        }
    }
}

static void warn_check(struct session *s)
{
    size_t moved = 0;
    for (size_t i = 0; i < s->run.n_results; i++) {
        const struct tare_change *c = &s->run.results[i].change;
        enum tare_verdict v = c->has_check ? tare_decide(c->check, s->run.margin) : TARE_UNCHANGED;
        moved += v == TARE_REGRESSED || v == TARE_IMPROVED;
    }
    if (moved)
        tare_run_warn(&s->run,
                      "in %zu cases the old build differs from itself by more than the margin: they are inconclusive",
                      moved);
}

static int note_builds(struct session *s)
{
    size_t n = 0;
    s->run.builds = tare_calloc(s->now.n + 1, sizeof *s->run.builds);
    if (!s->run.builds)
        return TARE_ENOMEM;
    for (size_t i = 0; i < s->now.n; i++) {
        const struct suite_file *f = &s->files.items[s->now.files[i]];
        bool used = false;
        for (size_t k = 0; k < s->run.n_results && f->build.suite; k++)
            used |= s->run.results[k].suite && strcmp(s->run.results[k].suite, f->build.suite) == 0;
        if (!used)
            continue;
        struct tare_build *b = &s->run.builds[n++];
        *b = (struct tare_build){ .suite = tare_strdup(f->build.suite),
                                  .path = tare_strdup(f->path),
                                  .compiler = tare_strdup(f->build.compiler ? f->build.compiler : ""),
                                  .options = tare_strdup(f->build.options ? f->build.options : ""),
                                  .flags = f->build.flags };
        s->run.n_builds = n;
        if (!b->suite || !b->path || !b->compiler || !b->options)
            return TARE_ENOMEM;
    }
    return 0;
}

int session_measure(struct session *s)
{
    uint64_t begin = tare_clock_system();
    int rc = note_builds(s);
    if (rc == 0)
        rc = session_roofs_before(s);
    if (rc == 0)
        rc = conductor_run(&s->conductor);
    if (rc == 0)
        rc = session_roofs_after(s);
    s->run.elapsed_ns = (double)(tare_clock_system() - begin);
    if (rc == 0 && s->compares)
        rc = compare_stored(s);
    if (rc == 0) {
        warn_builds(s);
        warn_check(s);
    }
    return rc;
}

static struct tare_report_options report_options(const struct options *o, FILE *out, bool terminal)
{
    struct winsize size = { 0 };
    if (terminal)
        ioctl(fileno(out), TIOCGWINSZ, &size);
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool color = terminal && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
    return (struct tare_report_options){
        .out = out,
        .color = o->color == WHEN_ALWAYS || (o->color == WHEN_AUTO && color),
        .width = size.ws_col,
        .samples = o->samples,
        .verbose = o->verbose,
    };
}

/* To a file: made in memory first, so that the file is the old one or the new one, whole. */
static int print_to_file(const struct options *o, int (*print)(const struct tare_report_options *ro, const void *what),
                         const void *what)
{
    struct stat st;
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    if (!f)
        return tare_fail(TARE_ENOMEM, "no memory for the report");
    struct tare_report_options ro = report_options(o, f, false);
    int rc = print(&ro, what);
    if (fclose(f) != 0 && rc == 0)
        rc = tare_fail(TARE_ENOMEM, "no memory for the report");
    if (rc == 0 && stat(o->output, &st) == 0 && !S_ISREG(st.st_mode)) { /* a pipe or a device can't be replaced */
        FILE *out = fopen(o->output, "w");
        bool written = out && fwrite(text, 1, n, out) == n;
        if (!out || (fclose(out) != 0) || !written)
            rc = tare_fail(TARE_EIO, "%s: cannot write: %s", o->output, strerror(errno));
    } else if (rc == 0) {
        rc = tare_file_write(o->output, text, n);
    }
    free(text);
    return rc;
}

int session_print(const struct options *o, int (*print)(const struct tare_report_options *ro, const void *what),
                  const void *what)
{
    if (o->output)
        return print_to_file(o, print, what);
    struct tare_report_options ro = report_options(o, stdout, isatty(STDOUT_FILENO));
    int rc = print(&ro, what);
    if (rc == 0 && fflush(stdout) != 0)
        rc = tare_fail(TARE_EIO, "standard output: cannot write: %s", strerror(errno));
    return rc;
}

static int print_run(const struct tare_report_options *ro, const void *what)
{
    const struct session *s = what;
    return tare_report_write(tare_report_find(s->o->format), ro, &s->run);
}

/* The last run is kept for `tare report`, beside the baselines and without builds. Where it can't be, the run is still
 * good: a line says so. */
static void keep_last(struct session *s)
{
    size_t n_builds = s->run.n_builds;
    s->run.n_builds = 0;
    if (tare_last_save(&s->store, &s->run) != 0)
        fprintf(stderr, "tare: the run could not be kept for `tare report`: %s\n", tare_error());
    s->run.n_builds = n_builds;
}

/* The medians join the machine's history, under the checksums of the snapshots that were measured. */
static void keep_history(struct session *s)
{
    const char **files = tare_calloc(s->run.n_builds + 1, sizeof *files);
    for (size_t i = 0; files && i < s->run.n_builds; i++)
        for (size_t k = 0; k < s->now.n; k++) {
            const struct suite_file *f = &s->files.items[s->now.files[k]];
            if (f->build.suite && strcmp(f->build.suite, s->run.builds[i].suite) == 0)
                files[i] = f->load_path;
        }
    if (!files || tare_history_append(&s->store, &s->run, files) != 0)
        fprintf(stderr, "tare: the run did not join the machine's history: %s\n", tare_error());
    free(files);
}

static int status_of(const struct session *s)
{
    struct tare_totals t = tare_run_totals(&s->run);
    bool bad = t.verdicts[TARE_REGRESSED] > 0 && s->o->fail_on != FAIL_ON_NONE;
    bad |= t.wrong > 0 && s->o->fail_on != FAIL_ON_NONE;
    bool open = t.verdicts[TARE_INCONCLUSIVE] > 0 && s->o->fail_on == FAIL_ON_INCONCLUSIVE;
    if (t.failed > 0 || s->n_problems > 0 || s->run.interrupted)
        return EXIT_FAULT;
    return bad || open ? EXIT_REGRESSED : EXIT_FINE;
}

int session_finish(struct session *s)
{
    int rc = session_print(s->o, print_run, s);
    if (rc != 0)
        return rc;
    if (s->run.interrupted) {
        fprintf(stderr, "tare: interrupted: what was measured is above; nothing was saved\n");
    } else {
        keep_last(s);
        keep_history(s);
    }
    return status_of(s);
}
