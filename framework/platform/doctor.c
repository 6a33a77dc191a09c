#include "framework/platform/machine.h"

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/sanitized.h"
#include "framework/platform/pmu.h"
#include "framework/platform/probe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>

struct patient {
    const struct tare_topology *topology;
    const char *root;
    bool guest; /* a virtual machine: some things can be mended on its host alone */
};

#define CPU_FILES "/sys/devices/system/cpu/"

/* What a check says about a thing that is present. Strings are copied. */
struct verdict {
    enum tare_ailment_level level;
    const char *effect, *remedy, *reason;
};

static char *copy(const char *text)
{
    return text ? tare_strdup(text) : NULL;
}

static int __attribute__((format(printf, 2, 3))) fine(struct tare_ailment *a, const char *fmt, ...)
{
    struct tare_buf b = { 0 };
    va_list args;
    va_start(args, fmt);
    tare_buf_vfmt(&b, fmt, args);
    va_end(args);
    a->finding = b.data;
    return b.failed ? TARE_ENOMEM : TARE_OK;
}

static int __attribute__((format(printf, 3, 4)))
present(struct tare_ailment *a, const struct verdict *v, const char *fmt, ...)
{
    struct tare_buf b = { 0 };
    va_list args;
    va_start(args, fmt);
    tare_buf_vfmt(&b, fmt, args);
    va_end(args);
    a->present = true;
    a->level = v->level;
    a->finding = b.data;
    a->effect = copy(v->effect);
    a->remedy = copy(v->remedy);
    a->reason = copy(v->reason);
    bool had = !b.failed && a->effect && (a->remedy || !v->remedy) && (a->reason || !v->reason);
    return had ? TARE_OK : TARE_ENOMEM;
}

/* What is said where a guest has no say in the processor's frequency. */
static int no_cpufreq(const struct patient *p, struct tare_ailment *a)
{
    return fine(a, p->guest ? "not seen from here: the host rules the frequency" : "not told by this kernel");
}

static int check_governor(const struct patient *p, struct tare_ailment *a)
{
    static const struct verdict v = {
        .level = TARE_AILMENT_WARN,
        .effect = "the clock rate follows the load: the first samples are slow, and short cases slower than long ones",
        .remedy = "echo performance | sudo tee " CPU_FILES "cpu*/cpufreq/scaling_governor",
    };
    char text[TARE_PROBE_TEXT], other[TARE_PROBE_TEXT] = "";
    size_t told = 0, slow = 0;
    for (size_t i = 0; i < p->topology->n_cpus; i++) {
        if (!tare_probe_cpu_text(text, p->root, p->topology->cpus[i].os_index, "cpufreq/scaling_governor"))
            continue;
        told++;
        if (strcmp(text, "performance") != 0) {
            slow++;
            memcpy(other, text, sizeof other);
        }
    }
    if (!told)
        return no_cpufreq(p, a);
    if (!slow)
        return fine(a, "performance on %zu of %zu CPUs", told, told);
    return present(a, &v, "%s on %zu of %zu CPUs", other, slow, told);
}

static int check_turbo(const struct patient *p, struct tare_ailment *a)
{
    static const struct {
        const char *path;
        int64_t on;
        const char *remedy;
    } switches[] = {
        { "sys/devices/system/cpu/intel_pstate/no_turbo", 0, "echo 1 | sudo tee " CPU_FILES "intel_pstate/no_turbo" },
        { "sys/devices/system/cpu/cpufreq/boost", 1, "echo 0 | sudo tee " CPU_FILES "cpufreq/boost" },
    };
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        int64_t value;
        if (!tare_probe_number(&value, p->root, switches[i].path))
            continue;
        if (value != switches[i].on)
            return fine(a, "off");
        const struct verdict v = {
            .level = TARE_AILMENT_WARN,
            .effect = "the clock rate depends on temperature and on how many cores work: figures drift by some percent",
            .remedy = switches[i].remedy,
        };
        return present(a, &v, "on");
    }
    return no_cpufreq(p, a);
}

/* A ceiling below what the processor can do: somebody, or a power policy, holds it down. */
static int check_frequency_limits(const struct patient *p, struct tare_ailment *a)
{
    size_t told = 0, limited = 0;
    int64_t ceiling = 0, able = 0;
    for (size_t i = 0; i < p->topology->n_cpus; i++) {
        int64_t set, most;
        int cpu = p->topology->cpus[i].os_index;
        if (!tare_probe_cpu_number(&set, p->root, cpu, "cpufreq/scaling_max_freq") ||
            !tare_probe_cpu_number(&most, p->root, cpu, "cpufreq/cpuinfo_max_freq"))
            continue;
        told++;
        if (set < most) {
            limited++;
            ceiling = set;
            able = most;
        }
    }
    if (!told)
        return no_cpufreq(p, a);
    if (!limited)
        return fine(a, "none on %zu CPUs", told);
    char remedy[TARE_PROBE_TEXT]; /* the kernel cuts the number down to what each CPU can do */
    snprintf(remedy, sizeof remedy, "echo %" PRId64 " | sudo tee " CPU_FILES "cpu*/cpufreq/scaling_max_freq", able);
    const struct verdict v = {
        .level = TARE_AILMENT_NOTE,
        .effect = "figures are steady, but not those of the processor at its full rate",
        .remedy = remedy,
        .reason = "leave it if the limit was set on purpose",
    };
    return present(a, &v, "%zu of %zu CPUs held at %" PRId64 " of %" PRId64 " MHz", limited, told, ceiling / 1000,
                   able / 1000);
}

static int check_smt(const struct patient *p, struct tare_ailment *a)
{
    static const struct verdict v = {
        .level = TARE_AILMENT_NOTE,
        .effect = "what runs on the other thread of a core takes part of its units and caches",
        .remedy = "echo off | sudo tee " CPU_FILES "smt/control",
    };
    int64_t active;
    if (!tare_probe_number(&active, p->root, "sys/devices/system/cpu/smt/active"))
        return fine(a, "not told by this kernel");
    return active ? present(a, &v, "on") : fine(a, p->guest ? "off, as far as a guest can see" : "off");
}

static int check_load(const struct patient *p, struct tare_ailment *a)
{
    static const double warn = 0.5; /* half a CPU busy: what desktops at rest stay below */
    struct verdict v = {
        .level = TARE_AILMENT_WARN,
        .effect = "other programs take the core, the shared caches and memory bandwidth during samples",
        .remedy = "ps -eo pcpu,pid,user,comm --sort=-pcpu | head",
        .reason = "end or pause what it lists, then wait a minute for the average to fall",
    };
    char text[TARE_PROBE_TEXT], *end;
    if (!tare_probe_text(text, p->root, "proc/loadavg"))
        return fine(a, "not told by this kernel");
    double load = strtod(text, &end);
    if (end == text)
        return fine(a, "not told by this kernel");
    if (load < warn)
        return fine(a, "%.2f over the last minute", load);
    if (load >= (double)p->topology->n_cpus)
        v.level = TARE_AILMENT_BAD;
    return present(a, &v, "%.2f over the last minute, on %zu CPUs", load, p->topology->n_cpus);
}

static int check_steal(const struct patient *p, struct tare_ailment *a)
{
    static const double warn = 0.001, bad = 0.01; /* shares of the time since boot */
    struct verdict v = {
        .level = TARE_AILMENT_WARN,
        .effect = "the host takes the CPU away in the middle of samples",
        .reason =
            "must be mended on the host: pin the guest's CPUs to cores of their own, or take a dedicated instance",
    };
    int64_t ticks[8] = { 0 }, total = 0;
    char text[TARE_PROBE_TEXT];
    bool told =
        tare_probe_text(text, p->root, "proc/stat") &&
        sscanf(text, "cpu %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64,
               &ticks[0], &ticks[1], &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6], &ticks[7]) == 8;
    for (int i = 0; i < 8; i++)
        total += ticks[i];
    if (!told || total <= 0)
        return fine(a, "not told by this kernel");
    double share = (double)ticks[7] / (double)total;
    if (share < warn)
        return fine(a, "%.3f%% of the time since boot", 100 * share);
    if (share >= bad)
        v.level = TARE_AILMENT_BAD;
    return present(a, &v, "%.2f%% of the time since boot", 100 * share);
}

static int check_aslr(const struct patient *p, struct tare_ailment *a)
{
    static const struct verdict v = {
        .level = TARE_AILMENT_NOTE,
        .effect =
            "addresses change from run to run, and with them cache and branch conflicts: runs differ by a percent",
        .remedy = "setarch -R tare run ...",
    };
    int64_t level;
    if (!tare_probe_number(&level, p->root, "proc/sys/kernel/randomize_va_space"))
        return fine(a, "not told by this kernel");
    if (level == 0)
        return fine(a, "off");
    if (!*p->root && personality(0xffffffff) & ADDR_NO_RANDOMIZE) /* 0xffffffff asks and changes nothing */
        return fine(a, "off for this program");
    return present(a, &v, "addresses are randomised (level %" PRId64 ")", level);
}

static int check_thp(const struct patient *p, struct tare_ailment *a)
{
    static const struct {
        const char *word;
        struct verdict v;
    } settings[] = {
        { "[always]",
          { .level = TARE_AILMENT_NOTE,
            .effect = "whether memory lies in huge pages depends on what is free when it is asked for",
            .remedy = "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled" } },
        { "[never]",
          { .level = TARE_AILMENT_NOTE,
            .effect = "large matrices miss the TLB: memory-bound cases are slower than they need be",
            .remedy = "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled" } },
    };
    char text[TARE_PROBE_TEXT];
    if (!tare_probe_text(text, p->root, "sys/kernel/mm/transparent_hugepage/enabled"))
        return fine(a, "not told by this kernel");
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (strstr(text, settings[i].word))
            return present(a, &settings[i].v, "%s", text);
    return fine(a, "%s", text);
}

static int check_swap(const struct patient *p, struct tare_ailment *a)
{
    struct verdict v = {
        .level = TARE_AILMENT_NOTE,
        .effect = "memory that was put out comes back in the middle of a sample",
        .remedy = "sudo swapoff -a",
    };
    char total[TARE_PROBE_TEXT], unused[TARE_PROBE_TEXT];
    if (!tare_probe_field(total, p->root, "proc/meminfo", "SwapTotal") ||
        !tare_probe_field(unused, p->root, "proc/meminfo", "SwapFree"))
        return fine(a, "not told by this kernel");
    uint64_t all_kib = strtoull(total, NULL, 10), free_kib = strtoull(unused, NULL, 10);
    if (all_kib == 0)
        return fine(a, "none");
    if (free_kib < all_kib)
        v.level = TARE_AILMENT_WARN;
    return present(a, &v, "%" PRIu64 " of %" PRIu64 " MiB in use", (all_kib - free_kib) / 1024, all_kib / 1024);
}

static int check_pmu(const struct patient *p, struct tare_ailment *a)
{
    static const char effect[] = "no cycles, instructions or cache misses can be counted: times only";
    static const struct {
        const char *finding;
        struct verdict v;
    } states[] = {
        [TARE_PMU_REFUSED] = { "kernel.perf_event_paranoid keeps the counters from users",
                               { TARE_AILMENT_NOTE, effect, "sudo sysctl kernel.perf_event_paranoid=2", NULL } },
        [TARE_PMU_FILTERED] = { "the kernel refuses although kernel.perf_event_paranoid would allow it",
                                { TARE_AILMENT_NOTE, effect, NULL,
                                  "a filter of system calls stands between: start the container with --cap-add PERFMON "
                                  "and a seccomp profile that allows perf_event_open" } },
        [TARE_PMU_NO_KERNEL] = { "the kernel was built without perf events",
                                 { TARE_AILMENT_NOTE, effect, NULL, "needs a kernel with CONFIG_PERF_EVENTS" } },
    };
    struct verdict none = { TARE_AILMENT_NOTE, effect, NULL, "this kernel has no driver for the processor's counters" };
    if (p->guest)
        none.reason = "the hypervisor passes no counters on: must be mended on the host (a virtual PMU, or a metal "
                      "instance)";
    enum tare_pmu pmu = tare_pmu_probe(p->root);
    if (pmu == TARE_PMU_READY)
        return fine(a, "hardware counters are ready");
    if (pmu == TARE_PMU_NONE)
        return present(a, &none, "no hardware counters");
    return present(a, &states[pmu].v, "%s", states[pmu].finding);
}

static int check_build(const struct patient *p, struct tare_ailment *a)
{
    (void)p;
#if TARE_SANITIZED || !defined(__OPTIMIZE__)
    static const struct verdict v = {
        .level = TARE_AILMENT_BAD,
        .effect = "figures say nothing about the code as it is used",
        .remedy = "make build",
    };
#if TARE_SANITIZED
    return present(a, &v, "this program was built with a sanitizer");
#else
    return present(a, &v, "this program was built without optimisation");
#endif
#else
    return fine(a, "optimised");
#endif
}

static int check_hypervisor(const struct patient *p, struct tare_ailment *a)
{
    static const struct verdict v = {
        .level = TARE_AILMENT_NOTE,
        .effect = "other guests share caches and memory bandwidth, unseen, and may share the core",
        .reason = "must be mended on the host, or by measuring on a machine without a hypervisor",
    };
    return p->guest ? present(a, &v, "this is a virtual machine") : fine(a, "none seen");
}

static const struct {
    const char *name;
    int (*check)(const struct patient *, struct tare_ailment *);
} checks[] = {
    { "build", check_build }, { "governor", check_governor },
    { "turbo", check_turbo }, { "frequency limits", check_frequency_limits },
    { "smt", check_smt },     { "load", check_load },
    { "steal", check_steal }, { "aslr", check_aslr },
    { "thp", check_thp },     { "swap", check_swap },
    { "pmu", check_pmu },     { "hypervisor", check_hypervisor },
};
enum { N_CHECKS = sizeof checks / sizeof *checks };

int tare_doctor_examine(struct tare_ailments *a, const struct tare_topology *t, const char *root)
{
    *a = (struct tare_ailments){ 0 };
    const struct patient p = { t, root, tare_probe_guest(root) == 1 };
    int rc = tare_grow(&a->items, &a->capacity, N_CHECKS, sizeof *a->items);
    for (size_t i = 0; i < N_CHECKS && !rc; i++) {
        struct tare_ailment *item = &a->items[a->n++];
        *item = (struct tare_ailment){ .name = checks[i].name };
        rc = checks[i].check(&p, item);
    }
    if (rc)
        tare_ailments_free(a);
    return rc;
}

void tare_ailments_free(struct tare_ailments *a)
{
    for (size_t i = 0; i < a->n; i++) {
        free(a->items[i].finding);
        free(a->items[i].effect);
        free(a->items[i].remedy);
        free(a->items[i].reason);
    }
    free(a->items);
    *a = (struct tare_ailments){ 0 };
}
