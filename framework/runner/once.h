/* A case run so many times in this very process, and nothing else: for a debugger, valgrind or another profiler. */
#ifndef TARE_RUNNER_ONCE_H
#define TARE_RUNNER_ONCE_H

#include "framework/runner/options.h"

/* Loads the suites that o's words name (else those found), runs the one case that the other word names o->iterations
 * times, and prints "ID: N iterations; instruction sets avx2 avx512". No clock is read and no worker started, so that
 * two runs execute the same instructions but for the iterations. TARE_EUSAGE when not one case is named. */
int once_run(const struct options *o);

/* The instruction sets that this process sees: "avx2 avx512", or "ref". text holds n bytes. */
char *once_levels(char *text, size_t n);

#endif
