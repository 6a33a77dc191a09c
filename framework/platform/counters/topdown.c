#include "framework/platform/counters/topdown.h"

#include <math.h>
#include <stddef.h>

static bool from_skylake(struct tare_topdown *t, const double *c)
{
    double slots = 4 * c[0];
    *t = (struct tare_topdown){
        .frontend = c[1] / slots,
        .retiring = c[2] / slots,
        .bad_speculation = (c[3] - c[2] + 4 * c[4]) / slots,
    };
    return slots > 0;
}

/* The kernel gives each part in slots; their sum is what the shares are of. */
static bool from_slots(struct tare_topdown *t, const double *c)
{
    double slots = c[1] + c[2] + c[3] + c[4];
    *t = (struct tare_topdown){ .retiring = c[1] / slots, .bad_speculation = c[2] / slots, .frontend = c[3] / slots };
    return slots > 0;
}

static bool from_zen4(struct tare_topdown *t, const double *c)
{
    double slots = 6 * c[0];
    *t = (struct tare_topdown){
        .frontend = c[1] / slots,
        .bad_speculation = (c[2] - c[3]) / slots,
        .retiring = c[3] / slots,
    };
    return slots > 0;
}

bool tare_topdown_compute(struct tare_topdown *t, enum tare_topdown_kind kind, const double *counts)
{
    static const struct {
        size_t n;
        bool (*compute)(struct tare_topdown *t, const double *c);
    } kinds[] = {
        [TARE_TOPDOWN_NONE] = { 0, NULL },
        [TARE_TOPDOWN_SKYLAKE] = { 5, from_skylake },
        [TARE_TOPDOWN_SLOTS] = { 5, from_slots },
        [TARE_TOPDOWN_ZEN4] = { 4, from_zen4 },
    };
    for (size_t i = 0; i < kinds[kind].n; i++)
        if (!isfinite(counts[i]))
            return false;
    if (!kinds[kind].compute || !kinds[kind].compute(t, counts))
        return false;
    t->bad_speculation = fmax(t->bad_speculation, 0); /* counts of one group are not of one instant */
    t->backend = fmax(1 - t->frontend - t->bad_speculation - t->retiring, 0);
    double sum = t->frontend + t->bad_speculation + t->retiring + t->backend;
    t->frontend /= sum;
    t->bad_speculation /= sum;
    t->retiring /= sum;
    t->backend /= sum;
    return true;
}
