/* The bench a case lies on: the memory and the services that a suite is lent while its cases are measured. */
#ifndef TARE_MEASURE_LAB_H
#define TARE_MEASURE_LAB_H

#include <tare/bench.h>

#include <stdbool.h>

/* Memory comes in chunks aligned to 2 MiB, backed by huge pages where the system has them, and every fixture begins a
 * chunk of its own: two builds that ask for the same sizes get the same offsets, hence the same cache sets. */
struct tare_chunk;

struct tare_lab; /* one a worker process */

struct tare_lab_options {
    int n_threads;
    const int *cpus;      /* [n_threads] or NULL; must outlive the lab */
    const char *cpu_mask; /* or NULL; likewise */
};

int tare_lab_create(struct tare_lab **out, const struct tare_lab_options *o);
void tare_lab_free(struct tare_lab *lab);

/* A case that is set up. Lives in the caller's memory; its address must not change between setup and teardown. */
struct tare_fixture {
    struct tare_host host;
    struct tare_lab *lab;
    const struct tare_case *c;
    void *data;                /* what setup returned */
    struct tare_chunk *chunks; /* memory from host->alloc */
    size_t n_alloc, n_scratch; /* calls so far */
    char message[512];         /* of host->fail */
    bool ready;
};

/* Calls the case's setup. Returns 0, or TARE_EUSAGE with the suite's message; then there is nothing to tear down. */
int tare_fixture_setup(struct tare_fixture *f, struct tare_lab *lab, const struct tare_case *c);

/* Calls teardown and releases the fixture's memory; fine on one that was not set up or is zeroed. */
void tare_fixture_teardown(struct tare_fixture *f);

#endif
