/* How fast the machine is at this moment, by two short probes of work that never changes: a chain of dependent
 * additions (the core's clock) and a walk through a buffer beyond L2 (what neighbours leave of the memory's bandwidth).
 * Asked once a block of a paired visit, they tell in which state of the machine the block was measured. */
#ifndef TARE_MEASURE_GAUGE_H
#define TARE_MEASURE_GAUGE_H

#include "framework/platform/clock.h"
#include "framework/result/result.h"

struct tare_gauges; /* one a worker process */

/* TARE_ENOMEM: 8 MiB can't be had. */
int tare_gauges_create(struct tare_gauges **out, const struct tare_clock *clock);
void tare_gauges_free(struct tare_gauges *g);

/* Asks both, some microseconds. ns: by enum tare_gauge, the time each took; above 0. */
void tare_gauges_read(struct tare_gauges *g, float ns[TARE_GAUGES], const struct tare_clock *clock);

/* What a reading costs in all, ns, as seen at the creation. */
double tare_gauges_cost_ns(const struct tare_gauges *g);

#endif
