/* Measures the machine's roofs through the suite `roofs`, whose cases say by group, level and threads which roof they
 * are. */
#ifndef TARE_RUNNER_ROOFS_H
#define TARE_RUNNER_ROOFS_H

#include "framework/platform/topology.h"
#include "framework/runner/files.h"
#include "framework/runner/progress.h"

struct roof_case; /* a roof that the suite can measure */

struct roof_meter {
    const struct bench_setting *setting;
    const volatile int *stop;
    double confidence;        /* of the intervals */
    struct suite_files files; /* the suite alone */
    struct roof_case *cases;  /* [n] what it offers, of the strongest instruction set */
    size_t n, capacity;
};

/* Finds the suite among those of TARE_SUITES and beside the program, and lists its cases. TARE_ENOENT where there is
 * none; the suite's own errors. Afterwards roofs_close is due, whatever came of it. */
int roofs_open(struct roof_meter *m, const struct bench_setting *setting, const volatile int *stop);
void roofs_close(struct roof_meter *m);

/* Puts into `out` the roofs of a thread count, or those that a demand needs; what is there already stays. What the
 * suite does not offer is left out. */
int roofs_want_all(const struct roof_meter *m, struct tare_roofs *out, int n_threads);
int roofs_want(const struct roof_meter *m, struct tare_roofs *out, const struct tare_demand *d);

/* The sizes of the caches, from the topology. */
void roofs_caches(struct tare_roofs *out, const struct tare_topology *t);

/* The thread counts that the suite offers, ascending; at most `most` of them. */
size_t roofs_thread_counts(const struct roof_meter *m, int *counts, size_t most);

/* Measures all roofs of `out` once, in one worker: each one's first, or with `last` its last. One that fails stays
 * without a value. TARE_ESTOP when the user stops it. */
int roofs_measure(struct roof_meter *m, struct tare_roofs *out, bool last, struct progress *progress);

#endif
