#include "framework/platform/pmu.h"

#include "framework/platform/probe.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 0 or the errno of opening a counter of this thread's cycles in user space. */
static int open_cycles(void)
{
    struct perf_event_attr attr = {
        .type = PERF_TYPE_HARDWARE,
        .size = sizeof attr,
        .config = PERF_COUNT_HW_CPU_CYCLES,
        .disabled = 1,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return errno;
    close((int)fd);
    return 0;
}

/* What opening would answer, from what the kernel lists: its own PMU drivers, and the level above 2 that distributions
 * add to refuse everything to users. */
static int guess_cycles(const char *root)
{
    static const char *const drivers[] = { "cpu", "cpu_core", "armv8_pmuv3", "armv8_pmuv3_0" };
    int64_t paranoid;
    for (unsigned i = 0; i < sizeof drivers / sizeof *drivers; i++) {
        char path[TARE_PROBE_TEXT] = "sys/bus/event_source/devices/";
        if (!tare_probe_exists(root, strcat(path, drivers[i])))
            continue;
        return tare_probe_number(&paranoid, root, "proc/sys/kernel/perf_event_paranoid") && paranoid > 2 ? EACCES : 0;
    }
    return tare_probe_exists(root, "proc/sys/kernel/perf_event_paranoid") ? ENOENT : ENOSYS;
}

enum tare_pmu tare_pmu_probe(const char *root)
{
    int64_t paranoid = 0;
    switch (*root ? guess_cycles(root) : open_cycles()) {
    case 0:
        return TARE_PMU_READY;
    case EACCES:
    case EPERM:
        tare_probe_number(&paranoid, root, "proc/sys/kernel/perf_event_paranoid");
        return paranoid > 2 ? TARE_PMU_REFUSED : TARE_PMU_FILTERED;
    case ENOSYS:
        return TARE_PMU_NO_KERNEL;
    default:
        return TARE_PMU_NONE;
    }
}

const char *tare_pmu_name(enum tare_pmu pmu)
{
    static const char *const names[] = {
        [TARE_PMU_READY] = "ready",
        [TARE_PMU_REFUSED] = "refused",
        [TARE_PMU_FILTERED] = "filtered",
        [TARE_PMU_NONE] = "none",
        [TARE_PMU_NO_KERNEL] = "not in the kernel",
    };
    return names[pmu];
}
