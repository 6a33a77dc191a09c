#include "framework/platform/machine.h"

#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/platform/pmu.h"
#include "framework/platform/probe.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* What the facts are gathered from. */
struct subject {
    struct tare_facts *facts;
    const struct tare_topology *topology;
    const char *root;
};

/* Sets a fact unless the text is empty. */
static int set(const struct subject *s, const char *key, bool identity, const char *text)
{
    return *text ? tare_facts_set(s->facts, key, identity, "%s", text) : TARE_OK;
}

static int fact_model(const struct subject *s)
{
    char model[TARE_PROBE_TEXT], part[TARE_PROBE_TEXT];
    if (tare_probe_field(model, s->root, "proc/cpuinfo", "model name"))
        return set(s, "cpu.model", true, model);
    if (tare_probe_field(model, s->root, "proc/cpuinfo", "CPU implementer") &&
        tare_probe_field(part, s->root, "proc/cpuinfo", "CPU part"))
        return tare_facts_set(s->facts, "cpu.model", true, "implementer %s part %s", model, part);
    return *s->root ? TARE_OK : set(s, "cpu.model", true, tare_cpu_brand());
}

static bool count_one(void *count, int cpu)
{
    (void)cpu;
    ++*(int *)count;
    return true;
}

/* How many CPUs the machine has online: the topology holds only those this process may use. */
static int count_logical(const struct subject *s)
{
    char list[TARE_PROBE_TEXT];
    int count = 0;
    if (tare_probe_text(list, s->root, "sys/devices/system/cpu/online") && tare_probe_list(list, count_one, &count))
        return count;
    return (int)s->topology->n_cpus;
}

static int fact_counts(const struct subject *s)
{
    const struct tare_topology *t = s->topology;
    const struct {
        const char *key;
        int count;
    } counts[] = {
        { "cpu.packages", t->n_packages },
        { "cpu.cores", t->n_cores },
        { "cpu.logical", count_logical(s) },
        { "numa.nodes", t->n_numa },
    };
    int rc = TARE_OK;
    for (size_t i = 0; i < sizeof counts / sizeof *counts && !rc; i++)
        rc = tare_facts_set(s->facts, counts[i].key, true, "%d", counts[i].count);
    return rc;
}

static int fact_levels(const struct subject *s)
{
    char text[TARE_PROBE_TEXT] = "";
    size_t len = 0;
    for (unsigned left = tare_cpu_levels(); left; left &= left - 1)
        len +=
            (size_t)snprintf(text + len, sizeof text - len, "%s%s", len ? " " : "", tare_cpu_level_name(left & -left));
    return tare_facts_set(s->facts, "cpu.levels", true, "%s", len ? text : "ref");
}

/* "48 KiB x 8": in the largest unit that divides it. */
static void describe_bytes(char *text, size_t size, uint64_t bytes, int count)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB" };
    size_t unit = 0;
    while (unit + 1 < sizeof units / sizeof *units && bytes && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    snprintf(text, size, "%" PRIu64 " %s x %d", bytes, units[unit], count);
}

static int fact_caches(const struct subject *s)
{
    static const struct {
        const char *key, *types;
        int level;
    } caches[] = {
        { "cache.l1d", "du", 1 },
        { "cache.l1i", "i", 1 },
        { "cache.l2", "du", 2 },
        { "cache.l3", "du", 3 },
    };
    int rc = TARE_OK;
    for (size_t k = 0; k < sizeof caches / sizeof *caches && !rc; k++) {
        struct tare_buf text = { 0 }; /* hybrid processors have several sizes of one level */
        for (size_t i = 0; i < s->topology->n_caches; i++) {
            const struct tare_cache *c = &s->topology->caches[i];
            char one[64];
            if (c->level != caches[k].level || !strchr(caches[k].types, c->type))
                continue;
            describe_bytes(one, sizeof one, c->bytes, c->count);
            tare_buf_fmt(&text, "%s%s", text.len ? " + " : "", one);
        }
        rc = text.failed ? TARE_ENOMEM : text.len ? set(s, caches[k].key, true, text.data) : TARE_OK;
        tare_buf_free(&text);
    }
    return rc;
}

/* Bytes of the memory blocks the kernel manages, 0 when it does not tell. Unlike MemTotal this does not change with
 * what a kernel reserves for itself. */
static uint64_t memory_blocks(const char *root)
{
    char block[TARE_PROBE_TEXT];
    uint64_t bytes = 0;
    char *path = tare_format("%s/sys/devices/system/memory", root);
    DIR *dir = path ? opendir(path) : NULL;
    if (dir && tare_probe_text(block, root, "sys/devices/system/memory/block_size_bytes"))
        for (const struct dirent *e; (e = readdir(dir)) != NULL;)
            if (strncmp(e->d_name, "memory", 6) == 0 && e->d_name[6])
                bytes += strtoull(block, NULL, 16);
    if (dir)
        closedir(dir);
    free(path);
    return bytes;
}

static int fact_memory(const struct subject *s)
{
    uint64_t blocks = memory_blocks(s->root), bytes = blocks ? blocks : s->topology->memory_bytes;
    return bytes ? tare_facts_set(s->facts, "memory.bytes", blocks != 0, "%" PRIu64, bytes) : TARE_OK;
}

/* The hypervisor's signature in the processor's own words, "" when there is none. */
static void read_signature(char signature[13])
{
    memset(signature, 0, 13);
#if defined(__x86_64__)
    unsigned a, words[3];
    __cpuid(0x40000000u, a, words[0], words[1], words[2]);
    (void)a;
    memcpy(signature, words, sizeof words);
#endif
}

static int fact_hypervisor(const struct subject *s)
{
    static const char *const known[][2] = {
        { "KVMKVMKVM", "kvm" },    { "Microsoft Hv", "hyper-v" }, { "VMwareVMware", "vmware" },
        { "XenVMMXenVMM", "xen" }, { "bhyve bhyve ", "bhyve" },   { "TCGTCGTCGTCG", "qemu" },
    };
    char signature[13];
    int guest = tare_probe_guest(s->root);
    if (guest < 0)
        return TARE_OK;
    const char *name = guest ? "unknown" : "none";
    if (guest && !*s->root) {
        read_signature(signature);
        if (*signature)
            name = signature;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (strcmp(signature, known[i][0]) == 0)
                name = known[i][1];
    }
    return set(s, "hypervisor", true, name);
}

static int fact_governor(const struct subject *s)
{
    char text[TARE_PROBE_TEXT], first[TARE_PROBE_TEXT] = "";
    for (size_t i = 0; i < s->topology->n_cpus; i++) {
        if (!tare_probe_cpu_text(text, s->root, s->topology->cpus[i].os_index, "cpufreq/scaling_governor"))
            continue;
        if (*first && strcmp(first, text) != 0)
            return set(s, "governor", false, "mixed");
        memcpy(first, text, sizeof first);
    }
    return set(s, "governor", false, first);
}

static int fact_turbo(const struct subject *s)
{
    int64_t value;
    if (tare_probe_number(&value, s->root, "sys/devices/system/cpu/intel_pstate/no_turbo"))
        return set(s, "turbo", false, value ? "off" : "on");
    if (tare_probe_number(&value, s->root, "sys/devices/system/cpu/cpufreq/boost"))
        return set(s, "turbo", false, value ? "on" : "off");
    return TARE_OK;
}

static int fact_frequency(const struct subject *s)
{
    int64_t least, most;
    char text[TARE_PROBE_TEXT];
    int cpu = s->topology->n_cpus ? s->topology->cpus[0].os_index : 0;
    if (tare_probe_cpu_number(&least, s->root, cpu, "cpufreq/cpuinfo_min_freq") &&
        tare_probe_cpu_number(&most, s->root, cpu, "cpufreq/cpuinfo_max_freq")) /* kHz */
        return tare_facts_set(s->facts, "cpu.frequency", false, "%" PRId64 " to %" PRId64 " MHz", least / 1000,
                              most / 1000);
    if (tare_probe_field(text, s->root, "proc/cpuinfo", "cpu MHz"))
        return tare_facts_set(s->facts, "cpu.frequency", false, "%.0f MHz", strtod(text, NULL));
    return TARE_OK;
}

static int fact_thp(const struct subject *s)
{
    char text[TARE_PROBE_TEXT];
    if (!tare_probe_text(text, s->root, "sys/kernel/mm/transparent_hugepage/enabled"))
        return TARE_OK;
    char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL; /* "always [madvise] never" */
    if (!close)
        return TARE_OK;
    *close = '\0';
    return set(s, "thp", false, open + 1);
}

static int fact_pmu(const struct subject *s)
{
    return set(s, "pmu", false, tare_pmu_name(tare_pmu_probe(s->root)));
}

/* Facts that stand in a file as they are: a line of it, or the value of a field. */
static int fact_files(const struct subject *s)
{
    static const struct {
        const char *key, *path, *field;
    } files[] = {
        { "kernel", "proc/sys/kernel/osrelease", NULL },
        { "os", "etc/os-release", "PRETTY_NAME" },
        { "hostname", "proc/sys/kernel/hostname", NULL },
        { "smt", "sys/devices/system/cpu/smt/control", NULL },
        { "cpu.microcode", "proc/cpuinfo", "microcode" },
        { "aslr", "proc/sys/kernel/randomize_va_space", NULL },
        { "clock.source", "sys/devices/system/clocksource/clocksource0/current_clocksource", NULL },
    };
    int rc = TARE_OK;
    for (size_t i = 0; i < sizeof files / sizeof *files && !rc; i++) {
        char text[TARE_PROBE_TEXT];
        bool read = files[i].field ? tare_probe_field(text, s->root, files[i].path, files[i].field)
                                   : tare_probe_text(text, s->root, files[i].path);
        if (read)
            rc = set(s, files[i].key, false, text);
    }
    return rc;
}

int tare_machine_facts_at(struct tare_facts *f, const struct tare_topology *t, const char *root)
{
    static int (*const steps[])(const struct subject *) = {
        fact_model,    fact_counts, fact_levels,    fact_caches, fact_memory, fact_hypervisor,
        fact_governor, fact_turbo,  fact_frequency, fact_thp,    fact_pmu,    fact_files,
    };
    const struct subject s = { f, t, root };
    int rc = TARE_OK;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !rc; i++)
        rc = steps[i](&s);
    return rc;
}

int tare_machine_facts(struct tare_facts *f, const struct tare_topology *t)
{
    return tare_machine_facts_at(f, t, "");
}
