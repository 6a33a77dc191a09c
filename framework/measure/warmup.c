#include <math.h>

#include "framework/base/error.h"
#include "framework/measure/visit.h"
#include "framework/stats/regression.h"

enum { WINDOW = 12 }; /* batches a trend test looks at */

double tare_sample(const struct tare_fixture *f, uint64_t iters, const struct tare_clock *clock, double *told)
{
    const struct tare_loop loop = { .size = sizeof loop,
                                    .iters = iters,
                                    .value = f->c->value != TARE_VALUE_TIME ? told : NULL };
    if (f->c->reset)
        f->c->reset(f->data);
    uint64_t begin = tare_clock_begin(clock);
    f->c->run(f->data, &loop);
    uint64_t end = tare_clock_end(clock);
    double ns = tare_clock_ns(clock, begin, end) - clock->overhead_ns;
    return ns > 0 ? ns : 0;
}

static double sample_all(struct tare_fixture *const *arms, size_t n_arms, uint64_t iters,
                         const struct tare_clock *clock)
{
    double sum = 0;
    for (size_t a = 0; a < n_arms; a++)
        sum += tare_sample(arms[a], iters, clock, NULL);
    return sum;
}

/* Grows the iterations from 1 until a sample of one arm is about sample_ns long. */
static uint64_t choose_iters(struct tare_visit *v, struct tare_fixture *const *arms, size_t n_arms,
                             const struct tare_visit_plan *plan, const struct tare_clock *clock)
{
    const double most = 1e15; /* an empty loop that was optimised away ends here */
    double iters = 1;
    for (;;) {
        double ns = sample_all(arms, n_arms, (uint64_t)iters, clock) / (double)n_arms;
        v->warmup_ns += ns * (double)n_arms;
        if (plan->alive)
            plan->alive(plan->ctx);
        if (ns >= plan->sample_ns / 2 || iters >= most) {
            double best = iters * plan->sample_ns / (ns > 1 ? ns : 1);
            return best < 1 ? 1 : (uint64_t)(best < most ? best : most);
        }
        double grow = ns > plan->sample_ns / 64 ? 0.75 * plan->sample_ns / ns : 16;
        iters = ceil(iters * (grow < 2 ? 2 : grow));
    }
}

/* Batches go on until the newest window shows no falling trend and is no faster than the one before, or the time is
 * over. */
static bool settle(struct tare_visit *v, struct tare_fixture *const *arms, size_t n_arms,
                   const struct tare_visit_plan *plan, const struct tare_clock *clock, double *fastest)
{
    double window[WINDOW];
    double before = INFINITY;
    size_t n = 0;
    *fastest = INFINITY;
    while (v->warmup_ns < plan->warmup_ns) {
        double ns = sample_all(arms, n_arms, v->iters, clock);
        v->warmup_ns += fmax(ns, 1); /* a case that tells a value may take no time at all */
        if (plan->alive)
            plan->alive(plan->ctx);
        *fastest = fmin(*fastest, ns / (double)n_arms);
        window[n++] = ns;
        if (n < WINDOW)
            continue;
        double best = INFINITY;
        for (size_t i = 0; i < WINDOW; i++)
            best = fmin(best, window[i]);
        if (tare_trend_falling(window, WINDOW) > 0.05 && best > 0.99 * before)
            return true;
        before = best;
        n = 0;
    }
    return false;
}

int tare_warm_up(struct tare_visit *v, struct tare_fixture *const *arms, size_t n_arms,
                 const struct tare_visit_plan *plan, const struct tare_clock *clock)
{
    bool told = arms[0]->c->value != TARE_VALUE_TIME;
    v->warmup_ns = 0;
    v->iters = told ? 1 : plan->iters ? plan->iters : choose_iters(v, arms, n_arms, plan, clock);
    if (arms[0]->c->value > TARE_VALUE_NS) { /* no time: nothing gets warm */
        v->steady = true;
        return 0;
    }
    double fastest;
    v->steady = settle(v, arms, n_arms, plan, clock, &fastest);
    if (!told && !plan->iters && isfinite(fastest) && fastest > 0) { /* what was cold is warm now: choose again */
        double iters = (double)v->iters * plan->sample_ns / fastest;
        v->iters = iters < 1 ? 1 : (uint64_t)iters;
    }
    return 0;
}
