/* Events that the kernel counts itself: on every machine, virtual ones too. */
#include <linux/perf_event.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/platform/counters/counters.h"

int tare_software_encode(struct tare_event *e, const char *name)
{
    static const struct {
        const char *name;
        uint64_t config;
        bool in_kernel;
    } table[] = {
        { "task-clock", PERF_COUNT_SW_TASK_CLOCK, false },
        { "page-faults", PERF_COUNT_SW_PAGE_FAULTS, false },
        { "context-switches", PERF_COUNT_SW_CONTEXT_SWITCHES, true },
        { "cpu-migrations", PERF_COUNT_SW_CPU_MIGRATIONS, true },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].name, name) == 0) {
            *e = (struct tare_event){ .type = PERF_TYPE_SOFTWARE,
                                      .config = table[i].config,
                                      .in_kernel = table[i].in_kernel };
            return 0;
        }
    return tare_fail(TARE_EUNSUP, "the kernel has no software event '%s'", name);
}
