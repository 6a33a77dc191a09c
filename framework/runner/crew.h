/* What a worker process does for the runner: list the cases of suite files, and visit cases. The message formats are
 * known to crew.c alone. */
#ifndef TARE_RUNNER_CREW_H
#define TARE_RUNNER_CREW_H

#include "framework/measure/dive.h"
#include "framework/measure/visit.h"
#include "framework/runner/files.h"
#include "framework/suite/worker.h"

struct crew {
    struct tare_worker worker;
    const struct suite_files *files;
    const struct bench_setting *setting;
    const volatile int *stop;
};

struct crew_arm {
    uint32_t file, index; /* of the file, of the case in it */
};

/* Each call starts a worker if none runs. A worker that crashes or hangs is buried: TARE_ECRASH with what happened to
 * it, and the next call starts another. */

/* Fills build and cases of one file; what is wrong with the file comes back as the error. */
int crew_list(struct crew *c, size_t file, struct suite_file *out);

/* One visit to the arms of a case; plan->alive and ctx are ignored. TARE_EUSAGE with the suite's message when a setup
 * fails. */
int crew_visit(struct crew *c, struct tare_visit *v, const struct crew_arm *arms, size_t n_arms,
               const struct tare_visit_plan *plan);

/* A closer look at a case (framework/measure/dive.h); alive and ctx of the plan are ignored. Errors as of crew_visit.
 */
int crew_dive(struct crew *c, struct tare_spots *spots, struct tare_counts *counts, struct crew_arm arm,
              const struct tare_dive_plan *plan);

/* Ends the worker; a later call starts a fresh one, in a fresh address space. */
void crew_dismiss(struct crew *c);

#endif
