#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/report/report.h"
#include "framework/runner/command.h"
#include "framework/runner/session.h"
#include "framework/suite/select.h"

/* What --save, --baseline and --baseline-or-save come to. */
struct intent {
    const char *save, *baseline;
};

static int read_intent(struct intent *in, const struct session *s)
{
    const struct options *o = s->o;
    *in = (struct intent){ o->save, o->baseline };
    const char *either = o->baseline_or_save;
    const char *names[] = { o->save, o->baseline, either };
    for (size_t i = 0; i < 3; i++)
        if (names[i] && tare_baseline_name_check(names[i]) != 0)
            return TARE_EUSAGE;
    if (either && tare_baseline_exists(&s->store, either)) {
        in->baseline = either;
    } else if (either) {
        in->save = either;
        fprintf(stderr, "no baseline '%s' yet: this run will be saved as it\n", either);
    }
    return 0;
}

/* The builds of a baseline become the side before. */
static int add_before(struct session *s, const struct tare_baseline *b)
{
    s->compares = true;
    s->before.stored = &b->run;
    for (size_t i = 0; !s->o->stored && i < b->run.n_builds; i++) {
        int rc = session_add_file(s, &s->before, b->run.builds[i].path);
        if (rc != 0)
            return rc;
    }
    s->run.baseline = tare_strdup(b->name);
    return s->run.baseline ? 0 : TARE_ENOMEM;
}

/* Suite paths among the words are the suites; the other words are patterns. */
static int add_now(struct session *s, const char **patterns, size_t *n)
{
    int rc = 0;
    *n = 0;
    for (size_t i = 0; i < s->o->n_words && rc == 0; i++) {
        if (tare_is_suite_path(s->o->words[i]))
            rc = session_add_file(s, &s->now, s->o->words[i]);
        else
            patterns[(*n)++] = s->o->words[i];
    }
    return rc == 0 && s->now.n == 0 ? session_add_found(s, &s->now) : rc;
}

/* Saves the builds that were measured: the snapshots, not what may stand at their paths by now. */
static int save(struct session *s, const char *name)
{
    for (size_t i = 0; i < s->run.n_builds; i++)
        for (size_t k = 0; k < s->now.n; k++) {
            const struct suite_file *f = &s->files.items[s->now.files[k]];
            if (!f->build.suite || strcmp(f->build.suite, s->run.builds[i].suite) != 0)
                continue;
            free(s->run.builds[i].path);
            s->run.builds[i].path = tare_strdup(f->load_path);
            if (!s->run.builds[i].path)
                return TARE_ENOMEM;
        }
    int rc = tare_baseline_save(&s->store, name, &s->run);
    if (rc == 0)
        fprintf(stderr, "saved as baseline '%s' in %s\n", name, s->store.root);
    return rc;
}

static int run_session(struct session *s, const char **patterns, const struct intent *in)
{
    size_t n = 0;
    int rc = add_now(s, patterns, &n);
    if (rc == 0)
        rc = session_list(s);
    if (rc == 0)
        rc = session_plan(s, patterns, n);
    if (rc == 0 && s->run.n_results == 0)
        return EXIT_FAULT; /* no suite could be used: that was said */
    if (rc == 0)
        rc = session_measure(s);
    if (rc == 0)
        rc = session_finish(s);
    if (rc >= 0 && in->save && !s->run.interrupted) {
        int saved = save(s, in->save);
        rc = saved != 0 ? saved : rc;
    }
    return rc;
}

int cmd_run(const struct options *o)
{
    struct session s;
    struct intent in = { 0 };
    struct tare_baseline before = { 0 };
    const char **patterns = tare_calloc(o->n_words + 1, sizeof *patterns);
    if (!patterns)
        return TARE_ENOMEM;
    if (!tare_report_find(o->format)) {
        free(patterns);
        return tare_fail(TARE_EUSAGE, "--format: '%s' is not one of console, json, csv, markdown, junit", o->format);
    }
    int rc = session_open(&s, o);
    s.wants_roofs = true;
    if (rc == 0)
        rc = read_intent(&in, &s);
    if (rc == 0 && in.baseline)
        rc = tare_baseline_load(&before, &s.store, in.baseline);
    if (rc == 0 && in.baseline)
        rc = add_before(&s, &before);
    if (rc == 0)
        rc = run_session(&s, patterns, &in);
    session_close(&s);
    tare_baseline_free(&before);
    free(patterns);
    return rc;
}
