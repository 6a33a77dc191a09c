/* From readings to verdicts. */
#ifndef TARE_RUNNER_JUDGE_H
#define TARE_RUNNER_JUDGE_H

#include "framework/measure/visit.h"
#include "framework/result/result.h"
#include "framework/store/history.h"

/* One block, and how fast the machine was at that moment by its gauges. */
struct moment {
    double ratio; /* ln(new / old); what the slots of its turn cost is in it */
    float gauge_ns[TARE_GAUGES];
    uint8_t round, turn;
};

/* What was seen of one case so far. */
struct evidence {
    double *ratio, *check; /* [n_blocks] ln(new/old) and ln(old again/old) a block */
    uint8_t *block_round;  /* [n_blocks] */
    size_t n_blocks, capacity[3];
    double
        *further[TARE_MAX_ARMS]; /* [n_blocks] ln(arm/old) of the arms from 3 on; NULL below and where there are none */
    size_t further_capacity[TARE_MAX_ARMS];
    size_t blocks_set_aside;
    double *old_ns; /* [n_old] the old side's time a block */
    size_t n_old, old_capacity;
    struct moment *moments; /* [n_moments] every block that the gauges were asked before */
    size_t n_moments, moment_capacity;
    struct tare_looks looks;
    double look_confidence;           /* of the last look's intervals */
    struct tare_interval rounds[256]; /* median of each round's ratios, at 99%; rounds beyond share the last */
};

/* Adds a visit: the samples of the new build (arm 2, or the only one) to r->samples and, with three arms or more, the
 * blocks' ratios. */
int evidence_add(struct evidence *e, struct tare_result *r, const struct tare_visit *v, size_t n_arms, size_t round);
void evidence_free(struct evidence *e);

struct judge_rules {
    double margin, confidence;
    size_t rounds;    /* planned */
    double precision; /* for cases not compared */
    size_t processes; /* rounds before a verdict; from 2 on, `unchanged` too needs the interval over them */
    size_t cases;     /* comparisons in the run; 0 counts as 1 */
    bool to_first;    /* judge_arms: each arm is decided against arm 0, not against the one before it */
    double grain_ns;  /* a step of the clock; no interval is narrower than one in a sample */
};

/* A round has a process, addresses and memory of its own, and a lucky address lasts as long as its round: blocks of a
 * round are not independent of each other, rounds are. So beside the interval over blocks there is one over the rounds'
 * medians (Student's t), and a change must show in both (Kalibera and Jones 2013, on repetition at the level that
 * varies). */
struct over_rounds {
    struct tare_interval
        mean; /* trimmed by a tenth on each side, where rounds are ten or more: one may have met a bad moment */
    double p; /* that it lies beyond the margin, two-sided; 1 with fewer than three rounds */
    bool contradicted; /* the intervals of over a fifth of the rounds lie outside the margin */
};

/* rounds: [n_rounds] the medians of the rounds with their intervals at 99%; 256 of them are looked at. */
struct over_rounds judge_over_rounds(const struct tare_interval *rounds, size_t n_rounds,
                                     const struct judge_rules *rules);

enum { SIGN_TEST_BLOCKS = 24 }; /* fewer can't give a small p-value, however large the change: rounds alone speak */

/* Widens an interval over blocks to that over rounds, and gives the verdict on it after round `round` (from 0). */
enum tare_verdict judge_decide(struct tare_interval *change, const struct over_rounds *o, size_t round,
                               const struct judge_rules *rules);

/* Durations are told in steps of the clock. Where samples hardly vary their median stays on a step, beside the truth,
 * and its interval may be as narrow as nothing: it is widened by this, one step in the length of a sample. */
double judge_grain(const struct tare_result *r, const struct judge_rules *rules);

/* A p-value of one look, so that it may be held against the whole error: weighted by the look's share of it. */
double judge_p_of_look(double p, double look_confidence, const struct judge_rules *rules);

/* Whether a change stands whatever the other cases come to, each with of_case comparisons: Benjamini and Hochberg
 * compare the least of m p-values with 1/m of the rate. */
bool judge_survives_alone(double p, size_t of_case, const struct judge_rules *rules);

/* The interval of a case's blocks: of their median, by order statistics. Where they are too few for that to have ends,
 * as of generations that take seconds, of their mean, by Student's t: each is a mean over the turns itself, and one
 * that was disturbed makes the interval wide. sorted: [n]; fewer than three stay without ends. */
struct tare_interval judge_interval(struct tare_interval median, const double *sorted, size_t n, double confidence);

/* Looks at a case after round `round` (from 0) and fills r->change. True when it is settled: unchanged; or changed,
 * with at least three rounds that agree, and so surely that the control over the run's cases keeps it even if it is
 * the only change. Where that is not reached the case goes on, and judge_run decides at the end. */
bool judge_look(struct evidence *e, struct tare_result *r, size_t round, const struct judge_rules *rules);

/* Whether a change of the case is more than layout does (layouts.c): fills c->layouts, each with what `ratios` say of
 * it, and where a change is not larger than the spread of the layouts can be makes it inconclusive and
 * layout-dependent. `settled` is what judge_look said. True when more measuring would change nothing: it said so, and
 * the change lies clearly above the spread or clearly within. ratios: [n] ln(layout / old), shifted by 1, 2, ... steps.
 */
bool judge_layouts(struct tare_change *c, const struct tare_interval *ratios, size_t n, bool settled);
enum { LAYOUT_STEP = 16 }; /* bytes, as cmake/TareSuite.cmake links them */

/* Splits the blocks by each gauge and fills c->states, at a confidence that holds for all of them together. True when
 * two states of a gauge have intervals that do not meet, and values more than half a margin apart. */
bool judge_states(struct tare_change *c, const struct evidence *e, const struct judge_rules *rules);

/* Whether the time of a case that is not compared is known precisely enough. */
bool judge_precise(const struct tare_result *r, const struct judge_rules *rules);

/* At the end of a run: false discoveries are controlled over all its comparisons; a change that does not survive
 * becomes inconclusive. */
int judge_run(struct tare_run *run, const struct judge_rules *rules);

/* A case that became faster and computes something else did not improve: it becomes inconclusive. Warns of each such
 * case, and of those whose old build does not repeat its own answer. (answers.c) */
int judge_answers(struct tare_run *run);

/* Compares the samples of two stored results; then `judge_drift` over all of them, which estimates the machine's drift
 * between the two runs from its history (runs of one build on it), widens the intervals by it and decides. A case
 * without a history, or history NULL: nothing inside 10% is called a change, nor its absence. */
int judge_stored(struct tare_result *r, const struct tare_result *old, const struct judge_rules *rules);
int judge_drift(struct tare_run *run, const struct judge_rules *rules, struct tare_history *history);

#endif
