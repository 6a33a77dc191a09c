/* Processes that keep the machine busy beside a measurement. */
#ifndef TARE_RUNNER_TRUST_LOAD_H
#define TARE_RUNNER_TRUST_LOAD_H

#include "framework/platform/topology.h"
#include "framework/result/trust.h"
#include "framework/suite/worker.h"

enum { TRUST_LOADERS = 4 }; /* at most */

struct trust_loaders {
    struct tare_worker workers[TRUST_LOADERS];
    size_t n;
};

/* Starts what a load needs, on allowed CPUs other than `cpu`, and returns when it is at work: one process that
 * computes, or up to four that read and write memory. They die with the program. TARE_EUNSUP when there is no other
 * CPU. */
int trust_load_start(struct trust_loaders *l, enum tare_load load, const struct tare_topology *t, int cpu);

/* TARE_ECRASH when one of them has ended: what was measured since then was measured without it. */
int trust_load_check(struct trust_loaders *l);
void trust_load_stop(struct trust_loaders *l);

#endif
