#include <stdio.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/platform/clock.h"
#include "framework/platform/machine.h"
#include "framework/report/roofs.h"
#include "framework/report/text.h"
#include "framework/result/json.h"
#include "framework/runner/command.h"
#include "framework/runner/session.h"

static void print_topology(struct tare_buf *out, const struct tare_topology *t)
{
    char bytes[32];
    tare_buf_fmt(out, "topology       %d packages, %d cores, %zu logical CPUs allowed, %d NUMA nodes (%s)\n",
                 t->n_packages, t->n_cores, t->n_cpus, t->n_numa, t->source);
    for (size_t i = 0; i < t->n_caches; i++) {
        const struct tare_cache *c = &t->caches[i];
        tare_buf_fmt(out, "cache          L%d%s %s, %d of them, each shared by %d, lines of %d B\n", c->level,
                     c->type == 'u'   ? ""
                     : c->type == 'd' ? "d"
                                      : "i",
                     tare_format_bytes(bytes, sizeof bytes, (double)c->bytes), c->count, c->shared_by, c->line_bytes);
    }
    tare_buf_fmt(out, "memory         %s\n", tare_format_bytes(bytes, sizeof bytes, (double)t->memory_bytes));
    int cpus[256];
    size_t n = tare_topology_pick(cpus, 256, t);
    tare_buf_fmt(out, "measured on    CPU");
    for (size_t i = 0; i < n; i++)
        tare_buf_fmt(out, " %d", cpus[i]);
    tare_buf_fmt(out, " (in this order)\n");
}

static int print_console(const struct tare_report_options *ro, const void *what)
{
    const struct session *s = what;
    const struct tare_clock *c = tare_clock_get();
    struct tare_buf out = { 0 };
    print_topology(&out, &s->topology);
    for (size_t i = 0; i < s->run.machine.n; i++)
        tare_buf_fmt(&out, "%-14s %s\n", s->run.machine.items[i].key, s->run.machine.items[i].value);
    if (c->tsc)
        tare_buf_fmt(&out, "clock          time-stamp counter, %.6f GHz by CLOCK_MONOTONIC_RAW\n", c->frequency_ghz);
    else
        tare_buf_str(&out, "clock          CLOCK_MONOTONIC_RAW\n");
    tare_buf_fmt(&out, "clock overhead %.1f ns a pair of readings, resolution %.1f ns\n", c->overhead_ns,
                 c->resolution_ns);
    if (s->o->roofs)
        tare_roofs_page(&out, &s->run);
    return tare_report_flush(ro, &out);
}

static int print_json(const struct tare_report_options *ro, const void *what)
{
    const struct session *s = what;
    struct tare_buf out = { 0 };
    int rc = tare_machine_document(&out, &s->run);
    if (rc == 0)
        return tare_report_flush(ro, &out);
    tare_buf_free(&out);
    return rc;
}

int cmd_machine(const struct options *o)
{
    struct session s;
    bool json = strcmp(o->format, "json") == 0;
    if (o->n_words)
        return tare_fail(TARE_EUSAGE, "machine takes no words: '%s'", o->words[0]);
    if (!json && strcmp(o->format, "console") != 0)
        return tare_fail(TARE_EUSAGE, "--format: '%s' is not one of console, json", o->format);
    int rc = session_open(&s, o);
    if (rc == 0 && o->roofs)
        rc = session_roofs_all(&s);
    if (rc == 0)
        rc = session_print(o, json ? print_json : print_console, &s);
    session_close(&s);
    return rc;
}

int cmd_doctor(const struct options *o)
{
    static const char *const marks[] = { "note", "warn", "BAD " };
    if (o->n_words)
        return tare_fail(TARE_EUSAGE, "doctor takes no words: '%s'", o->words[0]);
    struct tare_topology t;
    struct tare_ailments a = { 0 };
    int rc = tare_topology_read(&t);
    if (rc != 0)
        return rc;
    rc = tare_doctor_examine(&a, &t, "");
    size_t found = 0;
    for (size_t i = 0; rc == 0 && i < a.n; i++) {
        const struct tare_ailment *x = &a.items[i];
        if (!x->present) {
            if (o->verbose)
                printf("ok    %-12s %s\n", x->name, x->finding ? x->finding : "");
            continue;
        }
        found++;
        printf("%s  %-12s %s\n", marks[x->level], x->name, x->finding ? x->finding : "");
        if (x->effect)
            printf("                   %s\n", x->effect);
        if (x->remedy)
            printf("                   mend it: %s\n", x->remedy);
        else
            printf("                   can't be mended here: %s\n", x->reason ? x->reason : "");
    }
    if (rc == 0)
        printf("%zu of %zu checks found something\n", found, a.n);
    tare_ailments_free(&a);
    tare_topology_free(&t);
    return rc;
}
