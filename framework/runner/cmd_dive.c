#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/report/dive.h"
#include "framework/report/text.h"
#include "framework/runner/callgrind.h"
#include "framework/runner/command.h"
#include "framework/runner/crew.h"
#include "framework/runner/dive.h"
#include "framework/runner/once.h"
#include "framework/runner/session.h"
#include "framework/runner/stop.h"
#include "framework/suite/select.h"

enum { MOST_LISTED = 20 }; /* cases that a pattern with several is answered with */

static int write_console(struct tare_buf *out, const struct tare_report_options *o, const struct tare_dive *d,
                         const struct tare_run *run)
{
    return tare_dive_page(out, o, d, run);
}

static int write_json(struct tare_buf *out, const struct tare_report_options *o, const struct tare_dive *d,
                      const struct tare_run *run)
{
    (void)o;
    return tare_dive_document(out, d, run);
}

static const struct format {
    const char *name;
    int (*write)(struct tare_buf *out, const struct tare_report_options *o, const struct tare_dive *d,
                 const struct tare_run *run);
} formats[] = { { "console", write_console }, { "json", write_json } };

static const struct format *format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

/* Suite files among the words are the suites; one other word names the case. */
static int read_words(struct session *s, const char **pattern)
{
    const struct options *o = s->o;
    int rc = 0;
    *pattern = NULL;
    for (size_t i = 0; i < o->n_words && rc == 0; i++) {
        if (tare_is_suite_path(o->words[i]))
            rc = session_add_file(s, &s->now, o->words[i]);
        else if (*pattern)
            rc = tare_fail(TARE_EUSAGE, "dive takes one case: '%s' is one word too many", o->words[i]);
        else
            *pattern = o->words[i];
    }
    if (rc == 0 && !*pattern)
        rc = tare_fail(TARE_EUSAGE, "dive needs a case: tare dive CASE (`tare list` shows what there is)");
    return rc == 0 && s->now.n == 0 ? session_add_found(s, &s->now) : rc;
}

/* The one case that the pattern names: an id as it stands, or a pattern that meets one alone. */
static int choose(const struct session *s, const char *pattern, struct crew_arm *arm)
{
    size_t hits = 0;
    for (size_t i = 0; i < s->files.n; i++) {
        const struct suite_file *f = &s->files.items[i];
        long exact = files_find(f, pattern);
        if (exact >= 0) {
            *arm = (struct crew_arm){ (uint32_t)i, (uint32_t)exact };
            return 0;
        }
        for (size_t k = 0; k < f->n_cases; k++) {
            if (tare_pattern_match(pattern, f->cases[k].id) == TARE_NO_MATCH)
                continue;
            if (hits++ == 0)
                *arm = (struct crew_arm){ (uint32_t)i, (uint32_t)k };
        }
    }
    if (hits == 0)
        return session_no_match(&s->files, pattern);
    if (hits == 1)
        return 0;
    size_t shown = 0;
    for (size_t i = 0; i < s->files.n; i++)
        for (size_t k = 0; k < s->files.items[i].n_cases; k++) {
            const char *id = s->files.items[i].cases[k].id;
            if (tare_pattern_match(pattern, id) != TARE_NO_MATCH && shown++ < MOST_LISTED)
                fprintf(stderr, "%s\n", id);
        }
    if (shown > MOST_LISTED)
        fprintf(stderr, "and %zu more\n", shown - MOST_LISTED);
    return tare_fail(TARE_EUSAGE, "'%s' names %zu cases: dive takes one", pattern, hits);
}

struct page {
    const struct format *format;
    const struct tare_dive *dive;
    const struct tare_run *run;
};

static int print_page(const struct tare_report_options *ro, const void *what)
{
    const struct page *p = what;
    struct tare_buf text = { 0 };
    int rc = p->format->write(&text, ro, p->dive, p->run);
    if (rc == 0)
        return tare_report_flush(ro, &text);
    tare_buf_free(&text);
    return rc;
}

/* Measures the chosen case as `run` does. */
static int measure(struct session *s, const struct crew_arm *arm)
{
    int rc = session_plan_case(s, arm->file, arm->index, -1, -1);
    if (rc == 0)
        rc = session_measure(s);
    if (rc != 0)
        return rc;
    const struct tare_result *r = &s->run.results[0];
    if (r->status == TARE_CASE_FAILED)
        return tare_fail(TARE_ECRASH, "%s: %s", r->id, r->message ? r->message : "failed");
    return s->run.interrupted ? tare_fail(TARE_ESTOP, "interrupted") : 0;
}

/* Has a worker run the case once more and look where it is. */
static int look(struct tare_dive *d, struct session *s, struct crew_arm arm)
{
    static const enum tare_sampling choices[] = { TARE_SAMPLING_NONE, TARE_SAMPLING_CLOCK, TARE_SAMPLING_TIMER };
    const struct schedule *schedule = &s->conductor.schedule;
    struct crew crew = { .files = &s->files, .setting = &s->setting, .stop = &stop_asked };
    const struct tare_dive_plan plan = {
        .warmup_ns = schedule->warmup_ns,
        .sample_ns = schedule->budget_ns,
        .count_ns = schedule->budget_ns / 4,
        .choice = choices[s->o->sampler],
    };
    struct tare_spots spots;
    int rc = crew_dive(&crew, &spots, &d->counts, arm, &plan);
    crew_dismiss(&crew);
    if (rc != 0)
        return rc;
    d->looked = true;
    rc = dive_hot(&d->hot, &spots, &s->files.items[arm.file], &stop_asked);
    tare_spots_free(&spots);
    return rc;
}

int cmd_dive(const struct options *o)
{
    const struct format *format = format_find(o->format);
    if (!format)
        return tare_fail(TARE_EUSAGE, "--format: '%s' is not one of console, json", o->format);
    if (o->iterations > 0)
        return once_run(o);
    struct session s;
    struct tare_dive dive = { 0 };
    struct crew_arm arm = { 0 };
    const char *pattern;
    int rc = session_open(&s, o);
    s.wants_roofs = true;
    if (rc == 0)
        rc = read_words(&s, &pattern);
    if (rc == 0)
        rc = session_list(&s);
    if (rc == 0)
        rc = choose(&s, pattern, &arm);
    if (rc == 0)
        rc = measure(&s, &arm);
    if (rc == 0)
        rc = look(&dive, &s, arm);
    if (rc == 0 && o->callgrind)
        rc = callgrind_count(&dive.executed, &s.files.items[arm.file], arm.index,
                             s.run.results[0].summary.time_ns.value, o, &stop_asked);
    if (rc == 0) {
        dive.result = &s.run.results[0];
        rc = session_print(o, print_page, &(struct page){ format, &dive, &s.run });
    }
    tare_dive_free(&dive);
    session_close(&s);
    return rc != 0 ? rc : EXIT_FINE;
}
