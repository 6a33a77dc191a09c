/* What was measured: the types that the runner fills and that baselines and reports read. */
#ifndef TARE_RESULT_RESULT_H
#define TARE_RESULT_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "framework/base/facts.h"
#include "framework/result/roof.h"
#include "framework/stats/compare.h"
#include "framework/stats/sample.h"

/* Why a sample is set aside. A name a cause, in tare_cause_name: "preempted", "page fault", ... */
enum tare_cause {
    TARE_CAUSE_NONE,      /* kept */
    TARE_CAUSE_PREEMPTED, /* involuntary context switch */
    TARE_CAUSE_FAULT,     /* page fault */
    TARE_CAUSE_MIGRATED,  /* another CPU at its end */
    TARE_CAUSE_STOLEN,    /* the hypervisor took time */
    TARE_CAUSE_SEVERE,    /* beyond Tukey's outer fence, no cause known */
    TARE_CAUSE_MILD,      /* beyond the inner fence: counted, but kept in the estimate */
    TARE_CAUSES
};
const char *tare_cause_name(enum tare_cause c);

/* What a case measures (tare/bench.h, enum tare_value). Members that are called times, _ns, hold it whatever it is. */
enum tare_quantity {
    TARE_QUANTITY_TIME,  /* how long an iteration takes */
    TARE_QUANTITY_NS,    /* another time */
    TARE_QUANTITY_BYTES, /* memory */
    TARE_QUANTITY_RATIO, /* a number without a unit */
    TARE_QUANTITIES
};
extern const char *const tare_quantity_names[TARE_QUANTITIES]; /* "time", "ns", "bytes", "ratio" */

struct tare_param_value {
    char *name; /* or NULL: a bare text */
    char *text; /* as in the id */
};

/* How many operations one iteration declares; 0 = not declared. */
struct tare_work_done {
    double flops, bytes_read, bytes_written, items;
    char *item_unit; /* or NULL */
    /* What bounds it, as in struct tare_demand. */
    enum tare_arithmetic arithmetic;
    int n_threads; /* 0: not said */
    double working_set;
    bool cold;
};

struct tare_samples {
    size_t n;
    double *ns;     /* [n] time of one iteration, in the order measured */
    uint8_t *cause; /* [n] enum tare_cause */
    uint8_t *round; /* [n] the visit it was measured in, from 0 (255 and later share 255) */
};

struct tare_summary {
    size_t n, n_used;              /* all samples; those the estimates use */
    size_t set_aside[TARE_CAUSES]; /* counts by cause; [TARE_CAUSE_NONE] is 0 */
    struct tare_interval time_ns;  /* median of one iteration, with its interval at `confidence` */
    double confidence;
    double mean_ns, sd_ns, mad_ns, min_ns, max_ns, p5_ns, p95_ns; /* of the used samples */
    double round_spread; /* relative standard deviation of the rounds' medians: the machine's drift; 0 when
                            there is one round */
};

enum tare_case_status { TARE_CASE_OK, TARE_CASE_FAILED, TARE_CASE_UNMEASURED /* stopped before its turn */ };

enum tare_presence { TARE_IN_BOTH, TARE_ONLY_NEW, TARE_ONLY_OLD };

enum tare_method {
    TARE_METHOD_NONE,
    TARE_METHOD_PAIRED, /* both builds measured again, in turns */
    TARE_METHOD_STORED, /* samples on disk: the machine's drift stands between the two */
};

/* Probes of the machine's own speed, asked between the blocks of a paired comparison. */
enum tare_gauge {
    TARE_GAUGE_CLOCK,  /* a chain of dependent additions */
    TARE_GAUGE_MEMORY, /* a walk through memory beyond the core's caches */
    TARE_GAUGES
};
const char *tare_gauge_name(enum tare_gauge g); /* "clock", "memory" */

/* The blocks measured while the machine was about equally fast, by one gauge. */
struct tare_state {
    enum tare_gauge gauge;
    size_t bin;       /* of this gauge's, from 0, the fastest */
    double low, high; /* the machine's speed, a share of the fastest that the gauge saw: 0.5 took twice as long */
    size_t blocks;
    struct tare_interval ratio; /* ln(new / old) of these blocks */
};
enum { TARE_MOST_BINS = 3, TARE_MOST_STATES = TARE_GAUGES * TARE_MOST_BINS };

/* The new build once more, its code at another address: what of a change is where the code lies. */
struct tare_layout {
    size_t shift;               /* bytes by which all its functions are shifted */
    struct tare_interval ratio; /* ln(time in this layout / old), at `confidence` as used for the change */
};
enum { TARE_MOST_LAYOUTS = 13 };

/* What the outputs of two builds have to do with each other, on the same inputs (tare/bench.h, struct tare_output). */
struct tare_answer {
    bool compared;  /* both declare outputs */
    bool unsteady;  /* the old build's differ from run to run by more than their bound: not compared */
    double ulp;     /* the distance that is largest against its bound; INFINITY: NaN or infinity, another number of
                       elements, another type */
    double bound;   /* of that output; INFINITY: any distance will do */
    char what[256]; /* where: "y[17] was 0.5 and is 0.25" */
};

/* Whether an answer lies beyond its bound. */
bool tare_answer_wrong(const struct tare_answer *a);

/* Keeps the worse of two: the one further beyond its bound, else the one nearer to it. What was unsteady stays so. */
void tare_answer_add(struct tare_answer *to, const struct tare_answer *from);

/* What layout does: the change in the layout where the new build is fastest and where it is slowest, as built among
 * them, and the distance between the two. Its interval reaches from what the layouts' intervals show (0 where all meet)
 * to what they admit. */
struct tare_spread {
    double least, most; /* ln(new / old) */
    struct tare_interval width;
};

/* How a case compares with its baseline. Changes are natural logarithms of new / old; print them as expm1(x). */
struct tare_change {
    enum tare_method method;
    enum tare_presence presence;
    enum tare_verdict verdict;
    struct tare_interval ratio;   /* the estimate that decided, at `confidence` as used for this look */
    struct tare_interval trimmed; /* the cross-check (paired only) */
    bool state_dependent;         /* the two estimates, or two states of a gauge, disagree beyond their intervals */
    struct tare_state states[TARE_MOST_STATES]; /* [n_states] by gauge and bin; of a gauge two or more, or none */
    size_t n_states;
    struct tare_layout layouts[TARE_MOST_LAYOUTS]; /* [n_layouts] paired, where they were asked for */
    size_t n_layouts;
    bool layout_dependent; /* the change is not larger than what layout alone does: it is called no change */
    struct tare_interval
        check; /* paired: A'/A, the run's own check against itself; value 0 and equal bounds when absent */
    bool has_check;
    double drift;      /* stored: standard deviation of the drift the interval was widened by */
    size_t drift_runs; /* stored: runs of the machine's history that the drift was estimated from; 0: assumed */
    size_t blocks;     /* paired: blocks used */
    size_t blocks_set_aside;
    double p, q;             /* p-value of a change beyond the margin; adjusted over the run's cases */
    double smallest_visible; /* relative change this comparison could have called: half-width beyond the margin */
    double needed_ns;        /* inconclusive: measuring time that would settle the margin, or 0: unknown */
    struct tare_interval old_time_ns; /* the old side's time */
    struct tare_answer answer;        /* paired: whether both sides compute the same */
};

/* Of layouts that were measured; without any, all 0. */
struct tare_spread tare_layout_spread(const struct tare_change *c);

struct tare_result {
    char *id;                      /* "kernels/softmax/f32/avx2/1024x1024" */
    char *suite, *group, *variant; /* variant may be NULL */
    struct tare_param_value *params;
    size_t n_params;
    enum tare_quantity quantity;
    struct tare_work_done work;
    enum tare_case_status status;
    char *message;      /* why it failed, or NULL */
    uint64_t iters;     /* iterations a sample */
    size_t rounds;      /* visits */
    double warmup_ns;   /* spent warming up, all visits */
    bool steady;        /* the warm-up ended because times were steady, not because its time was over */
    bool precise;       /* sampling ended because the wanted precision was reached */
    double measured_ns; /* time inside samples */
    struct tare_samples samples;
    struct tare_summary summary;
    struct tare_bound bound;   /* the least time by the roofs of the run; ns 0: not known */
    struct tare_change change; /* method NONE: not compared */
};

/* A suite's build, as loaded. */
struct tare_build {
    char *suite; /* "kernels" */
    char *path;  /* where it was loaded from */
    char *compiler, *options;
    uint32_t flags; /* enum tare_suite_flags */
};

/* One run: what baselines keep and reports print. */
struct tare_run {
    char *version; /* of Tare */
    char *date;    /* ISO 8601, UTC */
    char *command; /* the command line */
    char *commit;  /* of the working directory: "1a2b3c4d" or "1a2b3c4d+changes"; NULL outside git */
    char *preset;
    char *baseline; /* name compared with, or NULL */
    enum tare_method method;
    uint64_t seed;
    double margin, confidence, precision, budget_ns;
    double elapsed_ns;
    int cpu; /* pinned to, or -1 */
    int n_threads;
    bool interrupted; /* stopped by the user */
    struct tare_facts machine;
    struct tare_roofs roofs;
    struct tare_build *builds;
    size_t n_builds;
    struct tare_result *results; /* in the order of the suites */
    size_t n_results, capacity;
    char **warnings; /* lines for the reader: another machine, unoptimised build, drift */
    size_t n_warnings;
};

void tare_result_free(struct tare_result *r); /* what it owns, not itself */
void tare_run_free(struct tare_run *run);     /* likewise */

/* Appends a zeroed result. NULL after recording TARE_ENOMEM. */
struct tare_result *tare_run_add(struct tare_run *run);
struct tare_result *tare_run_find(const struct tare_run *run, const char *id); /* NULL when absent */
int tare_run_warn(struct tare_run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

struct tare_totals {
    size_t cases, failed, unmeasured;
    size_t verdicts[TARE_VERDICTS]; /* by enum tare_verdict */
    size_t only_new, only_old;
    size_t wrong; /* answers beyond their bounds, whatever the verdict */
    size_t samples, set_aside[TARE_CAUSES];
};
struct tare_totals tare_run_totals(const struct tare_run *run);

/* Sets aside the statistical outliers of r->samples (those without a cause yet) and fills r->summary. A cause that
 * marks more than half of the samples is part of the work: it is lifted. TARE_ENOMEM; TARE_EPARSE when a sample is not
 * a finite positive number. */
int tare_result_summarise(struct tare_result *r, double confidence);

/* Throughput in the unit the case declares: items with a unit of their own -> "Mtokens/s" and the like, else flops ->
 * "GFLOP/s", else bytes -> "GB/s", else items. Returns false when nothing is declared or measured, and for what is not
 * the time of an iteration, as the others do. unit holds 32 bytes. */
bool tare_result_rate(double *rate, char *unit, const struct tare_result *r);

/* The share of the roof that a case reaches, 1 for all of it: its least time by the roofs, over its median. False where
 * one of them is not known. */
bool tare_result_share(double *share, const struct tare_result *r);

/* The parts of the arithmetic's roof and of the memory's that a case reaches (model FLOP utilisation, Chowdhery et al.
 * 2022, and its like for bytes): declared operations over its time and the measured peak; the time that the declared
 * bytes need at least over its time. 0 where it is not known. False where neither is. */
bool tare_result_utilisation(double *mfu, double *mbu, const struct tare_result *r);

/* Bytes read and written a second, in GB/s; false when none are declared or the case is not measured. */
bool tare_result_bandwidth(double *rate, const struct tare_result *r);

/* What the work of a case asks of the machine. */
struct tare_demand tare_work_demand(const struct tare_work_done *w);

/* Fills `bound` of every result from the run's roofs. */
void tare_run_bound(struct tare_run *run);

#endif
