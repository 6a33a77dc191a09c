#include "framework/runner/trust_load.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "framework/base/error.h"

enum { SAY_AT_WORK = 1 };
static const size_t memory_bytes = (size_t)256 << 20; /* far beyond the caches */

struct place {
    enum tare_load load;
    int cpu;
};

static void compute(void)
{
    for (uint64_t x = 1;;) {
        for (int i = 0; i < 1000; i++)
            x = x * 0x9e3779b97f4a7c15u + 1;
        __asm__ volatile("" : "+r"(x)); /* or there would be nothing to do */
    }
}

static void stream(uint64_t *words)
{
    for (;;) {
        for (size_t k = 0; k < memory_bytes / sizeof *words; k++)
            words[k]++;
        __asm__ volatile("" : : "r"(words) : "memory");
    }
}

static void load_for_ever(int fd, void *ctx)
{
    const struct place *place = ctx;
    void *memory = NULL;
    if (tare_bind_cpu(place->cpu) != 0)
        return;
    if (place->load == TARE_LOAD_MEMORY) {
        memory = mmap(NULL, memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            return;
        madvise(memory, memory_bytes, MADV_HUGEPAGE);
    }
    if (tare_message_send(fd, SAY_AT_WORK, NULL) != 0)
        return;
    if (memory)
        stream(memory);
    else
        compute();
}

static int start_one(struct trust_loaders *l, struct place *place)
{
    struct tare_worker *w = &l->workers[l->n];
    struct tare_message m;
    int rc = tare_worker_start(w, load_for_ever, place);
    if (rc != 0)
        return rc;
    l->n++;
    rc = tare_message_receive(&m, w->fd, 10000, NULL);
    if (rc != 0)
        return tare_fail(rc, "the load '%s' could not be started on CPU %d", tare_load_names[place->load], place->cpu);
    tare_message_free(&m);
    return 0;
}

int trust_load_start(struct trust_loaders *l, enum tare_load load, const struct tare_topology *t, int cpu)
{
    static const size_t most[TARE_LOADS] = { [TARE_LOAD_CPU] = 1, [TARE_LOAD_MEMORY] = TRUST_LOADERS };
    int cpus[TRUST_LOADERS + 1];
    *l = (struct trust_loaders){ 0 };
    if (load == TARE_LOAD_NONE)
        return 0;
    size_t found = tare_topology_pick(cpus, TRUST_LOADERS + 1, t);
    int rc = 0;
    for (size_t i = 0; i < found && l->n < most[load] && rc == 0; i++)
        if (cpus[i] != (cpu >= 0 ? cpu : cpus[0])) /* not pinned: one is left free */
            rc = start_one(l, &(struct place){ load, cpus[i] });
    if (rc == 0 && l->n == 0)
        rc = tare_fail(TARE_EUNSUP, "load '%s' needs a CPU beside the one that is measured on", tare_load_names[load]);
    if (rc != 0)
        trust_load_stop(l);
    return rc;
}

int trust_load_check(struct trust_loaders *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct tare_message m;
        int rc = tare_message_receive(&m, l->workers[i].fd, 0, NULL);
        if (rc == TARE_ECRASH)
            return tare_fail(rc, "a process that was to keep the machine busy has ended");
    }
    return 0;
}

void trust_load_stop(struct trust_loaders *l)
{
    for (size_t i = 0; i < l->n; i++)
        tare_worker_stop(&l->workers[i]);
    l->n = 0;
}
