/* A store in a temporary folder, runs to save in it, and what holds of it at any moment. */
#ifndef TARE_TESTS_STORE_FIXTURE_H
#define TARE_TESTS_STORE_FIXTURE_H

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/store/baseline.h"
#include "tests/framework/base_scratch.h"
#include "tests/framework/result_sample.h"

struct bench {
    char *dir;                /* the temporary folder */
    struct tare_store store;  /* <dir>/.tare */
    struct tare_arena *paths; /* those of bench_path */
};

/* cmocka set-up and teardown: *state is a struct bench. */
int bench_make(void **state);
int bench_remove(void **state);

/* A run of 3 cases whose one build is a file of build_bytes made from the seed. The caller frees the run. */
void bench_run(struct tare_run *run, const struct bench *b, size_t build_bytes, uint64_t seed);

/* Saves such a run of a small build; asserts that it goes well. */
void bench_save(const struct bench *b, const char *name, uint64_t seed);

/* Loads the baseline, which must be whole and equal to the run of one of the seeds; returns which. */
size_t bench_which(const struct bench *b, const char *name, const uint64_t *seeds, size_t n);

/* Nothing lies in the store but the lock and whole baselines. */
void assert_no_debris(const struct bench *b);

/* Path below the temporary folder, kept until the test ends. */
const char *bench_path(const struct bench *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Reads or writes (without ceremony) a whole file. */
char *slurp(const char *path, size_t *len);
void spill(const char *path, const void *data, size_t len);

/* Computes a baseline's checksums anew, after an edit. */
void bench_resum(const struct bench *b, const char *name);

/* Runs test(state) in a child. An assertion that fails there fails here. Returns false when the child says that it
 * can't: CHILD_CANNOT. */
enum { CHILD_CANNOT = 77 };
bool in_child(int (*test)(void **state), void **state);

#endif
