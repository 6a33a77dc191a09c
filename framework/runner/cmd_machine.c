#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/platform/clock.h"
#include "framework/platform/machine.h"
#include "framework/report/report.h"
#include "framework/runner/command.h"

static void print_topology(const struct tare_topology *t)
{
    char bytes[32];
    printf("topology       %d packages, %d cores, %zu logical CPUs allowed, %d NUMA nodes (%s)\n", t->n_packages,
           t->n_cores, t->n_cpus, t->n_numa, t->source);
    for (size_t i = 0; i < t->n_caches; i++) {
        const struct tare_cache *c = &t->caches[i];
        printf("cache          L%d%s %s, %d of them, each shared by %d, lines of %d B\n", c->level,
               c->type == 'u'   ? ""
               : c->type == 'd' ? "d"
                                : "i",
               tare_format_bytes(bytes, sizeof bytes, (double)c->bytes), c->count, c->shared_by, c->line_bytes);
    }
    printf("memory         %s\n", tare_format_bytes(bytes, sizeof bytes, (double)t->memory_bytes));
    int cpus[256];
    size_t n = tare_topology_pick(cpus, 256, t);
    printf("measured on    CPU");
    for (size_t i = 0; i < n; i++)
        printf(" %d", cpus[i]);
    printf(" (in this order)\n");
}

int cmd_machine(const struct options *o)
{
    if (o->n_words)
        return tare_fail(TARE_EUSAGE, "machine takes no words: '%s'", o->words[0]);
    struct tare_topology t;
    struct tare_facts f = { 0 };
    int rc = tare_topology_read(&t);
    if (rc != 0)
        return rc;
    rc = tare_machine_facts(&f, &t);
    if (rc == 0) {
        print_topology(&t);
        for (size_t i = 0; i < f.n; i++)
            printf("%-14s %s\n", f.items[i].key, f.items[i].value);
        const struct tare_clock *c = tare_clock_init(!o->system_clock);
        if (c->tsc)
            printf("clock          time-stamp counter, %.6f GHz by CLOCK_MONOTONIC_RAW\n", c->frequency_ghz);
        else
            printf("clock          CLOCK_MONOTONIC_RAW\n");
        printf("clock overhead %.1f ns a pair of readings, resolution %.1f ns\n", c->overhead_ns, c->resolution_ns);
    }
    tare_facts_free(&f);
    tare_topology_free(&t);
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
