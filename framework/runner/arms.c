#include "framework/runner/arms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"

/* A series of log-ratios, one a block, in the order measured. */
struct series {
    double *x, *work; /* [n] each */
    const uint8_t *round;
    size_t n;
};

static bool is_change(enum tare_verdict v)
{
    return v == TARE_REGRESSED || v == TARE_IMPROVED;
}

/* medians: [256], as in struct evidence; of a round without blocks NaN. */
static void round_medians(struct tare_interval *medians, const struct series *s)
{
    for (size_t i = 0; i < 256; i++)
        medians[i] = (struct tare_interval){ NAN, -INFINITY, INFINITY };
    for (size_t from = 0, to; from < s->n; from = to) {
        for (to = from; to < s->n && s->round[to] == s->round[from]; to++)
            s->work[to - from] = s->x[to];
        tare_sort(s->work, to - from);
        medians[s->round[from]] = tare_median_interval(s->work, to - from, 0.99);
    }
}

/* The interval over blocks, widened to that over rounds; *p and the verdict as judge_look decides. */
static enum tare_verdict judge_series(struct tare_interval *out, double *p, const struct series *s, double grain,
                                      double confidence, size_t round, const struct judge_rules *rules)
{
    struct tare_interval medians[256];
    round_medians(medians, s);
    struct over_rounds o = judge_over_rounds(medians, round + 1, rules);
    memcpy(s->work, s->x, s->n * sizeof *s->work);
    *out = judge_interval(tare_paired_estimate(s->work, s->n, confidence).median, s->work, s->n, confidence);
    out->lo -= grain;
    out->hi += grain;
    double one =
        s->n < SIGN_TEST_BLOCKS ? o.p : fmax(tare_change_p(s->work, s->n, rules->margin), o.p); /* sorted now */
    *p = judge_p_of_look(one, confidence, rules);
    return judge_decide(out, &o, round, rules);
}

/* ln(arm / arm 0) a block; arm 0 is NULL: all zero. */
static const double *ratios_of(const struct evidence *e, size_t arm)
{
    return arm == 0 ? NULL : arm == 1 ? e->check : arm == 2 ? e->ratio : e->further[arm];
}

bool judge_arms(struct arm_change *builds, size_t n_arms, const struct evidence *e, const struct tare_result *r,
                size_t round, const struct judge_rules *rules)
{
    const struct tare_change *change = &r->change;
    double grain = judge_grain(r, rules);
    bool doubtful = change->has_check && is_change(tare_decide(change->check, rules->margin));
    bool settled = true;
    double *room = tare_calloc(e->n_blocks + 1, 2 * sizeof *room);
    if (!room)
        return false;
    struct series s = { room, room + e->n_blocks, e->block_round, e->n_blocks };
    builds[0] = (struct arm_change){ 0 };
    for (size_t a = 1; a < n_arms; a++) {
        struct arm_change *b = &builds[a];
        const double *x = ratios_of(e, a), *before = a == 2 || rules->to_first ? NULL : ratios_of(e, a - 1);
        if (s.n)
            memcpy(s.x, x, s.n * sizeof *s.x);
        b->verdict = judge_series(&b->ratio, &b->p, &s, grain, e->look_confidence, round, rules);
        for (size_t i = 0; before && i < s.n; i++)
            s.x[i] -= before[i];
        b->step = b->ratio;
        if (before)
            b->verdict = judge_series(&b->step, &b->p, &s, grain, e->look_confidence, round, rules);
        if (a == 1)
            b->verdict = TARE_UNDECIDED;
        else if (doubtful && is_change(b->verdict))
            b->verdict = TARE_INCONCLUSIVE;
        settled = settled && b->verdict != TARE_INCONCLUSIVE &&
                  (!is_change(b->verdict) || judge_survives_alone(b->p, n_arms - 2, rules));
    }
    free(room);
    return settled;
}

int judge_steps(struct arm_change *const *steps, size_t n, const struct judge_rules *rules)
{
    double *p = tare_calloc(n + 1, sizeof *p);
    if (!p)
        return TARE_ENOMEM;
    for (size_t i = 0; i < n; i++)
        p[i] = steps[i]->p;
    int rc = n ? tare_benjamini_hochberg(p, p, n) : 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        steps[i]->q = p[i];
        if (is_change(steps[i]->verdict) && p[i] > 1 - rules->confidence)
            steps[i]->verdict = TARE_INCONCLUSIVE;
    }
    free(p);
    return rc;
}
