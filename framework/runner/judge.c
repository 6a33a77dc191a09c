#include "framework/runner/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/stats/dist.h"

enum { LEAST_ROUNDS = 2, LEAST_ROUNDS_CHANGED = 3 };
static const double trimmed_part = 0.1; /* of the rounds' medians, on each side: none of less than ten */

static double half_width(struct tare_interval i)
{
    return (i.hi - i.lo) / 2;
}

struct over_rounds judge_over_rounds(const struct tare_interval *rounds, size_t n_rounds,
                                     const struct judge_rules *rules)
{
    double medians[256];
    size_t n = 0, outside = 0;
    struct over_rounds o = { { NAN, -INFINITY, INFINITY }, 1, false };
    for (size_t i = 0; i < n_rounds && i < 256; i++) {
        enum tare_verdict v = tare_decide(rounds[i], rules->margin);
        outside += v == TARE_REGRESSED || v == TARE_IMPROVED;
        if (isfinite(rounds[i].value))
            medians[n++] = rounds[i].value;
    }
    o.contradicted = 5 * outside > n_rounds;
    if (n < LEAST_ROUNDS_CHANGED)
        return o;
    tare_sort(medians, n);
    o.mean = tare_trimmed_interval(medians, n, trimmed_part, rules->confidence);
    double df = (double)(n - 2 * (size_t)(trimmed_part * (double)n)) - 1;
    double error = half_width(o.mean) / tare_student_quantile(0.5 + rules->confidence / 2, df);
    double beyond = fabs(o.mean.value) - rules->margin;
    if (beyond > 0)
        o.p = error > 0 ? fmin(1, 2 * (1 - tare_student_cdf(beyond / error, df))) : 0;
    return o;
}

/* What an unsettled comparison could have seen, and how long it would need. The half-width shrinks as 1/sqrt(time). */
static void describe_open(struct tare_change *c, double measured_ns, double margin)
{
    double hw = half_width(c->ratio);
    c->smallest_visible = isfinite(hw) ? expm1(margin + hw) : INFINITY;
    double room = fabs(margin - fabs(c->ratio.value));
    c->needed_ns = isfinite(hw) && room > 0.05 * margin && hw > room ? measured_ns * (hw / room) * (hw / room) : 0;
}

/* Median and trimmed mean always differ by a hair; half a margin between intervals that do not meet is a finding. */
static bool depends_on_state(const struct tare_paired *p, double margin)
{
    return p->disagree && fabs(p->median.value - p->trimmed.value) > margin / 2;
}

struct tare_interval judge_interval(struct tare_interval median, const double *sorted, size_t n, double confidence)
{
    bool bounded = isfinite(median.lo) && isfinite(median.hi);
    if (bounded || n < LEAST_ROUNDS_CHANGED)
        return median;
    return tare_trimmed_interval(sorted, n, 0, confidence);
}

static void estimate(struct evidence *e, struct tare_change *c, double *work, double confidence, double margin)
{
    size_t n = e->n_blocks;
    memcpy(work, e->check, n * sizeof *work);
    c->check = judge_interval(tare_paired_estimate(work, n, confidence).median, work, n, confidence);
    c->has_check = n > 0;
    memcpy(work, e->ratio, n * sizeof *work);
    struct tare_paired p = tare_paired_estimate(work, n, confidence);
    c->ratio = judge_interval(p.median, work, n, confidence);
    c->trimmed = p.trimmed;
    c->state_dependent = depends_on_state(&p, margin);
    c->blocks = n;
    c->blocks_set_aside = e->blocks_set_aside;
}

static void estimate_old_time(const struct evidence *e, struct tare_change *c, double *work, double confidence)
{
    if (e->n_old == 0)
        return;
    memcpy(work, e->old_ns, e->n_old * sizeof *work);
    tare_sort(work, e->n_old);
    c->old_time_ns = tare_median_interval(work, e->n_old, confidence);
}

double judge_grain(const struct tare_result *r, const struct judge_rules *rules)
{
    double sample_ns = r->change.old_time_ns.value * (double)r->iters;
    return sample_ns > 0 && r->quantity <= TARE_QUANTITY_NS ? rules->grain_ns / sample_ns : 0;
}

static void widen_by_grain(struct tare_change *c, double grain)
{
    c->ratio.lo -= grain;
    c->ratio.hi += grain;
    c->check.lo -= grain;
    c->check.hi += grain;
}

static bool check_fails(const struct tare_change *c, double margin)
{
    enum tare_verdict v = tare_decide(c->check, margin);
    return v == TARE_REGRESSED || v == TARE_IMPROVED;
}

enum tare_verdict judge_decide(struct tare_interval *change, const struct over_rounds *o, size_t round,
                               const struct judge_rules *rules)
{
    double hw = half_width(o->mean);
    if (hw > half_width(*change) && isfinite(hw)) {
        change->lo = fmin(change->lo, change->value - hw);
        change->hi = fmax(change->hi, change->value + hw);
    }
    enum tare_verdict v = tare_decide(*change, rules->margin);
    bool changed = v == TARE_REGRESSED || v == TARE_IMPROVED;
    if (round + 1 < rules->processes || round + 1 < LEAST_ROUNDS)
        return TARE_INCONCLUSIVE;
    if ((changed || rules->processes > 1) && v != tare_decide(o->mean, rules->margin))
        return TARE_INCONCLUSIVE;
    return v == TARE_UNCHANGED && o->contradicted ? TARE_INCONCLUSIVE : v;
}

double judge_p_of_look(double p, double look_confidence, const struct judge_rules *rules)
{
    double share = (1 - look_confidence) / (1 - rules->confidence);
    return p < share ? p / share : 1;
}

bool judge_survives_alone(double p, size_t of_case, const struct judge_rules *rules)
{
    double cases = rules->cases > 0 ? (double)rules->cases : 1;
    return p * cases * (double)of_case <= 1 - rules->confidence;
}

bool judge_look(struct evidence *e, struct tare_result *r, size_t round, const struct judge_rules *rules)
{
    struct tare_change *c = &r->change;
    if (e->looks.alpha == 0)
        e->looks = tare_looks_start(rules->confidence);
    double confidence = tare_looks_next(&e->looks, (double)(round + 1) / (double)rules->rounds);
    e->look_confidence = confidence;
    double *work = tare_calloc(e->n_blocks + 1, sizeof *work);
    if (!work)
        return false;
    estimate(e, c, work, confidence, rules->margin);
    c->p = e->n_blocks ? tare_change_p(work, e->n_blocks, rules->margin) : 1; /* work holds the sorted ratios */
    estimate_old_time(e, c, work, rules->confidence);
    free(work);
    widen_by_grain(c, judge_grain(r, rules));
    c->state_dependent |= judge_states(c, e, rules);
    c->method = TARE_METHOD_PAIRED;
    struct over_rounds o = judge_over_rounds(e->rounds, round + 1, rules);
    double p = e->n_blocks < SIGN_TEST_BLOCKS ? o.p : fmax(c->p, o.p);
    c->p = judge_p_of_look(p, confidence, rules);
    c->verdict = judge_decide(&c->ratio, &o, round, rules);
    bool changed = c->verdict == TARE_REGRESSED || c->verdict == TARE_IMPROVED;
    if (changed && check_fails(c, rules->margin))
        c->verdict = TARE_INCONCLUSIVE;
    describe_open(c, r->measured_ns, rules->margin);
    return c->verdict == TARE_UNCHANGED || (c->verdict != TARE_INCONCLUSIVE && judge_survives_alone(c->p, 1, rules));
}

bool judge_precise(const struct tare_result *r, const struct judge_rules *rules)
{
    double *x = tare_calloc(r->samples.n + 1, sizeof *x);
    if (!x || r->samples.n == 0) {
        free(x);
        return false;
    }
    memcpy(x, r->samples.ns, r->samples.n * sizeof *x);
    tare_sort(x, r->samples.n);
    struct tare_interval i = tare_median_interval(x, r->samples.n, rules->confidence);
    free(x);
    return isfinite(i.lo) && isfinite(i.hi) && half_width(i) <= rules->precision * i.value;
}

int judge_run(struct tare_run *run, const struct judge_rules *rules)
{
    double *p = tare_calloc(run->n_results + 1, 2 * sizeof *p);
    if (!p)
        return TARE_ENOMEM;
    double *q = p + run->n_results;
    size_t n = 0;
    for (size_t i = 0; i < run->n_results; i++)
        if (run->results[i].change.method == TARE_METHOD_PAIRED)
            p[n++] = run->results[i].change.p;
    int rc = n ? tare_benjamini_hochberg(q, p, n) : 0;
    n = 0;
    for (size_t i = 0; i < run->n_results && rc == 0; i++) {
        struct tare_change *c = &run->results[i].change;
        if (c->method != TARE_METHOD_PAIRED)
            continue;
        c->q = q[n++];
        if ((c->verdict == TARE_REGRESSED || c->verdict == TARE_IMPROVED) && c->q > 1 - rules->confidence)
            c->verdict = TARE_INCONCLUSIVE;
    }
    free(p);
    return rc;
}

/* ---- stored samples ---- */

/* Without a history of this machine nothing inside this is called a change, nor its absence. */
static const double drift_unknown = 0.10;

struct used {
    double *x;
    size_t n;
};

static int used_samples(struct used *u, const struct tare_result *r)
{
    u->n = 0;
    u->x = tare_calloc(r->samples.n + 1, sizeof *u->x);
    if (!u->x)
        return TARE_ENOMEM;
    for (size_t i = 0; i < r->samples.n; i++)
        if (r->samples.cause[i] == TARE_CAUSE_NONE || r->samples.cause[i] == TARE_CAUSE_MILD)
            u->x[u->n++] = log(r->samples.ns[i]);
    tare_sort(u->x, u->n);
    return 0;
}

int judge_stored(struct tare_result *r, const struct tare_result *old, const struct judge_rules *rules)
{
    struct used a = { 0 }, b = { 0 };
    struct tare_change *c = &r->change;
    int rc = used_samples(&a, old);
    if (rc == 0)
        rc = used_samples(&b, r);
    if (rc == 0) {
        c->method = TARE_METHOD_STORED;
        c->verdict = TARE_INCONCLUSIVE;
        c->ratio = (struct tare_interval){ 0, -INFINITY, INFINITY };
        c->old_time_ns = old->summary.time_ns;
        c->p = c->q = 1;
    }
    if (rc == 0 && a.n > 0 && b.n > 0) {
        struct tare_interval ia = tare_median_interval(a.x, a.n, rules->confidence);
        struct tare_interval ib = tare_median_interval(b.x, b.n, rules->confidence);
        double hw = hypot(half_width(ia), half_width(ib));
        double shift = tare_shift(a.x, a.n, b.x, b.n);
        c->ratio = (struct tare_interval){ shift, shift - hw, shift + hw };
        rc = tare_mann_whitney(&c->p, NULL, a.x, a.n, b.x, b.n);
        c->drift = hypot(r->summary.round_spread, old->summary.round_spread);
    }
    free(a.x);
    free(b.x);
    return rc;
}

/* Spread of the cases' changes about their median: most cases of a run did not change, so what moves them is the
 * machine. 0 with fewer than eight. */
static double spread_over_cases(const struct tare_run *run, double *work)
{
    size_t n = 0;
    for (size_t i = 0; i < run->n_results; i++)
        if (run->results[i].change.method == TARE_METHOD_STORED)
            work[n++] = fabs(run->results[i].change.ratio.value);
    if (n < 8)
        return 0;
    tare_sort(work, n);
    return 1.4826 * tare_median(work, n);
}

/* How far two runs of one build lie apart by the history: in the middle of the run's cases, 0 without any. A case that
 * was lucky to spread little does not pass for steadier than the machine is. */
static double spread_in_history(const struct tare_run *run, struct tare_history *history, double *work)
{
    size_t n = 0;
    for (size_t i = 0; history && i < run->n_results; i++) {
        struct tare_drift d = tare_history_drift(history, run->results[i].id);
        if (d.runs > 0)
            work[n++] = M_SQRT2 * d.sd;
    }
    tare_sort(work, n);
    return n > 0 ? tare_median(work, n) : 0;
}

/* Fills drift and drift_runs; returns how many times its drift the interval must reach. */
static double estimate_drift(struct tare_change *c, const char *id, struct tare_history *history, double least,
                             double confidence)
{
    struct tare_drift d = history ? tare_history_drift(history, id) : (struct tare_drift){ 0 };
    double z = tare_normal_quantile(0.5 + confidence / 2);
    c->drift = fmax(c->drift, least);
    c->drift_runs = d.runs;
    if (d.runs == 0) {
        c->drift = fmax(c->drift, log1p(drift_unknown) / z);
        return z;
    }
    c->drift = fmax(c->drift, M_SQRT2 * d.sd); /* each of the two runs has its own */
    return tare_student_quantile(0.5 + confidence / 2, (double)d.freedom);
}

int judge_drift(struct tare_run *run, const struct judge_rules *rules, struct tare_history *history)
{
    double *work = tare_calloc(run->n_results + 1, sizeof *work);
    if (!work)
        return TARE_ENOMEM;
    double common = spread_over_cases(run, work);
    common = fmax(common, spread_in_history(run, history, work));
    free(work);
    for (size_t i = 0; i < run->n_results; i++) {
        struct tare_change *c = &run->results[i].change;
        if (c->method != TARE_METHOD_STORED)
            continue;
        double reach = estimate_drift(c, run->results[i].id, history, common, rules->confidence);
        double hw = hypot(half_width(c->ratio), reach * c->drift);
        c->ratio.lo = c->ratio.value - hw;
        c->ratio.hi = c->ratio.value + hw;
        c->verdict = tare_decide(c->ratio, rules->margin);
        c->smallest_visible = expm1(rules->margin + hw);
    }
    return 0;
}
