/* Instructions an iteration executes, counted by valgrind: the same in every run, and without hardware counters. */
#ifndef TARE_RUNNER_CALLGRIND_H
#define TARE_RUNNER_CALLGRIND_H

#include "framework/result/dive.h"
#include "framework/runner/files.h"
#include "framework/runner/options.h"

/* Runs this program under callgrind twice, with few iterations of the case and with more of them (`--iterations`); the
 * difference is the iterations' own. Valgrind does not know AVX-512 and hides it from cpuid: where the case does not
 * exist there, the last listed of its other variants is counted. e->problem says why nothing was counted. TARE_ENOMEM,
 * TARE_EIO, TARE_ESTOP. */
int callgrind_count(struct tare_executed *e, const struct suite_file *file, size_t index, double iteration_ns,
                    const struct options *o, const volatile int *stop);

/* The number behind "Collected :" in what callgrind prints; false without one. */
bool callgrind_total(double *total, const char *text);

/* From a list of cases as `tare list` prints it, the last that is the case in another variant; the caller frees. NULL
 * for none. */
char *callgrind_other_variant(const char *list, const char *id, const char *variant);

#endif
