/* Conducts a run: visits the cases in rounds, in random order, until each is settled or its budget is spent. */
#ifndef TARE_RUNNER_CONDUCTOR_H
#define TARE_RUNNER_CONDUCTOR_H

#include "framework/runner/arms.h"
#include "framework/runner/crew.h"
#include "framework/runner/judge.h"
#include "framework/runner/progress.h"

/* How long and how often; a preset. */
struct schedule {
    const char *name; /* "quick" */
    double budget_ns; /* measuring time of a case, all rounds and builds together */
    size_t rounds;
    double warmup_ns;   /* at most, in a first visit */
    double rewarm_ns;   /* at most, in later ones */
    double precision;   /* half-width of the interval over the time at which a case not compared is done */
    size_t processes;   /* rounds, each in a process of its own, before any verdict; at most `rounds` */
    size_t repetitions; /* of each build, of cases that count them (TARE_CASE_COUNTED); 0: only the budget counts */
};

extern const struct schedule schedules[];
extern const size_t n_schedules;
const struct schedule *schedule_find(const char *name); /* NULL when unknown */

/* Gives it another budget, which then counts alone. Warming up keeps its share, or it would take longer than measuring.
 */
void schedule_set_budget(struct schedule *s, double budget_ns);

/* A case to be measured: one arm (its time), or three: old, old again (the check), new; or more, further builds behind
 * the new one. */
struct entry {
    size_t result; /* index in run->results */
    struct crew_arm arms[TARE_MAX_ARMS];
    size_t n_arms;             /* 0: nothing to measure */
    struct arm_change *builds; /* [n_arms] of every arm, owned; NULL when not asked for */
    bool layouts;              /* the arms behind the new build are its layouts; builds is not NULL */
    bool every_step; /* done when each build is settled against the one before it, not just the first new one */
    bool to_first;   /* every arm is judged against arm 0 instead */
    uint64_t iters;
    size_t rounds;
    bool same_problem; /* the arms' outputs are to be the same */
    bool counted;      /* the preset promises repetitions */
    bool done;
    struct evidence evidence;
};

struct conductor {
    struct tare_run *run;
    struct suite_files *files;
    const struct bench_setting *setting;
    struct schedule schedule;
    struct progress *progress;
    const volatile int *stop;
    struct entry *entries;
    size_t n_entries, capacity;
};

/* The plan of an entry's next visit; `seed` is of the order in which its arms take turns. Of a counted entry the
 * repetitions that are still owed are shared out over the rounds that are left. */
struct tare_visit_plan conductor_plan(const struct conductor *c, const struct entry *e, uint64_t seed);

/* Appends a zeroed entry; NULL after recording TARE_ENOMEM. */
struct entry *conductor_add(struct conductor *c);

/* Measures all entries and fills their results, summaries and verdicts. A case that fails is recorded in its result and
 * the run goes on. run->interrupted is set when *stop became true. Errors: TARE_ENOMEM, TARE_EIO. */
int conductor_run(struct conductor *c);
void conductor_free(struct conductor *c);

#endif
