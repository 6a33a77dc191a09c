/* How far verdicts may be believed on a machine: comparisons whose truth is known, counted. `tare trust` fills this,
 * reports print it. */
#ifndef TARE_RESULT_TRUST_H
#define TARE_RESULT_TRUST_H

#include "framework/base/mem.h"
#include "framework/result/result.h"

#define TARE_TRUST_SCHEMA "tare.trust/1"

/* What else the machine does meanwhile. */
enum tare_load { TARE_LOAD_NONE, TARE_LOAD_CPU, TARE_LOAD_MEMORY, TARE_LOADS };
extern const char *const tare_load_names[TARE_LOADS];  /* "none", "cpu", "memory" */
extern const char *const tare_load_titles[TARE_LOADS]; /* "alone", "beside a busy process", ... */

/* Where the data of a case lie. */
enum tare_memory { TARE_MEMORY_L1, TARE_MEMORY_DRAM, TARE_MEMORIES };
extern const char *const tare_memory_names[TARE_MEMORIES]; /* "L1", "DRAM" */

/* k of n, with the interval of Clopper and Pearson (1934) at 95%. */
struct tare_rate {
    size_t k, n;
    double lo, hi;
};
struct tare_rate tare_rate_of(size_t k, size_t n);

/* Comparisons of one kind: the same truth, case, budget and load. */
struct tare_trust_row {
    enum tare_load load;
    enum tare_memory memory;
    bool kernel;      /* a real one; else a case of selfcheck */
    bool suite;       /* from runs over a whole suite of unchanged cases */
    double change;    /* the truth, new / old - 1; 0: identical code */
    double budget_ns; /* measuring time a comparison may take */
    char *id;         /* of the new side's case, owned */
    size_t n, failed; /* comparisons brought to their end; those that could not be measured (not in n) */
    size_t verdicts[TARE_VERDICTS];
    size_t covered;  /* intervals that hold ln(1 + change) */
    double time_ns;  /* measuring and warming up, all comparisons together */
    double *visible; /* [n] smallest visible change of each; owned */
    size_t visible_capacity;
};

struct tare_trust {
    struct tare_trust_row *rows; /* owned */
    size_t n_rows, capacity;
    double minutes;                  /* asked for */
    size_t suite_wanted, suite_runs; /* runs over a whole suite: asked for, made */
    size_t suite_cases;              /* in each */
    size_t suite_alarms;             /* runs with a false alarm, however many */
};

struct tare_trust_row *tare_trust_row(struct tare_trust *t); /* a zeroed one; NULL after recording TARE_ENOMEM */
void tare_trust_free(struct tare_trust *t);

/* Counts a finished comparison. A case that was not measured to a verdict counts as failed. TARE_ENOMEM. */
int tare_trust_count(struct tare_trust_row *row, const struct tare_result *r);

/* Of a row: how many say what is true, and how many say the opposite. For identical code `right` are those not called
 * changed and `wrong` those that are; for a planted change `right` are those called so, `wrong` those called so in the
 * other direction. */
size_t tare_trust_right(const struct tare_trust_row *row);
size_t tare_trust_wrong(const struct tare_trust_row *row);

/* Quantile of the smallest visible change over a row's comparisons; NaN when there are none. TARE_ENOMEM. */
int tare_trust_visible(double *out, const struct tare_trust_row *row, double p);

/* Verdicts that call identical code changed, of all comparisons of it under a load. */
struct tare_rate tare_trust_alarms(const struct tare_trust *t, enum tare_load load);

/* Verdicts with the wrong direction, of all comparisons of planted changes under a load. */
struct tare_rate tare_trust_reversed(const struct tare_trust *t, enum tare_load load);

/* Intervals that hold the truth. */
struct tare_rate tare_trust_coverage(const struct tare_trust *t, enum tare_load load, enum tare_memory m);

/* The smallest change that may be believed to be found under a load: from it on, each planted change was found in at
 * least nine of ten comparisons at the longest budget, with 95% confidence (36 of 36, say), never with the wrong
 * direction, and identical code was not called changed more often than the confidence allows. INFINITY: none of those
 * tried; NaN: too few comparisons to say. */
double tare_trust_believe(const struct tare_trust *t, enum tare_load load, enum tare_memory m, double confidence);

/* The page as one document. `run` has version, date, command, machine, margin, confidence, elapsed time. */
int tare_trust_document(struct tare_buf *out, const struct tare_trust *t, const struct tare_run *run);

#endif
