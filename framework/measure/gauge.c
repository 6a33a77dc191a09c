#include "framework/measure/gauge.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/stats/sample.h"

enum {
    ADDITIONS = 4096,       /* one cycle each: about a microsecond */
    BUFFER_BYTES = 8 << 20, /* beyond any core's own caches */
    HUGE_PAGE = 2 << 20,
    STRETCH_BYTES = 32 << 10, /* one reading walks so far: some microseconds, and half of an L1 */
    LINE_BYTES = 64,
    FIRST_READINGS = 9,
};

struct tare_gauges {
    unsigned char *buffer; /* [BUFFER_BYTES], owned */
    size_t at;             /* where the next stretch begins */
    double cost_ns;
};

/* Each addition needs the one before; the empty statement keeps the compiler from summing up. */
static void chain(void)
{
    uint64_t x = 1, step = 3;
    for (int i = 0; i < ADDITIONS / 8; i++) {
#define ADD                                                                                                            \
    x += step;                                                                                                         \
    __asm__ volatile("" : "+r"(x));
        ADD ADD ADD ADD ADD ADD ADD ADD
#undef ADD
    }
}

static void walk(const unsigned char *from)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < STRETCH_BYTES; i += LINE_BYTES)
        sum += from[i];
    __asm__ volatile("" : : "r"(sum));
}

static float positive(double ns)
{
    return ns > 1 ? (float)ns : 1;
}

void tare_gauges_read(struct tare_gauges *g, float ns[TARE_GAUGES], const struct tare_clock *clock)
{
    uint64_t begin = tare_clock_begin(clock);
    chain();
    uint64_t middle = tare_clock_end(clock);
    walk(g->buffer + g->at);
    uint64_t end = tare_clock_end(clock);
    g->at = (g->at + STRETCH_BYTES) % BUFFER_BYTES;
    ns[TARE_GAUGE_CLOCK] = positive(tare_clock_ns(clock, begin, middle) - clock->overhead_ns);
    ns[TARE_GAUGE_MEMORY] = positive(tare_clock_ns(clock, middle, end) - clock->overhead_ns);
}

int tare_gauges_create(struct tare_gauges **out, const struct tare_clock *clock)
{
    struct tare_gauges *g = tare_calloc(1, sizeof *g);
    if (!g)
        return TARE_ENOMEM;
    g->buffer = tare_aligned(HUGE_PAGE, BUFFER_BYTES);
    if (!g->buffer) {
        free(g);
        return TARE_ENOMEM;
    }
    madvise(g->buffer, BUFFER_BYTES, MADV_HUGEPAGE); /* where it is refused, ordinary pages serve */
    memset(g->buffer, 1, BUFFER_BYTES);              /* untouched pages would all be the one page of zeros, in L1 */
    double cost[FIRST_READINGS];
    for (size_t i = 0; i < FIRST_READINGS; i++) {
        float ns[TARE_GAUGES];
        tare_gauges_read(g, ns, clock);
        cost[i] = (double)ns[TARE_GAUGE_CLOCK] + (double)ns[TARE_GAUGE_MEMORY];
    }
    tare_sort(cost, FIRST_READINGS);
    g->cost_ns = tare_median(cost, FIRST_READINGS);
    *out = g;
    return 0;
}

void tare_gauges_free(struct tare_gauges *g)
{
    if (!g)
        return;
    free(g->buffer);
    free(g);
}

double tare_gauges_cost_ns(const struct tare_gauges *g)
{
    return g->cost_ns;
}
