/* Packages, cores, caches and binding: hwloc where built with it, else sysfs. */
#ifndef TARE_PLATFORM_TOPOLOGY_H
#define TARE_PLATFORM_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tare_cpu {
    int os_index; /* logical CPU number of the system */
    int core;     /* dense index of the physical core */
    int package;  /* dense index of the package */
    int kind;     /* efficiency class on hybrid processors, 0 = the slowest; -1 unknown */
};

struct tare_cache {
    int level; /* 1..4 */
    char type; /* 'd' data, 'i' instruction, 'u' unified */
    uint64_t bytes;
    int line_bytes;
    int count;     /* how many there are */
    int shared_by; /* logical CPUs that share one */
};

struct tare_topology {
    const char *source; /* "hwloc 2.9.0" or "sysfs" */
    int n_packages, n_cores, n_numa;
    struct tare_cpu *cpus; /* the allowed logical CPUs (cpuset respected), ascending */
    size_t n_cpus;
    struct tare_cache *caches;
    size_t n_caches;
    uint64_t memory_bytes;
};

/* HWLOC_SYNTHETIC and HWLOC_XMLFILE are respected. Errors: TARE_EIO, TARE_ENOMEM. */
int tare_topology_read(struct tare_topology *t);
void tare_topology_free(struct tare_topology *t);

/* Which CPUs a measurement should use: `want` of them (cpus[0] measures alone when want = 1), one a core before SMT
 * siblings, fastest kind first, and the first CPU of the system last, since interrupts land there. Returns how many
 * were found (<= want). */
size_t tare_topology_pick(int *cpus, size_t want, const struct tare_topology *t);

/* "auto", "none" or a logical CPU number: fills cpus[] (at most n_threads) and *n, *n = 0 for none. A number that is
 * not allowed, or no number: TARE_EUSAGE. */
int tare_pin_parse(int *cpus, size_t *n, size_t n_threads, const char *text, const struct tare_topology *t);

/* Binds the calling thread. TARE_EIO when the system refuses. */
int tare_bind_cpu(int cpu);

#endif
