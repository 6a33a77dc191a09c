/* Loading a suite and reading its cases. Loading runs the suite's code: do it in a worker process. */
#ifndef TARE_SUITE_LOAD_H
#define TARE_SUITE_LOAD_H

#include <tare/bench.h>

#include "framework/base/mem.h"

struct tare_suite_options {
    int n_threads;
    const int *cpus; /* as in struct tare_host */
    const char *cpu_mask;
};

/* A loaded suite. The cases are copies, in the form of this build's struct tare_case, whatever the suite's was. */
struct tare_suite_handle {
    void *dl;
    struct tare_suite suite;
    struct tare_case *cases; /* [n] */
    char **ids;              /* [n], "suite/group/variant/params" */
    size_t n, cases_capacity, ids_capacity;
    struct tare_arena arena; /* owns strings and params */
};

/* Opens the shared object at `path` and has it emit its cases; `name` is the path that messages show. Two handles of
 * one build need two files: the loader gives one handle for one file. Errors, one line each, beginning with name:
 * TARE_ENOENT, TARE_EPARSE (no suite, damaged, bad or repeated ids), TARE_EVERSION (another interface), TARE_EUSAGE
 * (what the suite itself reports). */
int tare_suite_load(struct tare_suite_handle *h, const char *path, const char *name,
                    const struct tare_suite_options *options);

/* Closes it; its cases must be torn down. */
void tare_suite_unload(struct tare_suite_handle *h);

#endif
