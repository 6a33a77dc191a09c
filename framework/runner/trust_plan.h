/* What `tare trust` measures: which comparisons are wanted how often, how the minutes are shared out, and what goes
 * into the next batch. Pure functions. */
#ifndef TARE_RUNNER_TRUST_PLAN_H
#define TARE_RUNNER_TRUST_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "framework/result/trust.h"

/* A kind of comparison. Of the numbers wanted only the proportions count; they are those of twenty minutes. */
struct trust_wish {
    enum tare_memory memory;
    bool kernel;
    const char *slow;     /* percent planted, as in the ids of selfcheck */
    double change;        /* the same as a fraction */
    const char *schedule; /* "default": 1 s a comparison; "quick": 0.25 s */
    double alone, loaded; /* comparisons wanted without and with a load */
};
extern const struct trust_wish trust_wishes[];
extern const size_t trust_n_wishes;

/* A stretch of the time. */
struct trust_phase {
    enum tare_load load;
    bool suite; /* runs over a whole suite of unchanged cases */
    double seconds;
};
enum { TRUST_PHASES = TARE_LOADS + 1 };

/* Shares `seconds` out over the loads of a mask (1 << load) and, where suite_runs > 0, the runs over a suite, which are
 * made under the first of the loads. Returns how many phases there are. */
size_t trust_phases(struct trust_phase phases[TRUST_PHASES], double seconds, unsigned loads, size_t suite_runs);

/* Runs over a suite that belong to a plan of so many minutes unless the user says how many. */
size_t trust_suite_runs(double minutes);

/* Measuring time a case, s, such that `runs` runs over `cases` unchanged cases fit: one of four. */
double trust_suite_budget(double seconds, size_t runs, size_t cases);

/* What one such run takes, s, if each case is given so many seconds of measuring. */
double trust_suite_seconds(double budget_s, size_t cases);

/* A kind of comparison on its way. */
struct trust_demand {
    double weight; /* comparisons wanted, in proportion; 0: none */
    size_t done;
    double cost; /* seconds one takes */
};

/* Fills counts[n] with how many of each kind come next, so that what is done stays in proportion to what is wanted and
 * the batch takes about `seconds`. All zero when not even the one that is due fits, unless nothing has been done yet:
 * then one. Returns the sum. */
size_t trust_batch(size_t *counts, const struct trust_demand *demands, size_t n, double seconds);

/* How long the next batch may take when so much of a phase is left: long enough that its rounds lie apart. */
double trust_batch_seconds(double left);

#endif
