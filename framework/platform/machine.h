/* What this machine is, and what on it disturbs a measurement. */
#ifndef TARE_PLATFORM_MACHINE_H
#define TARE_PLATFORM_MACHINE_H

#include "framework/base/facts.h"
#include "framework/platform/topology.h"

/* The fingerprint: cpu.model, cpu.packages, cpu.cores, cpu.logical, cpu.levels, cache.l1d, cache.l1i, cache.l2,
 * cache.l3, memory.bytes, numa.nodes, hypervisor ("none" on bare metal) are identity facts; kernel, os, governor,
 * turbo, smt, cpu.microcode, cpu.frequency, thp, aslr, clock.source, pmu, hostname follow. A fact that can't be read is
 * absent. `f` begins empty; after an error (TARE_ENOMEM) it is still to be freed. */
int tare_machine_facts(struct tare_facts *f, const struct tare_topology *t);

/* The same of the machine whose proc/, sys/ and etc/ lie below root. */
int tare_machine_facts_at(struct tare_facts *f, const struct tare_topology *t, const char *root);

enum tare_ailment_level { TARE_AILMENT_NOTE, TARE_AILMENT_WARN, TARE_AILMENT_BAD };

/* One thing that disturbs measurements here. Strings owned by the list. */
struct tare_ailment {
    const char *name; /* "governor" */
    enum tare_ailment_level level;
    bool present;  /* found; false: looked at and fine, or not applicable */
    char *finding; /* what was seen: "powersave on 2 of 2 CPUs" */
    char *effect;  /* what it does to figures */
    char *remedy;  /* the command that mends it, or NULL: it can't be mended here (`reason` says why) */
    char *reason;  /* or, with a remedy, what else there is to know; or NULL */
};

struct tare_ailments {
    struct tare_ailment *items;
    size_t n, capacity;
};

/* Looks at governor, turbo, frequency limits, SMT, load, steal, ASLR, THP, swap, missing PMU, unoptimised build of this
 * program, hypervisor: one item each, whether present or not; only present ones have effect, remedy and reason. `root`
 * is "" for the real system, or a folder that stands in for / in tests (proc/ and sys/ below it). */
int tare_doctor_examine(struct tare_ailments *a, const struct tare_topology *t, const char *root);
void tare_ailments_free(struct tare_ailments *a);

#endif
