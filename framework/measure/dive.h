/* A closer look at one case while it runs: where its instructions are, and what the processor counts. */
#ifndef TARE_MEASURE_DIVE_H
#define TARE_MEASURE_DIVE_H

#include "framework/base/mem.h"
#include "framework/measure/visit.h"
#include "framework/result/dive.h"

struct tare_dive_plan {
    double warmup_ns;
    double sample_ns;          /* time to sample; 0 = do not */
    enum tare_sampling choice; /* TARE_SAMPLING_NONE: the clock event, or where that is refused the timer */
    double count_ns;           /* time to count each group of events; 0 = do not */
    uint64_t iters;            /* a run; 0 = choose */
    void (*alive)(void *ctx);  /* called now and then between runs, or NULL */
    void *ctx;
};

/* Samples of one address. */
struct tare_spot {
    uint32_t object;  /* in tare_spots.objects; UINT32_MAX: in no file (code made at run time) */
    uint64_t address; /* as in the object's file: without the address it is loaded at */
    uint64_t samples;
};

struct tare_spots {
    enum tare_sampling method;
    char why_not[320]; /* why the clock event could not be had, or why there are no samples; "" otherwise */
    double period_ns;
    uint64_t samples, lost;
    char **objects; /* [n_objects] paths; owned; "" is the program itself; objects[0] is the case's suite */
    size_t n_objects, objects_capacity;
    struct tare_spot *items; /* [n] by object and address */
    size_t n, capacity;
};

/* Sets the case up, warms it up, and runs it for as long as the plan wants. TARE_ENOMEM, TARE_EUSAGE with a suite's
 * message; without any sampler or counter it is no failure. */
int tare_dive_run(struct tare_spots *spots, struct tare_counts *counts, struct tare_lab *lab, const struct tare_case *c,
                  const struct tare_dive_plan *plan);
void tare_spots_free(struct tare_spots *s);

#endif
