/* The bench a case lies on: the memory and the services that a suite is lent while its cases are measured. */
#ifndef TARE_MEASURE_LAB_H
#define TARE_MEASURE_LAB_H

#include <tare/bench.h>

#include <stdbool.h>

/* Memory comes in chunks aligned to 2 MiB, backed by huge pages where the system has them. A fixture's own memory lies
 * in a slot: the slot's memory stays the same, physical pages included, whichever fixture occupies it, and every slot
 * begins a chunk of its own, so that fixtures which ask for the same sizes get the same offsets. Where a fixture lies
 * can cost ten percent; builds that take turns therefore take turns in the slots too (see struct tare_visit_plan). */
enum { TARE_MAX_ARMS = 16 }; /* builds that can take turns; as many slots */

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
    void *data; /* what setup returned */
    size_t slot;
    size_t n_scratch;  /* calls so far */
    char message[512]; /* of host->fail */
    bool ready;
};

/* Calls the case's setup, with memory of a slot (below TARE_MAX_ARMS) that no live fixture has. Returns 0, or
 * TARE_EUSAGE with the suite's message; then there is nothing to tear down. */
int tare_fixture_setup(struct tare_fixture *f, struct tare_lab *lab, size_t slot, const struct tare_case *c);

/* Fills the scratch it asked for with ones: NaN as floats, -1 as integers. What a run does not write then shows. */
void tare_fixture_spoil(struct tare_fixture *f);

/* Calls teardown and vacates the slot; fine on one that was not set up or is zeroed. */
void tare_fixture_teardown(struct tare_fixture *f);

/* Gives back the memory of slots and scratch, and inputs that grew too large to keep. No fixture may be live. */
void tare_lab_clear(struct tare_lab *lab);

#endif
