/* Several baselines measured again side by side: what `tare history` fills and its reports print. */
#ifndef TARE_RESULT_TIMELINE_H
#define TARE_RESULT_TIMELINE_H

#include "framework/base/mem.h"
#include "framework/result/result.h"

#define TARE_TIMELINE_SCHEMA "tare.timeline/1"

struct tare_timeline_baseline {
    char *name, *date; /* ISO 8601, UTC */
    char *commit;      /* or NULL */
    char *problem;     /* why nothing of it was measured, or NULL */
};

/* A case in one baseline. Changes are natural logarithms. */
struct tare_timeline_point {
    bool measured;              /* false: a gap */
    struct tare_interval ratio; /* ln(time / time in the first baseline that has the case); of that one 0 */
    struct tare_interval step;  /* ln(time / time in the baseline before it that has the case) */
    enum tare_verdict verdict;  /* of the step; TARE_UNDECIDED of the first */
    double q;                   /* of the step: the false-discovery rate at which it counts as a change */
};

struct tare_timeline_case {
    char *id;
    char *message; /* why it failed, or NULL */
    enum tare_quantity quantity;
    struct tare_interval time_ns; /* in the first baseline that has it; of the fastest sample of a block where
                                     builds took turns */
    struct tare_interval check;   /* that baseline against itself, ln */
    bool has_check;
    struct tare_timeline_point *points; /* [n_baselines] */
};

struct tare_timeline {
    const struct tare_run *run;               /* of now: machine, seed, margin, warnings; without results. Borrowed */
    struct tare_timeline_baseline *baselines; /* [n_baselines], oldest first */
    size_t n_baselines;
    struct tare_timeline_case *cases; /* [n_cases] */
    size_t n_cases;
};

void tare_timeline_free(struct tare_timeline *h); /* what it owns, not itself */

/* Whether a point's step is a change beyond the margin. */
bool tare_timeline_is_step(const struct tare_timeline_point *p);

/* One document, schema "tare.timeline/1" (docs/json.md). */
int tare_timeline_to_json(struct tare_buf *out, const struct tare_timeline *h);

#endif
