/* Whether hardware counters can be had. */
#ifndef TARE_PLATFORM_PMU_H
#define TARE_PLATFORM_PMU_H

enum tare_pmu {
    TARE_PMU_READY,
    TARE_PMU_REFUSED,  /* there is one, but kernel.perf_event_paranoid keeps it from this user */
    TARE_PMU_FILTERED, /* a filter of system calls (a container's) refuses */
    TARE_PMU_NONE,     /* no counters here: mostly a guest whose hypervisor passes none on */
    TARE_PMU_NO_KERNEL /* the kernel was built without perf events */
};

/* Tries to open a counter of cycles. With a root that stands in for / it concludes from the files there instead. */
enum tare_pmu tare_pmu_probe(const char *root);

/* "ready", "refused", ...: a word for a fact. */
const char *tare_pmu_name(enum tare_pmu pmu);

#endif
