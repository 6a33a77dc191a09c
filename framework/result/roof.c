#include "framework/result/roof.h"

#include <math.h>
#include <stdlib.h>

const char *const tare_roof_names[TARE_ROOF_KINDS] = {
    [TARE_ROOF_F32] = "f32", [TARE_ROOF_INT8] = "int8", [TARE_ROOF_READ] = "read",
    [TARE_ROOF_ADD] = "add", [TARE_ROOF_COPY] = "copy", [TARE_ROOF_FILL] = "fill",
};
const char *const tare_level_names[TARE_LEVELS] = {
    [TARE_LEVEL_NONE] = "", [TARE_LEVEL_L1] = "L1",     [TARE_LEVEL_L2] = "L2",
    [TARE_LEVEL_L3] = "L3", [TARE_LEVEL_DRAM] = "DRAM",
};

static const double few_writes = 0.02;

void tare_roofs_free(struct tare_roofs *r)
{
    for (size_t i = 0; i < r->n; i++)
        free(r->items[i].variant);
    free(r->items);
    free(r->problem);
    *r = (struct tare_roofs){ 0 };
}

struct tare_roof *tare_roofs_find(const struct tare_roofs *r, enum tare_roof_kind kind, enum tare_level level,
                                  int n_threads)
{
    for (size_t i = 0; i < r->n; i++) {
        struct tare_roof *x = &r->items[i];
        if (x->kind == kind && x->level == level && x->n_threads == n_threads)
            return x;
    }
    return NULL;
}

double tare_roof_rate(const struct tare_roof *r)
{
    double rate = fmax(r->first.value, r->last.value); /* the other one where one is NaN */
    return rate > 0 ? rate : 0;
}

struct mix {
    enum tare_roof_kind kind;
    double bytes;
};

/* The bytes of a level as mixes with a roof of their own. */
static size_t split_bytes(struct tare_need *out, enum tare_level level, double read, double written)
{
    const struct mix all_read[] = { { TARE_ROOF_READ, read + written }, { TARE_ROOF_ADD, 0 } };
    const struct mix more_read[] = { { TARE_ROOF_ADD, 3 * written }, { TARE_ROOF_READ, read - 2 * written } };
    const struct mix between[] = { { TARE_ROOF_ADD, 3 * (read - written) },
                                   { TARE_ROOF_COPY, 2 * (2 * written - read) } };
    const struct mix more_written[] = { { TARE_ROOF_COPY, 2 * read }, { TARE_ROOF_FILL, written - read } };
    const struct mix *parts = written < few_writes * (read + written) ? all_read
                              : read >= 2 * written                   ? more_read
                              : read >= written                       ? between
                                                                      : more_written;
    size_t n = 0;
    for (size_t i = 0; i < 2; i++)
        if (parts[i].bytes > 0)
            out[n++] = (struct tare_need){ parts[i].kind, level, parts[i].bytes };
    return n;
}

/* What of a demand each level must deliver, as a share: 1 for L1, 0 for those that the working set does not reach. */
static void split_levels(double share[TARE_LEVELS], const struct tare_demand *d, const struct tare_roof_cache caches[3])
{
    double held = 0;
    int threads = d->n_threads > 1 ? d->n_threads : 1;
    for (int level = TARE_LEVEL_L1; level < TARE_LEVELS; level++) {
        const struct tare_roof_cache *c = level < TARE_LEVEL_DRAM ? &caches[level - TARE_LEVEL_L1] : NULL;
        double rest = held > 0 ? 2 * (1 - held / d->working_set) : 1;
        bool there = !c || c->count > 0;
        share[level] = !there ? 0 : rest > 1 ? 1 : rest > 0 ? rest : 0;
        if (c)
            held = fmax(held, c->bytes * (c->count < threads ? c->count : threads));
    }
    if (d->cold)
        for (int level = TARE_LEVEL_L1; level < TARE_LEVELS; level++)
            share[level] = level == TARE_LEVEL_DRAM;
}

size_t tare_demand_needs(struct tare_need needs[TARE_MOST_NEEDS], const struct tare_demand *d,
                         const struct tare_roof_cache caches[3])
{
    static const enum tare_roof_kind kinds[TARE_ARITHMETICS] = {
        [TARE_ARITHMETIC_F32] = TARE_ROOF_F32, [TARE_ARITHMETIC_INT8] = TARE_ROOF_INT8
    };
    double share[TARE_LEVELS];
    size_t n = 0;
    if (d->flops > 0 && d->arithmetic == TARE_ARITHMETIC_NONE)
        return 0;
    if (d->flops > 0)
        needs[n++] = (struct tare_need){ kinds[d->arithmetic], TARE_LEVEL_NONE, d->flops };
    if (d->bytes_read + d->bytes_written <= 0 || (!(d->working_set > 0) && !d->cold))
        return n;
    split_levels(share, d, caches);
    bool whole = false;
    for (int level = TARE_LEVEL_DRAM; level >= TARE_LEVEL_L1 && !whole; level--) {
        if (share[level] > 0)
            n += split_bytes(needs + n, (enum tare_level)level, share[level] * d->bytes_read,
                             share[level] * d->bytes_written);
        whole = share[level] >= 1; /* levels before it have no more to do, and are faster */
    }
    return n;
}

struct tare_bound tare_roofs_bound(const struct tare_roofs *r, const struct tare_demand *d)
{
    struct tare_need needs[TARE_MOST_NEEDS];
    struct tare_bound worst = { 0 }, at = { 0 };
    double most = 0, arithmetic_ns = 0, memory_ns = 0;
    size_t n = tare_demand_needs(needs, d, r->caches);
    for (size_t i = 0; i < n; i++) {
        const struct tare_need *need = &needs[i];
        const struct tare_roof *roof = tare_roofs_find(r, need->kind, need->level, d->n_threads > 1 ? d->n_threads : 1);
        double rate = roof ? tare_roof_rate(roof) : 0;
        if (!(rate > 0))
            return (struct tare_bound){ 0 };
        if (i == 0 || need->level != at.level) {
            at = (struct tare_bound){ 0, need->kind, need->level };
            most = 0;
        }
        at.ns += need->amount / rate;
        if (need->amount > most) {
            most = need->amount;
            at.kind = need->kind;
        }
        double *alone = need->level == TARE_LEVEL_NONE ? &arithmetic_ns : &memory_ns;
        *alone = fmax(*alone, at.ns);
        if (at.ns > worst.ns)
            worst = at;
    }
    worst.arithmetic_ns = arithmetic_ns;
    worst.memory_ns = memory_ns;
    return worst;
}
