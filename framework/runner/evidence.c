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

static int add_block(struct evidence *e, const double fastest[TARE_MAX_ARMS], size_t round)
{
    size_t need = e->n_blocks + 1;
    if (tare_grow(&e->ratio, &e->capacity[0], need, sizeof *e->ratio) != 0 ||
        tare_grow(&e->check, &e->capacity[1], need, sizeof *e->check) != 0 ||
        tare_grow(&e->block_round, &e->capacity[2], need, sizeof *e->block_round) != 0 ||
        tare_grow(&e->old_ns, &e->old_capacity, e->n_old + 1, sizeof *e->old_ns) != 0)
        return TARE_ENOMEM;
    e->ratio[e->n_blocks] = log(fastest[2] / fastest[0]);
    e->check[e->n_blocks] = log(fastest[1] / fastest[0]);
    e->block_round[e->n_blocks++] = (uint8_t)(round < 255 ? round : 255);
    e->old_ns[e->n_old++] = fastest[0];
    return 0;
}

int evidence_add(struct evidence *e, struct tare_result *r, const struct tare_visit *v, size_t n_arms, size_t round)
{
    int rc = add_samples(&r->samples, v, n_arms - 1, round);
    if (rc != 0 || n_arms != 3)
        return rc;
    bool lifted[TARE_CAUSES];
    lifted_causes(lifted, v);
    size_t first = e->n_blocks;
    for (size_t from = 0, to; from < v->n && rc == 0; from = to) {
        double fastest[TARE_MAX_ARMS];
        for (to = from; to < v->n && v->readings[to].block == v->readings[from].block; to++)
            ;
        if (block_minima(fastest, v, from, to, n_arms, lifted))
            rc = add_block(e, fastest, round);
        else
            e->blocks_set_aside++;
    }
    size_t n = e->n_blocks - first;
    double *copy = rc == 0 && n > 0 ? tare_calloc(n, sizeof *copy) : NULL;
    e->round_median[round < 255 ? round : 255] = NAN;
    if (copy) {
        memcpy(copy, e->ratio + first, n * sizeof *copy);
        tare_sort(copy, n);
        e->round_median[round < 255 ? round : 255] = tare_median(copy, n);
    }
    free(copy);
    return rc;
}

void evidence_free(struct evidence *e)
{
    free(e->ratio);
    free(e->check);
    free(e->block_round);
    free(e->old_ns);
    *e = (struct evidence){ 0 };
}
