/* What the processor and the kernel count while a thread runs: groups of events that fit the hardware together. */
#ifndef TARE_PLATFORM_COUNTERS_H
#define TARE_PLATFORM_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "framework/platform/counters/topdown.h"

/* At most 4 events of hardware counters beside those that have one of their own (cycles, instructions, slots): what
 * Skylake-X has for each of two hyper-threads. A larger group would never be scheduled. */
enum { TARE_GROUP_EVENTS = 5, TARE_MOST_GROUPS = 8, TARE_COUNTER_TEXT = 320 };

/* An event as the kernel wants it. */
struct tare_event {
    uint32_t type;
    uint64_t config, config1, config2;
    bool in_kernel; /* it happens in the kernel: counting users' code alone would give 0 */
};

/* Backends, a file each. TARE_EUNSUP says why an event can't be encoded. Encoding it is not being able to count it:
 * that shows when it is opened. */
int tare_pfm_encode(struct tare_event *e, const char *name);      /* libpfm4: "perf::CYCLES", "skx::UOPS_ISSUED:ANY" */
int tare_software_encode(struct tare_event *e, const char *name); /* "page-faults": anywhere */
int tare_kernel_encode(struct tare_event *e, const char *name, const char *root); /* "cpu/slots/", as /sys tells */

/* Whether libpfm4 finds this processor to be one ("skx"). */
bool tare_pfm_present(const char *pmu);

struct tare_counter {
    const char *name; /* "page-faults" */
    struct tare_event event;
    bool encoded;
    int fd;                          /* -1 unless open */
    double value;                    /* as read, scaled to the time enabled; NaN: not counted */
    char why_not[TARE_COUNTER_TEXT]; /* "" when counted */
};

struct tare_counter_group {
    struct tare_counter items[TARE_GROUP_EVENTS];
    size_t n;
    enum tare_topdown_kind topdown; /* what its counts together tell */
    int leader;                     /* fd, -1 */
    double coverage;                /* running / enabled; 0: the group was never scheduled */
};

/* The groups worth counting on this processor, encoded; returns how many. Never fails: what can't be encoded has its
 * why_not. `root` is "" or a folder that stands in for / . */
size_t tare_counters_choose(struct tare_counter_group groups[TARE_MOST_GROUPS], const char *root);

/* Opens what was encoded, for the calling thread. False when nothing could be. */
bool tare_counters_open(struct tare_counter_group *g);
void tare_counters_start(struct tare_counter_group *g); /* counts add up over starts and stops */
void tare_counters_stop(struct tare_counter_group *g);
void tare_counters_close(struct tare_counter_group *g); /* reads, then closes */

/* From the kernel's answer to a read of a group (PERF_FORMAT_GROUP with both times): the values scaled by enabled /
 * running. False, and NaN in all values, when the group was never scheduled. */
bool tare_counters_scale(double *values, double *coverage, const uint64_t *answer, size_t n);

#endif
