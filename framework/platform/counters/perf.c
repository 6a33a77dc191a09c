#include "framework/platform/counters/perf.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/platform/probe.h"

static void explain_refusal(char *text, size_t n, int paranoid, bool kernel_hidden)
{
    if (paranoid > 2)
        snprintf(text, n,
                 "kernel.perf_event_paranoid is %d and keeps it from users: sudo sysctl kernel.perf_event_paranoid=2",
                 paranoid);
    else if (paranoid == 2 && kernel_hidden)
        snprintf(text, n,
                 "kernel.perf_event_paranoid is 2 and hides what happens in the kernel from users: sudo sysctl "
                 "kernel.perf_event_paranoid=1");
    else if (paranoid == INT_MIN)
        snprintf(text, n, "perf_event_open is refused");
    else
        snprintf(text, n,
                 "perf_event_open is refused although kernel.perf_event_paranoid is %d: a container's seccomp filter "
                 "does that (docker run --security-opt seccomp=unconfined, or --cap-add PERFMON)",
                 paranoid);
}

void tare_perf_explain(char *text, size_t n, int error, int paranoid, bool in_kernel)
{
    static const struct {
        int error;
        const char *says;
    } meanings[] = {
        { ENOENT, "the kernel has no such counter on this machine (virtual ones often have none at all)" },
        { EOPNOTSUPP, "the kernel has no such counter on this machine (virtual ones often have none at all)" },
        { ENODEV, "the kernel has no such counter on this machine (virtual ones often have none at all)" },
        { ENOSYS, "the kernel is built without CONFIG_PERF_EVENTS" },
        { EBUSY, "another tool holds the counters, or the kernel's watchdog: sudo sysctl kernel.nmi_watchdog=0" },
        { EMFILE, "too many open files: ulimit -n 4096" },
        { EINVAL, "the kernel does not know this event" },
    };
    if (error == EACCES || error == EPERM) {
        explain_refusal(text, n, paranoid, in_kernel && error == EACCES); /* a filter says EPERM */
        return;
    }
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].error == error) {
            snprintf(text, n, "%s", meanings[i].says);
            return;
        }
    snprintf(text, n, "perf_event_open: %s", strerror(error));
}

int tare_perf_open(int *fd, struct perf_event_attr *attr, pid_t thread, int group)
{
    long got = syscall(SYS_perf_event_open, attr, thread, -1, group, PERF_FLAG_FD_CLOEXEC);
    if (got >= 0) {
        *fd = (int)got;
        return 0;
    }
    int error = errno;
    int64_t paranoid;
    char text[256];
    if (!tare_probe_number(&paranoid, "", "proc/sys/kernel/perf_event_paranoid"))
        paranoid = INT_MIN;
    tare_perf_explain(text, sizeof text, error, (int)paranoid, !attr->exclude_kernel);
    return tare_fail(TARE_EUNSUP, "%s", text);
}
