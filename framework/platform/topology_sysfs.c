/* Linux sysfs: Documentation/ABI/stable/sysfs-devices-system-cpu in the kernel's tree. */
#include "framework/platform/topology_sources.h"

#include "framework/base/error.h"
#include "framework/platform/probe.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is gathered while a list of CPUs is read. */
struct gathering {
    struct tare_topology *t;
    const char *root;
    bool no_memory;
};

static bool take_first(void *first, int cpu)
{
    *(int *)first = cpu;
    return false; /* one is enough */
}

static bool count_one(void *count, int cpu)
{
    (void)cpu;
    ++*(int *)count;
    return true;
}

/* Reads a list of CPUs below cpuN; *first = its first or -1, *count = how many it names. */
static void read_list(int *first, int *count, const char *root, int cpu, const char *name)
{
    char list[TARE_PROBE_TEXT];
    *first = -1;
    *count = 0;
    if (tare_probe_cpu_text(list, root, cpu, name)) {
        tare_probe_list(list, take_first, first);
        tare_probe_list(list, count_one, count);
    }
}

/* "32K", "16M": bytes, 0 when it has another form. */
static uint64_t parse_size(const char *text)
{
    static const char units[] = "KMG";
    char *end;
    uint64_t value = strtoull(text, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;
    return unit ? value << (10 * (unit - units + 1)) : *end ? 0 : value;
}

/* The caches that a CPU is the first to share, so that each is added once. */
static int add_caches(struct tare_topology *t, const char *root, int cpu)
{
    for (int i = 0;; i++) {
        char name[64], type[TARE_PROBE_TEXT], size[TARE_PROBE_TEXT];
        int64_t level, line = 0;
        int first, count;
        snprintf(name, sizeof name, "cache/index%d/level", i);
        if (!tare_probe_cpu_number(&level, root, cpu, name))
            return TARE_OK;
        snprintf(name, sizeof name, "cache/index%d/type", i);
        if (!tare_probe_cpu_text(type, root, cpu, name))
            continue;
        snprintf(name, sizeof name, "cache/index%d/size", i);
        if (!tare_probe_cpu_text(size, root, cpu, name))
            continue;
        snprintf(name, sizeof name, "cache/index%d/coherency_line_size", i);
        tare_probe_cpu_number(&line, root, cpu, name);
        snprintf(name, sizeof name, "cache/index%d/shared_cpu_list", i);
        read_list(&first, &count, root, cpu, name);
        const struct tare_cache cache = {
            .level = (int)level,
            .type = type[0] == 'D'   ? 'd'
                    : type[0] == 'I' ? 'i'
                                     : 'u',
            .bytes = parse_size(size),
            .line_bytes = (int)line,
            .shared_by = count ? count : 1,
        };
        if ((first == cpu || first < 0) && tare_topology_add_cache(t, &cache))
            return TARE_ENOMEM;
    }
}

static bool add_cpu(void *ctx, int number)
{
    struct gathering *g = ctx;
    struct tare_cpu cpu = { .os_index = number, .core = number, .kind = -1 };
    int first, count;
    int64_t value;
    /* The first sibling tells a core from all others; core_id does so only within a package, on some machines less. */
    read_list(&first, &count, g->root, number, "topology/core_cpus_list");
    if (first < 0)
        read_list(&first, &count, g->root, number, "topology/thread_siblings_list");
    if (first >= 0)
        cpu.core = first;
    if (tare_probe_cpu_number(&value, g->root, number, "topology/physical_package_id") && value >= 0)
        cpu.package = (int)value;
    if (tare_probe_cpu_number(&value, g->root, number, "cpu_capacity") && value >= 0)
        cpu.kind = (int)value; /* made dense later */
    g->no_memory = tare_topology_add_cpu(g->t, &cpu) || add_caches(g->t, g->root, number);
    return !g->no_memory;
}

struct ranking {
    struct tare_topology *t;
    int kind;
};

static bool set_kind(void *ctx, int number)
{
    const struct ranking *r = ctx;
    for (size_t i = 0; i < r->t->n_cpus; i++)
        if (r->t->cpus[i].os_index == number)
            r->t->cpus[i].kind = r->kind;
    return true;
}

/* Hybrid x86 processors have a PMU a kind; their names are the ranking. One capacity for all is no ranking. */
static void rank_kinds(struct tare_topology *t, const char *root)
{
    static const char *const pmus[] = { "sys/devices/cpu_atom/cpus", "sys/devices/cpu_core/cpus" };
    char list[TARE_PROBE_TEXT];
    for (int kind = 0; kind < 2; kind++) {
        struct ranking r = { t, kind };
        if (tare_probe_text(list, root, pmus[kind]))
            tare_probe_list(list, set_kind, &r);
    }
    bool differ = false;
    for (size_t i = 1; i < t->n_cpus; i++)
        differ |= t->cpus[i].kind != t->cpus[0].kind;
    for (size_t i = 0; i < t->n_cpus && !differ; i++)
        t->cpus[i].kind = -1;
}

/* Without sysfs: the CPUs this process may use. */
static bool add_affinity(struct gathering *g)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set))
        return false;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &set) && !add_cpu(g, cpu))
            return false;
    return true;
}

uint64_t tare_topology_memory(const char *root)
{
    char text[TARE_PROBE_TEXT];
    return tare_probe_field(text, root, "proc/meminfo", "MemTotal") ? strtoull(text, NULL, 10) * 1024 : 0;
}

int tare_topology_sysfs(struct tare_topology *t, const char *root)
{
    static const char online[] = "sys/devices/system/cpu/online";
    *t = (struct tare_topology){ .source = "sysfs" };
    struct gathering g = { t, root, false };
    char list[TARE_PROBE_TEXT];
    bool read = tare_probe_text(list, root, online) ? tare_probe_list(list, add_cpu, &g) : !*root && add_affinity(&g);
    if (!read || t->n_cpus == 0) {
        tare_topology_free(t);
        return g.no_memory ? TARE_ENOMEM : tare_fail(TARE_EIO, "%s/%s: cannot read a list of CPUs", root, online);
    }
    rank_kinds(t, root);
    tare_topology_finish(t);
    if (tare_probe_text(list, root, "sys/devices/system/node/online"))
        tare_probe_list(list, count_one, &t->n_numa);
    if (t->n_numa == 0)
        t->n_numa = 1;
    t->memory_bytes = tare_topology_memory(root);
    return TARE_OK;
}
