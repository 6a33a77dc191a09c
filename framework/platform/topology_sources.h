/* Between topology.c and the places it reads from. */
#ifndef TARE_PLATFORM_TOPOLOGY_SOURCES_H
#define TARE_PLATFORM_TOPOLOGY_SOURCES_H

#include "framework/platform/topology.h"

/* Reads what hwloc knows; *this_system tells whether it is the machine this runs on. TARE_EUNSUP in a build without
 * hwloc. */
int tare_topology_hwloc(struct tare_topology *t, bool *this_system);

/* Reads sysfs below root ("" for the real one; then without sysfs the CPUs this process may use, each a core). */
int tare_topology_sysfs(struct tare_topology *t, const char *root);

/* MemTotal of root/proc/meminfo in bytes; 0 when it is not told. */
uint64_t tare_topology_memory(const char *root);

/* For the sources: adds an online CPU; core and package are any numbers that tell them apart. */
int tare_topology_add_cpu(struct tare_topology *t, const struct tare_cpu *cpu);

/* Adds one cache, counting it with those of its kind. */
int tare_topology_add_cache(struct tare_topology *t, const struct tare_cache *cache);

/* Once all are added: sorts, makes the numbers of cores, packages and kinds dense, and counts. */
void tare_topology_finish(struct tare_topology *t);

/* Drops the CPUs that allowed(ctx, os_index) refuses. */
void tare_topology_keep(struct tare_topology *t, bool (*allowed)(const void *ctx, int cpu), const void *ctx);

#endif
