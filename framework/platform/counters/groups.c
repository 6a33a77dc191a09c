#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "framework/base/error.h"
#include "framework/platform/counters/counters.h"
#include "framework/platform/counters/perf.h"

/* Events that are counted together. A name with "::" is libpfm4's, one with slashes the kernel's, others are software
 * events. */
static const struct recipe {
    const char *pmu; /* the processor that libpfm4 must find, or an event that the kernel must name; NULL: any */
    enum tare_topdown_kind topdown;
    struct {
        const char *name, *encoding;
    } events[TARE_GROUP_EVENTS];
} recipes[] = {
    { NULL,
      TARE_TOPDOWN_NONE,
      { { "task-clock", "task-clock" },
        { "page-faults", "page-faults" },
        { "context-switches", "context-switches" },
        { "cpu-migrations", "cpu-migrations" } } },
    { NULL,
      TARE_TOPDOWN_NONE,
      { { "cycles", "perf::CYCLES" },
        { "instructions", "perf::INSTRUCTIONS" },
        { "branches", "perf::BRANCHES" },
        { "branch-misses", "perf::BRANCH-MISSES" } } },
    { NULL,
      TARE_TOPDOWN_NONE,
      { { "L1d-loads", "perf::L1-DCACHE-LOADS" },
        { "L1d-load-misses", "perf::L1-DCACHE-LOAD-MISSES" },
        { "LLC-load-misses", "perf::LLC-LOAD-MISSES" },
        { "dTLB-load-misses", "perf::DTLB-LOAD-MISSES" } } },
#define SLOTS(pmu)                                                                                                     \
    {                                                                                                                  \
        pmu "/slots/", TARE_TOPDOWN_SLOTS,                                                                             \
        {                                                                                                              \
            { "slots", pmu "/slots/" }, { "topdown-retiring", pmu "/topdown-retiring/" },                              \
                { "topdown-bad-spec", pmu "/topdown-bad-spec/" }, { "topdown-fe-bound", pmu "/topdown-fe-bound/" },    \
            {                                                                                                          \
                "topdown-be-bound", pmu "/topdown-be-bound/"                                                           \
            }                                                                                                          \
        }                                                                                                              \
    }
    SLOTS("cpu"),
    SLOTS("cpu_core"),
#define SKYLAKE(pmu)                                                                                                   \
    {                                                                                                                  \
        pmu, TARE_TOPDOWN_SKYLAKE,                                                                                     \
        {                                                                                                              \
            { "core-cycles", pmu "::UNHALTED_CORE_CYCLES" },                                                           \
                { "idq_uops_not_delivered.core", pmu "::IDQ_UOPS_NOT_DELIVERED:CORE" },                                \
                { "uops_retired.retire_slots", pmu "::UOPS_RETIRED:RETIRE_SLOTS" },                                    \
                { "uops_issued.any", pmu "::UOPS_ISSUED:ANY" },                                                        \
            {                                                                                                          \
                "int_misc.recovery_cycles", pmu "::INT_MISC:RECOVERY_CYCLES"                                           \
            }                                                                                                          \
        }                                                                                                              \
    }
    SKYLAKE("skl"),
    SKYLAKE("skx"),
    SKYLAKE("clx"),
    { "amd64_fam19h_zen4",
      TARE_TOPDOWN_ZEN4,
      { { "ls_not_halted_cyc", "amd64_fam19h_zen4::CYCLES_NOT_IN_HALT" },
        /* libpfm4 4.13 has no name for these: event 0x1a0 with mask 1, event 0xaa with mask 7 */
        { "de_no_dispatch_per_slot.no_ops_from_frontend", "perf_raw::r1000001a0" },
        { "de_src_op_disp.all", "perf_raw::r7aa" },
        { "ex_ret_ops", "amd64_fam19h_zen4::RETIRED_OPS" } } },
};

static int encode(struct tare_event *e, const char *encoding, const char *root)
{
    if (strstr(encoding, "::"))
        return tare_pfm_encode(e, encoding);
    return strchr(encoding, '/') ? tare_kernel_encode(e, encoding, root) : tare_software_encode(e, encoding);
}

static bool applies(const struct recipe *r, const char *root)
{
    struct tare_event e;
    if (!r->pmu)
        return true;
    return strchr(r->pmu, '/') ? tare_kernel_encode(&e, r->pmu, root) == 0 : tare_pfm_present(r->pmu);
}

size_t tare_counters_choose(struct tare_counter_group groups[TARE_MOST_GROUPS], const char *root)
{
    size_t n = 0;
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes && n < TARE_MOST_GROUPS; i++) {
        if (!applies(&recipes[i], root))
            continue;
        struct tare_counter_group *g = &groups[n++];
        *g = (struct tare_counter_group){ .topdown = recipes[i].topdown, .leader = -1 };
        for (; g->n < TARE_GROUP_EVENTS && recipes[i].events[g->n].name; g->n++) {
            struct tare_counter *c = &g->items[g->n];
            *c = (struct tare_counter){ .name = recipes[i].events[g->n].name, .fd = -1, .value = NAN };
            c->encoded = encode(&c->event, recipes[i].events[g->n].encoding, root) == 0;
            if (!c->encoded)
                snprintf(c->why_not, sizeof c->why_not, "%s", tare_error());
        }
    }
    tare_error_clear();
    return n;
}

static int open_counter(struct tare_counter *c, int leader)
{
    struct perf_event_attr attr = {
        .type = c->event.type,
        .size = sizeof attr,
        .config = c->event.config,
        .config1 = c->event.config1,
        .config2 = c->event.config2,
        .read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
        .disabled = leader < 0,
        .exclude_kernel = !c->event.in_kernel,
        .exclude_hv = 1,
    };
    return tare_perf_open(&c->fd, &attr, 0, leader);
}

bool tare_counters_open(struct tare_counter_group *g)
{
    g->leader = -1;
    for (size_t i = 0; i < g->n; i++) {
        struct tare_counter *c = &g->items[i];
        if (!c->encoded)
            continue;
        if (open_counter(c, g->leader) != 0)
            snprintf(c->why_not, sizeof c->why_not, "known, but not to be had: %s", tare_error());
        else if (g->leader < 0)
            g->leader = c->fd;
    }
    return g->leader >= 0;
}

void tare_counters_start(struct tare_counter_group *g)
{
    ioctl(g->leader, PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP);
}

void tare_counters_stop(struct tare_counter_group *g)
{
    ioctl(g->leader, PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP);
}

bool tare_counters_scale(double *values, double *coverage, const uint64_t *answer, size_t n)
{
    uint64_t enabled = answer[1], running = answer[2]; /* behind the number of values */
    *coverage = enabled > 0 ? (double)running / (double)enabled : 0;
    for (size_t i = 0; i < n; i++)
        values[i] = running > 0 && i < answer[0] ? (double)answer[3 + i] * ((double)enabled / (double)running) : NAN;
    return running > 0;
}

static void read_group(struct tare_counter_group *g)
{
    uint64_t answer[3 + TARE_GROUP_EVENTS] = { 0 };
    double values[TARE_GROUP_EVENTS];
    size_t at = 0;
    ssize_t got = read(g->leader, answer, sizeof answer);
    bool counted =
        got >= (ssize_t)(3 * sizeof *answer) && tare_counters_scale(values, &g->coverage, answer, TARE_GROUP_EVENTS);
    for (size_t i = 0; i < g->n; i++) {
        struct tare_counter *c = &g->items[i];
        if (c->fd < 0)
            continue;
        c->value = counted ? values[at++] : NAN;
        if (!counted)
            snprintf(c->why_not, sizeof c->why_not,
                     "it never got a counter: another tool holds them, or the kernel's watchdog (sudo sysctl "
                     "kernel.nmi_watchdog=0)");
    }
}

void tare_counters_close(struct tare_counter_group *g)
{
    if (g->leader >= 0)
        read_group(g);
    for (size_t i = g->n; i > 0; i--)
        if (g->items[i - 1].fd >= 0)
            close(g->items[i - 1].fd);
    for (size_t i = 0; i < g->n; i++)
        g->items[i].fd = -1;
    g->leader = -1;
}
