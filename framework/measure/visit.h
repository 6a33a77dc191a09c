/* One visit to a case: warm up until steady, choose the iterations of a sample, and take samples; with several arms
 * (two builds of a case, and the older one a second time) they take turns on one core. */
#ifndef TARE_MEASURE_VISIT_H
#define TARE_MEASURE_VISIT_H

#include "framework/measure/gauge.h"
#include "framework/measure/lab.h"
#include "framework/platform/clock.h"
#include "framework/result/result.h"

struct tare_visit_plan {
    double warmup_ns;    /* at most this long, all arms together */
    double budget_ns;    /* time inside samples, all arms together */
    double sample_ns;    /* wanted length of a sample; one iteration where that is longer */
    size_t min_samples;  /* of every arm, even beyond the budget (but not beyond 4 times it); even for several arms */
    size_t max_samples;  /* of every arm, even within it */
    size_t repetitions;  /* of every arm, whatever they take; 0 = none is promised */
    uint64_t iters;      /* iterations a sample; 0 = choose */
    uint64_t seed;       /* of the order in which arms take turns */
    int cpu;             /* whose stolen time to look at, or -1 */
    size_t answer_bytes; /* first compare the arms' outputs too, with a copy of at most so many bytes; 0 = do not */
    struct tare_gauges *gauges; /* asked before every block of several arms, or NULL */
    void (*alive)(void *ctx);   /* called now and then between samples, or NULL */
    void *ctx;
};

/* One timed sample. Samples of several arms come in blocks: every arm once in a random order, then again in the
 * mirrored order (ABBA or BAAB for two), so that a drift of the machine weighs on all arms alike. */
struct tare_reading {
    double ns; /* time of one iteration, the clock's own time taken off; or what the case told */
    uint8_t arm;
    uint8_t cause; /* enum tare_cause: what the kernel's accounts say, NONE otherwise */
    uint8_t turn;  /* which arrangement of the arms in the slots; 0 in a visit of one arm */
    uint32_t block;
    float gauge_ns[TARE_GAUGES]; /* what the gauges took before the block; 0 where they were not asked */
};

struct tare_visit {
    uint64_t iters;
    double warmup_ns, measured_ns;
    bool steady;
    struct tare_answer answer;
    struct tare_reading *readings; /* [n], in the order taken; owned */
    size_t n, capacity;
};

/* Sets the cases up, measures them and tears them down; several arms once for every turn, in which arm a has slot
 * (a + turn + seed) mod n_arms, a turn taking its part of the budget: over the turns every arm has had every slot.
 * Errors: TARE_ENOMEM, TARE_EUSAGE with a suite's message. */
int tare_visit_run(struct tare_visit *v, struct tare_lab *lab, const struct tare_case *const *arms, size_t n_arms,
                   const struct tare_visit_plan *plan);
void tare_visit_free(struct tare_visit *v);

/* One sample of one arm: reset, then `iters` iterations between two readings of the clock; ns in all. What the case
 * tells goes to *told, which may be NULL and is left alone where it tells nothing. */
double tare_sample(const struct tare_fixture *f, uint64_t iters, const struct tare_clock *clock, double *told);

/* Warms all arms up in turns; fills iters (unless plan->iters), warmup_ns and steady of *v. */
int tare_warm_up(struct tare_visit *v, struct tare_fixture *const *arms, size_t n_arms,
                 const struct tare_visit_plan *plan, const struct tare_clock *clock);

#endif
