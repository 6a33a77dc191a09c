#include "framework/platform/topology.h"

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/platform/topology_sources.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { AFFINITY_CPUS = 1 << 16 }; /* more than any kernel is built for */

int tare_topology_add_cpu(struct tare_topology *t, const struct tare_cpu *cpu)
{
    size_t capacity = t->n_cpus; /* grows one by one: there are few, and it happens once */
    if (tare_grow(&t->cpus, &capacity, t->n_cpus + 1, sizeof *t->cpus))
        return TARE_ENOMEM;
    t->cpus[t->n_cpus++] = *cpu;
    return TARE_OK;
}

int tare_topology_add_cache(struct tare_topology *t, const struct tare_cache *cache)
{
    for (size_t i = 0; i < t->n_caches; i++) {
        struct tare_cache *c = &t->caches[i];
        if (c->level == cache->level && c->type == cache->type && c->bytes == cache->bytes &&
            c->shared_by == cache->shared_by) {
            c->count++;
            return TARE_OK;
        }
    }
    size_t capacity = t->n_caches;
    if (tare_grow(&t->caches, &capacity, t->n_caches + 1, sizeof *t->caches))
        return TARE_ENOMEM;
    t->caches[t->n_caches] = *cache;
    t->caches[t->n_caches++].count = 1;
    return TARE_OK;
}

static int by_os_index(const void *a, const void *b)
{
    const struct tare_cpu *x = a, *y = b;
    return (x->os_index > y->os_index) - (x->os_index < y->os_index);
}

/* Data before instructions before unified ones, level by level, large before small. */
static int by_level(const void *a, const void *b)
{
    const struct tare_cache *x = a, *y = b;
    if (x->level != y->level)
        return x->level - y->level;
    if (x->type != y->type)
        return x->type - y->type;
    return (x->bytes < y->bytes) - (x->bytes > y->bytes);
}

static int *field(struct tare_cpu *cpu, size_t offset)
{
    return (int *)(void *)((char *)cpu + offset);
}

/* Replaces the numbers >= 0 in one field of all CPUs by 0, 1, ... in their own order; returns how many there are. */
static int make_dense(struct tare_topology *t, size_t offset)
{
    int dense = 0, below = -1;
    for (;;) {
        int next = INT_MAX; /* the smallest of the numbers not yet replaced */
        bool found = false;
        for (size_t i = 0; i < t->n_cpus; i++) {
            int value = *field(&t->cpus[i], offset);
            if (value > below && value <= next) {
                next = value;
                found = true;
            }
        }
        if (!found)
            return dense;
        for (size_t i = 0; i < t->n_cpus; i++)
            if (*field(&t->cpus[i], offset) == next)
                *field(&t->cpus[i], offset) = dense;
        below = next; /* dense <= next: what is replaced is not met again */
        dense++;
    }
}

void tare_topology_finish(struct tare_topology *t)
{
    qsort(t->cpus, t->n_cpus, sizeof *t->cpus, by_os_index);
    if (t->n_caches)
        qsort(t->caches, t->n_caches, sizeof *t->caches, by_level);
    t->n_cores = make_dense(t, offsetof(struct tare_cpu, core));
    t->n_packages = make_dense(t, offsetof(struct tare_cpu, package));
    make_dense(t, offsetof(struct tare_cpu, kind));
}

void tare_topology_keep(struct tare_topology *t, bool (*allowed)(const void *ctx, int cpu), const void *ctx)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->n_cpus; i++)
        if (allowed(ctx, t->cpus[i].os_index))
            t->cpus[kept++] = t->cpus[i];
    t->n_cpus = kept;
}

static bool in_affinity(const void *set, int cpu)
{
    return CPU_ISSET_S((size_t)cpu, CPU_ALLOC_SIZE(AFFINITY_CPUS), (const cpu_set_t *)set);
}

/* What the cpuset and the affinity (taskset) of the caller leave. */
static void keep_affinity(struct tare_topology *t)
{
    cpu_set_t *set = CPU_ALLOC(AFFINITY_CPUS);
    if (set && sched_getaffinity(0, CPU_ALLOC_SIZE(AFFINITY_CPUS), set) == 0)
        tare_topology_keep(t, in_affinity, set);
    CPU_FREE(set);
}

int tare_topology_read(struct tare_topology *t)
{
    bool this_system = true;
    int rc = tare_topology_hwloc(t, &this_system);
    if (rc == TARE_EUNSUP)
        rc = tare_topology_sysfs(t, "");
    if (rc)
        return rc;
    if (this_system) {
        uint64_t memory = tare_topology_memory("");
        if (memory) /* hwloc adds up the nodes, which in guests can miss what was plugged in later */
            t->memory_bytes = memory;
        keep_affinity(t);
    }
    if (t->n_cpus == 0) {
        tare_topology_free(t);
        return tare_fail(TARE_EIO, "topology: no CPU that this process may use");
    }
    return TARE_OK;
}

void tare_topology_free(struct tare_topology *t)
{
    free(t->cpus);
    free(t->caches);
    *t = (struct tare_topology){ 0 };
}

/* A CPU with what decides whether it is taken. */
struct candidate {
    const struct tare_cpu *cpu;
    int sibling; /* how many of its core are taken before it */
    bool first;  /* its core holds CPU 0 */
};

static int by_preference(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->sibling != y->sibling)
        return x->sibling - y->sibling;
    if (x->cpu->kind != y->cpu->kind)
        return y->cpu->kind - x->cpu->kind;
    if (x->first != y->first)
        return x->first - y->first;
    return x->cpu->os_index - y->cpu->os_index;
}

/* Is `a` taken before `b` of the same core? CPU 0 is taken last. */
static bool taken_before(const struct tare_cpu *a, const struct tare_cpu *b)
{
    if (a->os_index == 0 || b->os_index == 0)
        return b->os_index == 0 && a->os_index != 0;
    return a->os_index < b->os_index;
}

size_t tare_topology_pick(int *cpus, size_t want, const struct tare_topology *t)
{
    struct candidate *list = tare_calloc(t->n_cpus, sizeof *list);
    if (!list)
        return 0;
    for (size_t i = 0; i < t->n_cpus; i++) {
        list[i].cpu = &t->cpus[i];
        for (size_t j = 0; j < t->n_cpus; j++)
            if (t->cpus[j].core == t->cpus[i].core) {
                list[i].sibling += taken_before(&t->cpus[j], &t->cpus[i]);
                list[i].first |= t->cpus[j].os_index == 0;
            }
    }
    qsort(list, t->n_cpus, sizeof *list, by_preference);
    size_t n = want < t->n_cpus ? want : t->n_cpus;
    for (size_t i = 0; i < n; i++)
        cpus[i] = list[i].cpu->os_index;
    free(list);
    return n;
}

/* "0-3, 8": the CPUs of a topology, for messages. */
static void describe_cpus(struct tare_buf *b, const struct tare_topology *t)
{
    for (size_t i = 0, j; i < t->n_cpus; i = j) {
        for (j = i + 1; j < t->n_cpus && t->cpus[j].os_index == t->cpus[j - 1].os_index + 1;)
            j++;
        tare_buf_fmt(b, "%s%d", i ? ", " : "", t->cpus[i].os_index);
        if (j > i + 1)
            tare_buf_fmt(b, "-%d", t->cpus[j - 1].os_index);
    }
}

static int fail_pin(const char *text, const struct tare_topology *t)
{
    struct tare_buf b = { 0 };
    describe_cpus(&b, t);
    int rc = tare_fail(TARE_EUSAGE, "pin '%s': give auto, none or one of the CPUs %s", text, b.failed ? "" : b.data);
    tare_buf_free(&b);
    return rc;
}

int tare_pin_parse(int *cpus, size_t *n, size_t n_threads, const char *text, const struct tare_topology *t)
{
    assert(n_threads >= 1);
    *n = 0;
    if (strcmp(text, "none") == 0)
        return TARE_OK;
    if (strcmp(text, "auto") == 0) {
        *n = tare_topology_pick(cpus, n_threads, t);
        return TARE_OK;
    }
    char *end;
    errno = 0;
    long cpu = strtol(text, &end, 10);
    size_t i = 0;
    while (i < t->n_cpus && t->cpus[i].os_index != cpu)
        i++;
    if (text[0] < '0' || text[0] > '9' || *end || errno || i == t->n_cpus)
        return fail_pin(text, t);
    /* The named one, then the others as auto would take them. */
    int *order = tare_calloc(t->n_cpus, sizeof *order);
    if (!order)
        return TARE_ENOMEM;
    size_t found = tare_topology_pick(order, t->n_cpus, t);
    cpus[(*n)++] = (int)cpu;
    for (i = 0; i < found && *n < n_threads; i++)
        if (order[i] != cpu)
            cpus[(*n)++] = order[i];
    free(order);
    return TARE_OK;
}

int tare_bind_cpu(int cpu)
{
    if (cpu < 0)
        return tare_fail(TARE_EIO, "CPU %d: cannot bind: no such CPU", cpu);
    size_t bytes = CPU_ALLOC_SIZE(cpu + 1);
    cpu_set_t *set = CPU_ALLOC(cpu + 1);
    if (!set)
        return tare_fail(TARE_ENOMEM, "CPU %d: cannot bind: out of memory", cpu);
    CPU_ZERO_S(bytes, set);
    CPU_SET_S((size_t)cpu, bytes, set);
    int rc = TARE_OK;
    if (sched_setaffinity(0, bytes, set))
        rc = tare_fail(TARE_EIO, "CPU %d: cannot bind: %s", cpu, strerror(errno));
    CPU_FREE(set);
    return rc;
}
