#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/report/report.h"
#include "framework/runner/command.h"
#include "framework/runner/session.h"
#include "framework/suite/select.h"

/* What OLD or NEW names. */
enum what { IS_FILE, IS_BASELINE, IS_CASE };

static enum what read_word(const struct session *s, const char *word)
{
    if (tare_is_suite_path(word))
        return IS_FILE;
    if (strchr(word, '/') && !tare_baseline_exists(&s->store, word))
        return IS_CASE;
    return IS_BASELINE;
}

static int add_side(struct session *s, struct side *side, struct tare_baseline *b, const char *word)
{
    if (read_word(s, word) == IS_FILE)
        return session_add_file(s, side, word);
    int rc = tare_baseline_load(b, &s->store, word);
    if (rc != 0)
        return rc;
    side->stored = &b->run;
    for (size_t i = 0; !s->o->stored && i < b->run.n_builds && rc == 0; i++)
        rc = session_add_file(s, side, b->run.builds[i].path);
    return rc;
}

/* Both sides from the samples on disk: the new side's results become those of the run. */
static int adopt_stored(struct session *s, struct tare_baseline *now, const char *const *patterns, size_t n)
{
    size_t *hits = tare_calloc(n + 1, sizeof *hits);
    if (!hits)
        return TARE_ENOMEM;
    int rc = 0;
    for (size_t i = 0; i < now->run.n_results && rc == 0; i++) {
        struct tare_result *from = &now->run.results[i];
        if (!session_chooses(s, from->id, true, patterns, n, hits))
            continue;
        struct tare_result *r = tare_run_add(&s->run);
        if (!r) {
            rc = TARE_ENOMEM;
            break;
        }
        *r = *from; /* moved: the baseline forgets it */
        *from = (struct tare_result){ 0 };
        r->change = (struct tare_change){ .presence = TARE_ONLY_NEW };
    }
    s->run.roofs = now->run.roofs; /* what their shares are of; moved likewise */
    now->run.roofs = (struct tare_roofs){ 0 };
    for (size_t i = 0; i < n && rc == 0; i++)
        if (hits[i] == 0)
            rc = tare_fail(TARE_EUSAGE, "no case of '%s' matches '%s'", now->name, patterns[i]);
    free(hits);
    return rc;
}

static int compare_sides(struct session *s, const char *const *words, size_t n)
{
    struct tare_baseline old = { 0 }, now = { 0 };
    int rc = add_side(s, &s->before, &old, words[0]);
    if (rc == 0)
        rc = add_side(s, &s->now, &now, words[1]);
    bool stored = rc == 0 && s->now.n == 0; /* asked for, or the new baseline holds no builds */
    if (stored && (!s->before.stored || !s->now.stored))
        rc = tare_fail(TARE_EUSAGE, "stored samples are compared between two baselines, not with a suite file");
    s->compares = true;
    s->run.baseline = tare_strdup(words[0]);
    if (rc == 0 && !s->run.baseline)
        rc = TARE_ENOMEM;
    if (rc == 0)
        rc = stored ? adopt_stored(s, &now, words + 2, n - 2) : session_list(s);
    if (rc == 0 && !stored)
        rc = session_plan(s, words + 2, n - 2);
    if (rc == 0)
        rc = session_measure(s);
    if (rc == 0)
        rc = session_finish(s);
    s->before.stored = s->now.stored = NULL;
    tare_baseline_free(&old);
    tare_baseline_free(&now);
    return rc;
}

/* TARE_EUSAGE with the ids that begin with these bytes, the first few by name; 0 where none does. */
static int fail_beginning(const struct session *s, const char *beginning)
{
    enum { SHOWN = 5 };
    struct tare_buf ids = { 0 };
    size_t n = 0;
    for (size_t i = 0; i < s->files.n; i++)
        for (size_t k = 0; k < s->files.items[i].n_cases; k++) {
            const char *id = s->files.items[i].cases[k].id;
            if (strncmp(id, beginning, strlen(beginning)) == 0 && n++ < SHOWN)
                tare_buf_fmt(&ids, "%s%s", n > 1 ? ", " : "", id);
        }
    int rc = 0;
    if (ids.failed)
        rc = TARE_ENOMEM;
    else if (n > SHOWN)
        rc = tare_fail(TARE_EUSAGE, "'%s' is no case, but these begin with it: %s and %zu more", beginning, ids.data,
                       n - SHOWN);
    else if (n > 0)
        rc = tare_fail(TARE_EUSAGE, "'%s' is no case, but %s with it: %s", beginning,
                       n == 1 ? "this one begins" : "these begin", ids.data);
    tare_buf_free(&ids);
    return rc;
}

static int find_case(const struct session *s, const char *id, size_t *file, size_t *index)
{
    for (size_t i = 0; i < s->files.n; i++) {
        long k = files_find(&s->files.items[i], id);
        if (k >= 0) {
            *file = i;
            *index = (size_t)k;
            return 0;
        }
    }
    int rc = fail_beginning(s, id);
    return rc ? rc : session_no_match(&s->files, id);
}

/* One case against another of the suites found: the change says how NEW stands to OLD. */
static int compare_cases(struct session *s, const char *const *words, size_t n)
{
    if (n > 2)
        return tare_fail(TARE_EUSAGE, "two cases are compared alone: '%s' is one word too many", words[2]);
    size_t file[2], index[2];
    int rc = session_add_found(s, &s->now);
    if (rc == 0)
        rc = session_list(s);
    for (size_t i = 0; i < 2 && rc == 0; i++)
        rc = find_case(s, words[i], &file[i], &index[i]);
    s->run.baseline = tare_strdup(words[0]);
    if (rc == 0 && !s->run.baseline)
        rc = TARE_ENOMEM;
    if (rc == 0)
        rc = session_plan_case(s, file[1], index[1], (long)file[0], (long)index[0]);
    if (rc == 0)
        rc = session_measure(s);
    if (rc == 0) {
        s->run.method = TARE_METHOD_PAIRED;
        rc = session_finish(s);
    }
    return rc;
}

int cmd_compare(const struct options *o)
{
    if (o->variants)
        return cmd_compare_variants(o);
    if (o->n_words < 2)
        return tare_fail(TARE_EUSAGE, "compare needs two sides: baselines, suite files or cases: tare compare OLD NEW");
    if (!tare_report_find(o->format))
        return tare_fail(TARE_EUSAGE, "--format: '%s' is not one of console, json, csv, markdown, junit", o->format);
    struct session s;
    int rc = session_open(&s, o);
    s.wants_roofs = true;
    if (rc == 0) {
        bool a = read_word(&s, o->words[0]) == IS_CASE, b = read_word(&s, o->words[1]) == IS_CASE;
        if (a != b)
            rc = tare_fail(TARE_EUSAGE, "'%s' is a case and '%s' is not: compare like with like", o->words[!a],
                           o->words[a]);
        else
            rc = a ? compare_cases(&s, o->words, o->n_words) : compare_sides(&s, o->words, o->n_words);
    }
    session_close(&s);
    return rc;
}
