#include "framework/measure/visit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/rng.h"
#include "framework/measure/answer.h"
#include "framework/platform/accounts.h"
#include "framework/stats/sample.h"

static const double steal_every_ns = 20e6; /* stolen time comes in grains of 10 ms */
static const double gauge_share = 0.05;    /* of a block's time that its gauges may take */

/* What the loop over samples carries along. */
struct watch {
    const struct tare_visit_plan *plan;
    const struct tare_clock *clock;
    int64_t steal;               /* at the last look */
    double since_ns;             /* measured since the last look */
    size_t first;                /* reading that the time since then begins with */
    bool timed;                  /* what is measured is a time, which disturbances lengthen */
    float gauge_ns[TARE_GAUGES]; /* before this block */
};

/* A long sample is hardly ever free of a switch, and one costs it little; whether it cost much is for the fences to
 * say. */
static const double long_sample_ns = 5e6;

static enum tare_cause cause_between(const struct tare_accounts *a, const struct tare_accounts *b, double ns)
{
    if (b->cpu != a->cpu)
        return TARE_CAUSE_MIGRATED;
    if (b->preempted != a->preempted && ns < long_sample_ns)
        return TARE_CAUSE_PREEMPTED;
    if (b->faults != a->faults)
        return TARE_CAUSE_FAULT;
    return TARE_CAUSE_NONE;
}

static int take(struct tare_visit *v, const struct tare_fixture *f, size_t arm, size_t block, const struct watch *w)
{
    if (tare_grow(&v->readings, &v->capacity, v->n + 1, sizeof *v->readings) != 0)
        return TARE_ENOMEM;
    struct tare_accounts before, after;
    double told = NAN;
    tare_accounts_read(&before);
    double ns = tare_sample(f, v->iters, w->clock, &told);
    tare_accounts_read(&after);
    bool tells = f->c->value != TARE_VALUE_TIME;
    if (tells && !(told > 0 && isfinite(told)))
        return tare_fail(TARE_EUSAGE, "the case told %g, where a finite number above 0 is wanted (tare_tell)", told);
    v->measured_ns += ns;
    v->readings[v->n++] = (struct tare_reading){
        .ns = tells ? told : ns / (double)v->iters,
        .arm = (uint8_t)arm,
        .cause = (uint8_t)(w->timed ? cause_between(&before, &after, ns) : TARE_CAUSE_NONE),
        .block = (uint32_t)block,
        .gauge_ns = { w->gauge_ns[TARE_GAUGE_CLOCK], w->gauge_ns[TARE_GAUGE_MEMORY] },
    };
    return 0;
}

/* Stolen time is told in grains of 10 ms, so a stretch that lost some is looked through for the samples that took it:
 * those half as long again as the stretch's median of their arm. */
static int charge_steal(struct tare_visit *v, struct watch *w, size_t n_arms)
{
    int64_t now = tare_steal_ns(w->plan->cpu);
    bool stolen = now > w->steal && w->steal >= 0 && w->timed;
    w->steal = now;
    w->since_ns = 0;
    size_t n = v->n - w->first;
    if (!stolen || n == 0) {
        w->first = v->n;
        return 0;
    }
    double *x = tare_calloc(n, sizeof *x);
    if (!x)
        return TARE_ENOMEM;
    for (size_t arm = 0; arm < n_arms; arm++) {
        size_t m = 0;
        for (size_t i = w->first; i < v->n; i++)
            if (v->readings[i].arm == arm)
                x[m++] = v->readings[i].ns;
        if (m == 0)
            continue;
        tare_sort(x, m);
        double limit = 1.5 * tare_median(x, m);
        for (size_t i = w->first; i < v->n; i++) {
            struct tare_reading *r = &v->readings[i];
            if (r->arm == arm && r->cause == TARE_CAUSE_NONE && r->ns > limit)
                r->cause = TARE_CAUSE_STOLEN;
        }
    }
    free(x);
    w->first = v->n;
    return 0;
}

/* Asks the gauges where blocks are long enough for it; block_ns is the time of the shortest so far, 0 at first. */
static void ask_gauges(struct watch *w, size_t n_arms, double block_ns)
{
    struct tare_gauges *g = n_arms > 1 ? w->plan->gauges : NULL;
    memset(w->gauge_ns, 0, sizeof w->gauge_ns);
    if (g && tare_gauges_cost_ns(g) <= gauge_share * block_ns)
        tare_gauges_read(g, w->gauge_ns, w->clock);
}

/* One block: all arms in a random order, then mirrored; a single arm gives one sample. */
static int take_block(struct tare_visit *v, struct tare_fixture *const *arms, size_t n_arms, size_t block,
                      struct tare_rng *rng, const struct watch *w)
{
    size_t order[TARE_MAX_ARMS];
    for (size_t a = 0; a < n_arms; a++)
        order[a] = a;
    tare_rng_shuffle(rng, order, n_arms);
    int rc = 0;
    for (size_t i = 0; i < n_arms && rc == 0; i++)
        rc = take(v, arms[order[i]], order[i], block, w);
    for (size_t i = n_arms > 1 ? n_arms : 0; i > 0 && rc == 0; i--)
        rc = take(v, arms[order[i - 1]], order[i - 1], block, w);
    return rc;
}

/* One turn: samples until its part of the budget is spent. Blocks are numbered on from `block`. */
static int run_turn(struct tare_visit *v, struct tare_fixture *const *arms, size_t n_arms,
                    const struct tare_visit_plan *plan, struct tare_rng *rng)
{
    const struct tare_clock *clock = tare_clock_get();
    double warmup_before = v->warmup_ns, measured_before = v->measured_ns;
    bool steady_before = v->steady;
    int rc = tare_warm_up(v, arms, n_arms, plan, clock);
    v->warmup_ns += warmup_before;
    v->steady = v->steady || steady_before;
    struct watch w = { .plan = plan,
                       .clock = clock,
                       .steal = tare_steal_ns(plan->cpu),
                       .first = v->n,
                       .timed = arms[0]->c->value <= TARE_VALUE_NS };
    size_t a_block = n_arms > 1 ? 2 : 1; /* samples of an arm in a block */
    double block_ns = 0;
    for (size_t block = 0; rc == 0; block++) {
        double spent = v->measured_ns - measured_before;
        size_t taken = block * a_block;
        bool enough = spent >= plan->budget_ns && taken >= plan->min_samples;
        bool over = spent >= 4 * plan->budget_ns;
        if (taken >= plan->max_samples || (taken >= plan->repetitions && (enough || over)))
            break;
        double before = v->measured_ns;
        ask_gauges(&w, n_arms, block_ns);
        rc = take_block(v, arms, n_arms, block, rng, &w);
        w.since_ns += v->measured_ns - before;
        block_ns = block > 0 ? fmin(block_ns, v->measured_ns - before) : v->measured_ns - before;
        if (rc == 0 && w.since_ns >= steal_every_ns)
            rc = charge_steal(v, &w, n_arms);
        if (plan->alive)
            plan->alive(plan->ctx);
    }
    return rc == 0 ? charge_steal(v, &w, n_arms) : rc;
}

/* Sets all arms up in the slots of a turn, measures, tears down. */
static int take_turn(struct tare_visit *v, struct tare_lab *lab, const struct tare_case *const *arms, size_t n_arms,
                     const struct tare_visit_plan *plan, size_t turn, struct tare_rng *rng)
{
    struct tare_fixture fixtures[TARE_MAX_ARMS] = { 0 };
    struct tare_fixture *pointers[TARE_MAX_ARMS];
    size_t first = v->n;
    int rc = 0;
    for (size_t slot = 0; slot < n_arms && rc == 0; slot++) {
        size_t a = (slot + turn + plan->seed) % n_arms;
        pointers[a] = &fixtures[a];
        rc = tare_fixture_setup(&fixtures[a], lab, slot, arms[a]);
        if (plan->alive)
            plan->alive(plan->ctx);
    }
    if (rc == 0 && turn == 0 && plan->answer_bytes > 0)
        rc = tare_answer_check(&v->answer, pointers, n_arms < 3 ? n_arms : 3, plan->answer_bytes, plan->seed);
    if (rc == 0)
        rc = run_turn(v, pointers, n_arms, plan, rng);
    for (size_t i = n_arms; i > 0; i--)
        tare_fixture_teardown(&fixtures[i - 1]);
    for (size_t i = first; i < v->n; i++)
        v->readings[i].turn = (uint8_t)turn;
    return rc;
}

int tare_visit_run(struct tare_visit *v, struct tare_lab *lab, const struct tare_case *const *arms, size_t n_arms,
                   const struct tare_visit_plan *plan)
{
    if (n_arms == 0 || n_arms > TARE_MAX_ARMS)
        return tare_fail(TARE_EUSAGE, "%zu arms; between 1 and %d can take turns", n_arms, TARE_MAX_ARMS);
    struct tare_rng rng;
    tare_rng_seed(&rng, plan->seed);
    *v = (struct tare_visit){ 0 };
    struct tare_visit_plan part = *plan;
    part.budget_ns = plan->budget_ns / (double)n_arms;
    part.min_samples = (plan->min_samples + n_arms - 1) / n_arms;
    part.max_samples = (plan->max_samples + n_arms - 1) / n_arms;
    part.repetitions = (plan->repetitions + n_arms - 1) / n_arms;
    int rc = 0;
    for (size_t turn = 0; turn < n_arms && rc == 0; turn++) {
        rc = take_turn(v, lab, arms, n_arms, &part, turn, &rng);
        part.iters = v->iters; /* chosen in the first turn */
    }
    tare_lab_clear(lab);
    if (rc != 0)
        tare_visit_free(v);
    return rc;
}

void tare_visit_free(struct tare_visit *v)
{
    free(v->readings);
    *v = (struct tare_visit){ 0 };
}
