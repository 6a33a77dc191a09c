/* The state split: the blocks of a comparison by the machine's speed at their moment. Work takes the same share more in
 * every state; code or data at another address, or another balance of core and memory, does not. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/runner/judge.h"
#include "framework/stats/groups.h"

enum {
    LEAST_BLOCKS = 64,        /* with a gauge's time, to split them at all */
    LEAST_BLOCKS_OF_TURN = 5, /* in a bin, for the turn's median to count */
    LEAST_ROUNDS = 3,
    MOST_ROUNDS = 256,
};

/* Times that differ by less are one state. */
static const double apart = 0.03;

/* Where blocks are sorted and counted. */
struct bench {
    struct moment *blocks; /* [n], of all bins */
    double *work;          /* [n] */
    size_t n;
};

static int by_clock(const void *left, const void *right)
{
    const struct moment *a = left, *b = right;
    float x = a->gauge_ns[TARE_GAUGE_CLOCK], y = b->gauge_ns[TARE_GAUGE_CLOCK];
    return (x > y) - (x < y);
}

static int by_memory(const void *left, const void *right)
{
    const struct moment *a = left, *b = right;
    float x = a->gauge_ns[TARE_GAUGE_MEMORY], y = b->gauge_ns[TARE_GAUGE_MEMORY];
    return (x > y) - (x < y);
}

static int (*const by_gauge[TARE_GAUGES])(const void *, const void *) = {
    [TARE_GAUGE_CLOCK] = by_clock,
    [TARE_GAUGE_MEMORY] = by_memory,
};

static int by_round_and_turn(const void *left, const void *right)
{
    const struct moment *a = left, *b = right;
    return a->round != b->round ? a->round - b->round : a->turn - b->turn;
}

/* What one round says of a bin: the mean over its turns of their medians, in which what the slots cost cancels
 * (evidence.c) where the bin has blocks in every turn. b: [n] of the round, by turn. NaN when it has too few. */
static double value_of_round(const struct moment *b, size_t n, double *work)
{
    double sum = 0;
    size_t turns = 0;
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && b[to].turn == b[from].turn; to++)
            work[to - from] = b[to].ratio;
        if (to - from < LEAST_BLOCKS_OF_TURN)
            continue;
        tare_sort(work, to - from);
        sum += tare_median(work, to - from);
        turns++;
    }
    return turns > 0 ? sum / (double)turns : NAN;
}

/* Blocks of a round share its addresses, so that an interval over blocks would take a round's luck for a state's
 * (judge.c): this one is over rounds, infinite with fewer than three. b: [n] the blocks of a bin, reordered. */
static struct tare_interval estimate(struct moment *b, size_t n, double *work, double confidence)
{
    double values[MOST_ROUNDS];
    size_t rounds = 0;
    qsort(b, n, sizeof *b, by_round_and_turn);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && b[to].round == b[from].round; to++)
            ;
        double value = value_of_round(b + from, to - from, work);
        if (isfinite(value))
            values[rounds++] = value;
    }
    if (rounds == 0) { /* scattered blocks */
        for (size_t i = 0; i < n; i++)
            work[i] = b[i].ratio;
        tare_sort(work, n);
        return (struct tare_interval){ tare_median(work, n), -INFINITY, INFINITY };
    }
    tare_sort(values, rounds);
    if (rounds < LEAST_ROUNDS)
        return (struct tare_interval){ tare_mean(values, rounds), -INFINITY, INFINITY };
    return tare_trimmed_interval(values, rounds, 0.2, confidence);
}

/* Splits by one gauge and appends its states to c. */
static void split(struct tare_change *c, enum tare_gauge g, struct bench *on, double confidence)
{
    size_t ends[TARE_MOST_GROUPS];
    qsort(on->blocks, on->n, sizeof *on->blocks, by_gauge[g]);
    for (size_t i = 0; i < on->n; i++)
        on->work[i] = log((double)on->blocks[i].gauge_ns[g]);
    size_t groups = tare_groups(ends, on->work, on->n, apart);
    double fastest = (double)on->blocks[0].gauge_ns[g];
    for (size_t bin = 0, from = 0; groups > 1 && bin < groups; from = ends[bin++]) {
        struct tare_state *s = &c->states[c->n_states++];
        size_t to = ends[bin];
        size_t edge = (to - from) / 20; /* a wild reading belongs to its bin, but does not describe it */
        *s = (struct tare_state){ .gauge = g, .bin = bin, .blocks = to - from };
        s->high = fastest / (double)on->blocks[from + edge].gauge_ns[g];
        s->low = fastest / (double)on->blocks[to - 1 - edge].gauge_ns[g];
        s->ratio = estimate(on->blocks + from, to - from, on->work, confidence);
    }
}

static bool differ(const struct tare_state *a, const struct tare_state *b, double margin)
{
    bool meet = a->ratio.lo <= b->ratio.hi && b->ratio.lo <= a->ratio.hi;
    return a->gauge == b->gauge && !meet && fabs(a->ratio.value - b->ratio.value) > margin / 2;
}

bool judge_states(struct tare_change *c, const struct evidence *e, const struct judge_rules *rules)
{
    double confidence = 1 - (1 - rules->confidence) / TARE_MOST_STATES; /* so that all of them hold together */
    struct bench on = { .n = e->n_moments };
    bool found = false;
    c->n_states = 0;
    if (on.n < LEAST_BLOCKS)
        return false;
    on.blocks = tare_calloc(on.n, sizeof *on.blocks);
    on.work = tare_calloc(on.n, sizeof *on.work);
    for (enum tare_gauge g = 0; on.blocks && on.work && g < TARE_GAUGES; g++) {
        memcpy(on.blocks, e->moments, on.n * sizeof *on.blocks);
        split(c, g, &on, confidence);
    }
    for (size_t i = 0; i < c->n_states; i++)
        for (size_t k = 0; k < i; k++)
            found |= differ(&c->states[i], &c->states[k], rules->margin);
    free(on.blocks);
    free(on.work);
    return found;
}
