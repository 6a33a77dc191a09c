#include "framework/platform/accounts.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STAT_BYTES = 64 * 1024 }; /* the lines of some 600 CPUs, which come first */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int stat_fd = -1; /* kept open: reading again with pread costs half of opening */

static void open_stat(void)
{
    stat_fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
}

void tare_accounts_read(struct tare_accounts *a)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage); /* cannot fail with these arguments */
    *a = (struct tare_accounts){
        .preempted = (uint64_t)usage.ru_nivcsw,
        .faults = (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt,
        .cpu = sched_getcpu(),
    };
}

int64_t tare_steal_ticks(const char *stat, int cpu)
{
    char name[16] = "cpu";
    if (cpu >= 0)
        snprintf(name, sizeof name, "cpu%d", cpu);
    size_t len = strlen(name);
    const char *line = stat;
    while (line && (strncmp(line, name, len) != 0 || line[len] != ' ')) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    int64_t steal; /* the eighth, after user nice system idle iowait irq softirq; proc(5) */
    if (!line || sscanf(line + len, "%*d %*d %*d %*d %*d %*d %*d %" SCNd64, &steal) != 1)
        return -1;
    return steal;
}

int64_t tare_steal_ns(int cpu)
{
    char text[STAT_BYTES];
    pthread_once(&once, open_stat);
    ssize_t n = stat_fd < 0 ? -1 : pread(stat_fd, text, cpu < 0 ? 512 : sizeof text - 1, 0);
    if (n <= 0)
        return -1;
    text[n] = '\0';
    int64_t ticks = tare_steal_ticks(text, cpu);
    return ticks < 0 ? -1 : ticks * (1000000000 / sysconf(_SC_CLK_TCK));
}

int64_t tare_run_delay_ns(void)
{
    int64_t delay = -1;
    char text[128];
    int fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return -1;
    text[n] = '\0';
    /* time on the processor, time waiting for it, slices; Documentation/scheduler/sched-stats */
    return sscanf(text, "%*d %" SCNd64, &delay) == 1 ? delay : -1;
}
