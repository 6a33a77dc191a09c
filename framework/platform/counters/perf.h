/* perf_event_open, with its refusals explained. */
#ifndef TARE_PLATFORM_COUNTERS_PERF_H
#define TARE_PLATFORM_COUNTERS_PERF_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Opens an event of a thread (0: the calling one) on whatever CPU it runs, in the group of the event `group` or, with
 * -1, as a leader. TARE_EUNSUP with the explanation when the kernel refuses. */
int tare_perf_open(int *fd, struct perf_event_attr *attr, pid_t thread, int group);

/* What an errno of perf_event_open means under a kernel.perf_event_paranoid (INT_MIN: not known), with the setting that
 * mends it and the command that changes it; in_kernel: what happens in the kernel was to be counted too. */
void tare_perf_explain(char *text, size_t n, int error, int paranoid, bool in_kernel);

#endif
