#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/runner/judge.h"

static int add_samples(struct tare_samples *s, const struct tare_visit *v, size_t arm, size_t round)
{
    size_t n = s->n;
    for (size_t i = 0; i < v->n; i++)
        n += v->readings[i].arm == arm;
    double *ns = realloc(s->ns, (n + 1) * sizeof *ns);
    if (ns)
        s->ns = ns;
    uint8_t *cause = realloc(s->cause, n + 1);
    if (cause)
        s->cause = cause;
    uint8_t *rounds = realloc(s->round, n + 1);
    if (rounds)
        s->round = rounds;
    if (!ns || !cause || !rounds)
        return tare_fail(TARE_ENOMEM, "no memory for %zu samples", n);
    for (size_t i = 0; i < v->n; i++) {
        const struct tare_reading *r = &v->readings[i];
        if (r->arm != arm)
            continue;
        s->ns[s->n] = r->ns;
        s->cause[s->n] = r->cause;
        s->round[s->n++] = (uint8_t)(round < 255 ? round : 255);
    }
    return 0;
}

/* A cause that marks most of the samples belongs to the work and sets nothing aside. */
static void lifted_causes(bool lifted[TARE_CAUSES], const struct tare_visit *v)
{
    size_t count[TARE_CAUSES] = { 0 };
    for (size_t i = 0; i < v->n; i++)
        count[v->readings[i].cause]++;
    for (size_t c = 0; c < TARE_CAUSES; c++)
        lifted[c] = c == TARE_CAUSE_NONE || count[c] * 2 > v->n;
}

/* The faster undisturbed sample of each arm in readings [from, to) of one block; false when an arm has none. */
static bool block_minima(double fastest[TARE_MAX_ARMS], const struct tare_visit *v, size_t from, size_t to,
                         size_t n_arms, const bool lifted[TARE_CAUSES])
{
    for (size_t a = 0; a < n_arms; a++)
        fastest[a] = INFINITY;
    for (size_t i = from; i < to; i++) {
        const struct tare_reading *r = &v->readings[i];
        if (lifted[r->cause] && r->ns > 0)
            fastest[r->arm] = fmin(fastest[r->arm], r->ns);
    }
    for (size_t a = 0; a < n_arms; a++)
        if (!isfinite(fastest[a]))
            return false;
    return true;
}

/* One block: ln(arm / arm 0) of every arm. */
struct block {
    double ratio[TARE_MAX_ARMS], old_ns;
    uint8_t turn;
};

static int add_block(struct evidence *e, const struct block *x, size_t n_arms, size_t round)
{
    size_t need = e->n_blocks + 1;
    for (size_t a = 3; a < n_arms; a++) {
        if (tare_grow(&e->further[a], &e->further_capacity[a], need, sizeof *e->further[a]) != 0)
            return TARE_ENOMEM;
        e->further[a][e->n_blocks] = x->ratio[a];
    }
    if (tare_grow(&e->ratio, &e->capacity[0], need, sizeof *e->ratio) != 0 ||
        tare_grow(&e->check, &e->capacity[1], need, sizeof *e->check) != 0 ||
        tare_grow(&e->block_round, &e->capacity[2], need, sizeof *e->block_round) != 0 ||
        tare_grow(&e->old_ns, &e->old_capacity, e->n_old + 1, sizeof *e->old_ns) != 0)
        return TARE_ENOMEM;
    e->ratio[e->n_blocks] = x->ratio[2];
    e->check[e->n_blocks] = x->ratio[1];
    e->block_round[e->n_blocks++] = (uint8_t)(round < 255 ? round : 255);
    e->old_ns[e->n_old++] = x->old_ns;
    return 0;
}

/* Keeps a block as it is for the split by states; one whose gauges were not asked belongs to none. */
static int add_moment(struct evidence *e, const struct block *x, const float gauge_ns[TARE_GAUGES], size_t round)
{
    if (!(gauge_ns[TARE_GAUGE_CLOCK] > 0 && gauge_ns[TARE_GAUGE_MEMORY] > 0))
        return 0;
    if (tare_grow(&e->moments, &e->moment_capacity, e->n_moments + 1, sizeof *e->moments) != 0)
        return TARE_ENOMEM;
    struct moment *m = &e->moments[e->n_moments++];
    *m = (struct moment){ .ratio = x->ratio[2], .round = (uint8_t)(round < 255 ? round : 255), .turn = x->turn };
    memcpy(m->gauge_ns, gauge_ns, sizeof m->gauge_ns);
    return 0;
}

/* The blocks of a visit, disturbed ones set aside; *out is owned by the caller. */
static int read_blocks(struct block **out, size_t *n, struct evidence *e, const struct tare_visit *v, size_t n_arms,
                       size_t round)
{
    int rc = 0;
    bool lifted[TARE_CAUSES];
    lifted_causes(lifted, v);
    *n = 0;
    *out = tare_calloc(v->n + 1, sizeof **out);
    if (!*out)
        return TARE_ENOMEM;
    for (size_t from = 0, to; from < v->n && rc == 0; from = to) {
        const struct tare_reading *r = &v->readings[from];
        double fastest[TARE_MAX_ARMS];
        for (to = from; to < v->n && v->readings[to].block == r->block && v->readings[to].turn == r->turn; to++)
            ;
        if (!block_minima(fastest, v, from, to, n_arms, lifted)) {
            e->blocks_set_aside++;
            continue;
        }
        struct block *b = &(*out)[(*n)++];
        *b = (struct block){ .old_ns = fastest[0], .turn = r->turn };
        for (size_t a = 1; a < n_arms; a++)
            b->ratio[a] = log(fastest[a] / fastest[0]);
        if (rc == 0)
            rc = add_moment(e, b, r->gauge_ns, round);
    }
    return rc;
}

/* What a slot does to the build that lies in it multiplies that build's times, and over the turns every build had every
 * slot: the slots cancel exactly in a mean over the turns. With few blocks a turn that is the mean of the log-ratios of
 * one block from each: the i-th blocks of the turns make the i-th value; what one turn has more is left over. */
static int join_turns(struct evidence *e, const struct block *blocks, size_t n, size_t n_arms, size_t round)
{
    size_t at[TARE_MAX_ARMS] = { 0 };
    for (;;) {
        struct block sum = { 0 };
        for (size_t turn = 0; turn < n_arms; turn++) {
            while (at[turn] < n && blocks[at[turn]].turn != turn)
                at[turn]++;
            if (at[turn] >= n)
                return 0;
            const struct block *b = &blocks[at[turn]++];
            for (size_t a = 1; a < n_arms; a++)
                sum.ratio[a] += b->ratio[a] / (double)n_arms;
            sum.old_ns += b->old_ns / (double)n_arms;
        }
        if (add_block(e, &sum, n_arms, round) != 0)
            return TARE_ENOMEM;
    }
}

enum { TURN_BLOCKS = 16 }; /* of every turn, for medians of turns to say more than a mean of blocks */

static bool all_turns_are_long(const struct block *blocks, size_t n, size_t n_arms)
{
    size_t count[TARE_MAX_ARMS] = { 0 };
    for (size_t i = 0; i < n; i++)
        count[blocks[i].turn]++;
    for (size_t turn = 0; turn < n_arms; turn++)
        if (count[turn] < TURN_BLOCKS)
            return false;
    return true;
}

/* Averaging heeds every outlier, and a mean of several blocks has more of them than a block. So with enough blocks
 * every block stays a value of its own, moved from the median of its turn to the mean of the turns' medians, where the
 * slots cancel as well. Blocks of memory-bound cases then spread a quarter less about the median than joined ones. */
static void centre_turns(struct block *blocks, size_t n, size_t n_arms, double *work)
{
    for (size_t a = 1; a < n_arms; a++) {
        double median[TARE_MAX_ARMS], mean = 0;
        for (size_t turn = 0; turn < n_arms; turn++) {
            size_t m = 0;
            for (size_t i = 0; i < n; i++)
                if (blocks[i].turn == turn)
                    work[m++] = blocks[i].ratio[a];
            tare_sort(work, m);
            median[turn] = tare_median(work, m);
            mean += median[turn] / (double)n_arms;
        }
        for (size_t i = 0; i < n; i++)
            blocks[i].ratio[a] += mean - median[blocks[i].turn];
    }
}

static int add_blocks(struct evidence *e, struct block *blocks, size_t n, size_t n_arms, size_t round)
{
    if (!all_turns_are_long(blocks, n, n_arms))
        return join_turns(e, blocks, n, n_arms, round);
    double *work = tare_calloc(n, sizeof *work);
    int rc = work ? 0 : TARE_ENOMEM;
    if (rc == 0)
        centre_turns(blocks, n, n_arms, work);
    free(work);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = add_block(e, &blocks[i], n_arms, round);
    return rc;
}

int evidence_add(struct evidence *e, struct tare_result *r, const struct tare_visit *v, size_t n_arms, size_t round)
{
    int rc = add_samples(&r->samples, v, n_arms > 2 ? 2 : 0, round);
    if (rc != 0 || n_arms < 3)
        return rc;
    size_t first = e->n_blocks, n_read;
    struct block *blocks;
    rc = read_blocks(&blocks, &n_read, e, v, n_arms, round);
    if (rc == 0)
        rc = add_blocks(e, blocks, n_read, n_arms, round);
    free(blocks);
    size_t n = e->n_blocks - first;
    double *copy = rc == 0 && n > 0 ? tare_calloc(n, sizeof *copy) : NULL;
    struct tare_interval *median = &e->rounds[round < 255 ? round : 255];
    *median = (struct tare_interval){ NAN, -INFINITY, INFINITY };
    if (copy) {
        memcpy(copy, e->ratio + first, n * sizeof *copy);
        tare_sort(copy, n);
        *median = tare_median_interval(copy, n, 0.99);
    }
    free(copy);
    return rc;
}

void evidence_free(struct evidence *e)
{
    for (size_t a = 0; a < TARE_MAX_ARMS; a++)
        free(e->further[a]);
    free(e->ratio);
    free(e->check);
    free(e->block_round);
    free(e->moments);
    free(e->old_ns);
    *e = (struct evidence){ 0 };
}
