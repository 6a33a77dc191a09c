/* What a case measures, and how much that is. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "benches/roofs/roofs.h"

const char *const roof_groups[ROOF_OPS] = {
    [ROOF_FMA_F32] = "fma/f32", [ROOF_DOT_INT8] = "dot/int8", [ROOF_READ] = "read",
    [ROOF_ADD] = "add",         [ROOF_COPY] = "copy",         [ROOF_FILL] = "fill",
};

/* What the machine has, or what its container leaves of it. */
static size_t memory_bytes(void)
{
    size_t bytes = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    unsigned long long limit = 0;
    FILE *f = fopen("/sys/fs/cgroup/memory.max", "r");
    if (f && fscanf(f, "%llu", &limit) == 1 && limit > 0 && limit < bytes)
        bytes = (size_t)limit;
    if (f)
        fclose(f);
    return bytes;
}

void roof_find_levels(struct roof_level levels[ROOF_LEVELS], const struct tare_host *host, int n_threads)
{
    struct roof_cache caches[3];
    roof_caches(caches, "", host->cpus, n_threads);
    roof_levels(levels, caches, memory_bytes());
}

static const struct roof_pattern *find_pattern(const struct roof_isa *isa, enum roof_op op, const char *name)
{
    for (size_t i = 0; i < isa->n_patterns; i++)
        if (isa->patterns[i].op == op && strcmp(isa->patterns[i].name, name) == 0)
            return &isa->patterns[i];
    return NULL;
}

void roof_of_case(struct roof *r, const struct tare_case *c, const struct tare_host *host)
{
    *r = (struct roof){ .isa = c->arg, .n_threads = c->n_threads };
    while (strcmp(roof_groups[r->op], c->group) != 0)
        r->op++;
    if (c->n_params < 2)
        return;
    struct roof_level levels[ROOF_LEVELS];
    roof_find_levels(levels, host, (int)r->n_threads);
    for (int k = 0; k < ROOF_LEVELS; k++)
        if (strcmp(levels[k].name, c->params[0].text) == 0)
            *r = (struct roof){ .isa = r->isa,
                                .op = r->op,
                                .n_threads = r->n_threads,
                                .bytes = levels[k].bytes,
                                .in_memory = levels[k].in_memory };
    if (c->n_params > 2)
        r->pattern = find_pattern(r->isa, r->op, c->params[2].text);
}

struct tare_work roof_work(const struct roof *r)
{
    double n = r->n_threads, rounds = (double)roof_rounds(r);
    double moved = r->bytes ? n * (double)roof_stretch(r) : 0;
    switch (r->op) {
    case ROOF_FMA_F32:
        return (struct tare_work){ .flops = n * rounds * 2 * (double)r->isa->n_fma };
    case ROOF_DOT_INT8:
        return (struct tare_work){ .flops = n * rounds * 8 * (double)r->isa->n_dot };
    case ROOF_READ:
        return (struct tare_work){ .bytes_read = moved };
    case ROOF_ADD:
        return (struct tare_work){ .flops = moved / sizeof(float), .bytes_read = 2 * moved, .bytes_written = moved };
    case ROOF_COPY:
        return (struct tare_work){ .bytes_read = moved, .bytes_written = moved };
    default:
        return (struct tare_work){ .bytes_written = moved };
    }
}
