#include "framework/result/result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"

static const char *const cause_names[TARE_CAUSES] = {
    [TARE_CAUSE_NONE] = "kept",         [TARE_CAUSE_PREEMPTED] = "preempted", [TARE_CAUSE_FAULT] = "page fault",
    [TARE_CAUSE_MIGRATED] = "migrated", [TARE_CAUSE_STOLEN] = "stolen time",  [TARE_CAUSE_SEVERE] = "severe outlier",
    [TARE_CAUSE_MILD] = "mild outlier",
};

const char *tare_cause_name(enum tare_cause c)
{
    return cause_names[c];
}

const char *const tare_quantity_names[TARE_QUANTITIES] = {
    [TARE_QUANTITY_TIME] = "time",
    [TARE_QUANTITY_NS] = "ns",
    [TARE_QUANTITY_BYTES] = "bytes",
    [TARE_QUANTITY_RATIO] = "ratio",
};

static const char *const gauge_names[TARE_GAUGES] = {
    [TARE_GAUGE_CLOCK] = "clock",
    [TARE_GAUGE_MEMORY] = "memory",
};

const char *tare_gauge_name(enum tare_gauge g)
{
    return gauge_names[g];
}

struct tare_spread tare_layout_spread(const struct tare_change *c)
{
    const struct tare_interval *r = &c->ratio;
    struct tare_interval least = *r, most = *r; /* of each edge over the layouts */
    if (c->n_layouts == 0)
        return (struct tare_spread){ 0 };
    for (size_t i = 0; i < c->n_layouts; i++) {
        r = &c->layouts[i].ratio;
        least = (struct tare_interval){ fmin(least.value, r->value), fmin(least.lo, r->lo), fmin(least.hi, r->hi) };
        most = (struct tare_interval){ fmax(most.value, r->value), fmax(most.lo, r->lo), fmax(most.hi, r->hi) };
    }
    return (struct tare_spread){ least.value,
                                 most.value,
                                 { most.value - least.value, fmax(0, most.lo - least.hi), most.hi - least.lo } };
}

void tare_result_free(struct tare_result *r)
{
    free(r->id);
    free(r->suite);
    free(r->group);
    free(r->variant);
    for (size_t i = 0; i < r->n_params; i++) {
        free(r->params[i].name);
        free(r->params[i].text);
    }
    free(r->params);
    free(r->work.item_unit);
    free(r->message);
    free(r->samples.ns);
    free(r->samples.cause);
    free(r->samples.round);
    *r = (struct tare_result){ 0 };
}

void tare_run_free(struct tare_run *run)
{
    free(run->version);
    free(run->date);
    free(run->command);
    free(run->commit);
    free(run->preset);
    free(run->baseline);
    tare_facts_free(&run->machine);
    tare_roofs_free(&run->roofs);
    for (size_t i = 0; i < run->n_builds; i++) {
        free(run->builds[i].suite);
        free(run->builds[i].path);
        free(run->builds[i].compiler);
        free(run->builds[i].options);
    }
    free(run->builds);
    for (size_t i = 0; i < run->n_results; i++)
        tare_result_free(&run->results[i]);
    free(run->results);
    for (size_t i = 0; i < run->n_warnings; i++)
        free(run->warnings[i]);
    free(run->warnings);
    *run = (struct tare_run){ 0 };
}

struct tare_result *tare_run_add(struct tare_run *run)
{
    if (tare_grow(&run->results, &run->capacity, run->n_results + 1, sizeof *run->results))
        return NULL;
    struct tare_result *r = &run->results[run->n_results++];
    *r = (struct tare_result){ 0 };
    return r;
}

struct tare_result *tare_run_find(const struct tare_run *run, const char *id)
{
    for (size_t i = 0; i < run->n_results; i++)
        if (run->results[i].id && strcmp(run->results[i].id, id) == 0)
            return &run->results[i];
    return NULL;
}

int tare_run_warn(struct tare_run *run, const char *fmt, ...)
{
    struct tare_buf line = { 0 };
    va_list args;
    va_start(args, fmt);
    tare_buf_vfmt(&line, fmt, args);
    va_end(args);
    char **warnings = line.failed ? NULL : realloc(run->warnings, (run->n_warnings + 1) * sizeof *warnings);
    if (!warnings) {
        tare_buf_free(&line);
        return tare_fail(TARE_ENOMEM, "out of memory");
    }
    run->warnings = warnings;
    run->warnings[run->n_warnings++] = line.data;
    return 0;
}

bool tare_answer_wrong(const struct tare_answer *a)
{
    return a->compared && !(a->ulp <= a->bound);
}

/* Parts of the bound; of nothing, any distance is infinitely much. */
static double used_up(const struct tare_answer *a)
{
    return a->ulp == 0 ? 0 : isinf(a->bound) ? 0 : a->bound > 0 ? a->ulp / a->bound : INFINITY;
}

void tare_answer_add(struct tare_answer *to, const struct tare_answer *from)
{
    double before = used_up(to), now = used_up(from);
    if (from->unsteady && !to->unsteady)
        *to = *from;
    else if (to->unsteady)
        return;
    else if (from->compared && (!to->compared || now > before || (now == before && from->ulp > to->ulp)))
        *to = *from;
}

struct tare_totals tare_run_totals(const struct tare_run *run)
{
    struct tare_totals t = { .cases = run->n_results };
    for (size_t i = 0; i < run->n_results; i++) {
        const struct tare_result *r = &run->results[i];
        t.failed += r->status == TARE_CASE_FAILED;
        t.unmeasured += r->status == TARE_CASE_UNMEASURED;
        t.verdicts[r->change.verdict]++;
        t.only_new += r->change.presence == TARE_ONLY_NEW;
        t.only_old += r->change.presence == TARE_ONLY_OLD;
        t.wrong += r->status == TARE_CASE_OK && tare_answer_wrong(&r->change.answer);
        t.samples += r->summary.n;
        for (int c = 0; c < TARE_CAUSES; c++)
            t.set_aside[c] += r->summary.set_aside[c];
    }
    return t;
}
