/* The kernel's own accounts of what disturbed this process between two readings. */
#ifndef TARE_PLATFORM_ACCOUNTS_H
#define TARE_PLATFORM_ACCOUNTS_H

#include <stdint.h>

struct tare_accounts {
    uint64_t preempted; /* involuntary context switches of the process (getrusage) */
    uint64_t faults;    /* page faults, minor and major (getrusage) */
    int cpu;            /* the logical CPU the thread is on */
};

/* Cheap enough for every sample: one system call. */
void tare_accounts_read(struct tare_accounts *a);

/* Time stolen by the hypervisor from a CPU (or all, cpu < 0) since boot in ns, from /proc/stat: grains of 10 ms; -1
 * when the system does not tell. Some 20 us: for batches, not for samples. */
int64_t tare_steal_ns(int cpu);

/* The same from the text of a /proc/stat, in its ticks; -1 when it has no such CPU or no such figure. */
int64_t tare_steal_ticks(const char *stat, int cpu);

/* Time this thread waited on a run queue since it began, ns, from /proc/thread-self/schedstat; -1 when not told. */
int64_t tare_run_delay_ns(void);

#endif
