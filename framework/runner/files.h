/* The suite files of a run: snapshots of the shared objects, and the cases they list. */
#ifndef TARE_RUNNER_FILES_H
#define TARE_RUNNER_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "framework/result/result.h"

/* A case as a worker listed it. */
struct listed_case {
    char *id, *group, *variant; /* variant may be NULL */
    struct tare_param_value *params;
    size_t n_params;
    enum tare_quantity quantity;
    struct tare_work_done work;
    bool core, counted;
};

/* One build of a suite. It is copied into memory when it is added, so that what is measured (and saved) is one and the
 * same build even if the file is built anew meanwhile, and so that one build can be loaded twice. */
struct suite_file {
    char *path;         /* as the user knows it */
    int fd;             /* the snapshot */
    char load_path[32]; /* where to load it from: /proc/self/fd/N, valid in workers too */
    struct tare_build build;
    struct listed_case *cases;
    size_t n_cases, capacity;
    char *problem;                  /* why it can't be used, or NULL */
    bool twin;                      /* a copy of another file; its cases are those of that file and not listed again */
    size_t first_layout, n_layouts; /* the files that hold its layouts, one after another */
};

struct suite_files {
    struct suite_file *items;
    size_t n, capacity;
};

/* How cases see the machine; lent to suites. */
struct bench_setting {
    int n_threads;
    int cpus[256]; /* [n_cpus] to run on; cpus[0] is the measuring thread's */
    size_t n_cpus; /* 0: not pinned */
    const char *cpu_mask;
    double timeout_s; /* a worker that gives no sign of life for so long hangs */
};

/* Takes a snapshot; *index is its number. TARE_ENOENT, TARE_EIO. */
int files_add(struct suite_files *f, size_t *index, const char *path);

/* The snapshot of another file once more, as a build of its own, with the same cases. */
int files_add_twin(struct suite_files *f, size_t *index, size_t of);

/* The first n layouts of a file whose name ends in .so: layouts/NAME.1.so and so on in the folder of NAME.so, as its
 * target NAME_layouts links them. TARE_ENOENT when one is missing or older than the file: the message says how to build
 * it. */
int files_add_layouts(struct suite_files *f, size_t of, size_t n);

/* Lists the cases of every file not listed yet, in a worker; a file that can't be loaded gets its `problem`. Fails only
 * when no worker can be had or the user stops it. */
int files_list(struct suite_files *f, const struct bench_setting *setting, const volatile int *stop);

/* The number of the case of an id in a file, or -1. */
long files_find(const struct suite_file *file, const char *id);

/* Whether any case of the file is tagged as core: one that tags nothing has only core cases. */
bool files_tag_core(const struct suite_file *file);

void files_free(struct suite_files *f);

#endif
