#include "framework/measure/dive.h"

#include <link.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/platform/clock.h"
#include "framework/platform/counters/counters.h"
#include "framework/platform/sampler.h"

enum { MOST_SAMPLES = 4 << 20 };

/* Primes: a period that no loop's is likely to divide. */
static const double clock_period_ns = 97003, timer_period_ns = 499979;
static const double run_ns = 1e6; /* wanted length of a run between two looks */

/* ---- where the code was ---- */

struct ips {
    uint64_t *items;
    size_t n, capacity;
    uint64_t dropped;
};

static void keep(void *ctx, uint64_t ip)
{
    struct ips *list = ctx;
    if (list->n < MOST_SAMPLES && tare_grow(&list->items, &list->capacity, list->n + 1, sizeof *list->items) == 0)
        list->items[list->n++] = ip;
    else
        list->dropped++;
}

static int compare_ips(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* One address, looked for among the loaded objects. */
struct search {
    uint64_t ip, begin; /* where the object found is loaded */
    char *name;
    bool found;
};

static int look_into(struct dl_phdr_info *info, size_t size, void *ctx)
{
    struct search *s = ctx;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || s->ip - info->dlpi_addr - p->p_vaddr >= p->p_memsz)
            continue;
        s->begin = info->dlpi_addr;
        s->name = tare_strdup(info->dlpi_name);
        s->found = true;
        return 1;
    }
    return 0;
}

/* The number of the object that an address lies in, added when it is new; UINT32_MAX for none. */
static int find_object(struct tare_spots *s, uint64_t ip, uint32_t *index, uint64_t *begin)
{
    struct search search = { .ip = ip };
    dl_iterate_phdr(look_into, &search);
    *index = UINT32_MAX;
    *begin = 0;
    if (!search.found)
        return 0;
    *begin = search.begin;
    if (!search.name)
        return TARE_ENOMEM;
    for (size_t i = 0; i < s->n_objects; i++)
        if (strcmp(s->objects[i], search.name) == 0) {
            free(search.name);
            *index = (uint32_t)i;
            return 0;
        }
    if (tare_grow(&s->objects, &s->objects_capacity, s->n_objects + 1, sizeof *s->objects) != 0) {
        free(search.name);
        return TARE_ENOMEM;
    }
    *index = (uint32_t)s->n_objects;
    s->objects[s->n_objects++] = search.name;
    return 0;
}

static int compare_spots(const void *a, const void *b)
{
    const struct tare_spot *x = a, *y = b;
    if (x->object != y->object)
        return x->object < y->object ? -1 : 1;
    return x->address < y->address ? -1 : x->address > y->address;
}

/* Turns addresses into spots; the object that `home` lies in becomes the first. */
static int locate(struct tare_spots *s, struct ips *list, uint64_t home)
{
    uint32_t object;
    uint64_t begin;
    int rc = find_object(s, home, &object, &begin);
    if (list->n > 0)
        qsort(list->items, list->n, sizeof *list->items, compare_ips);
    for (size_t i = 0; i < list->n && rc == 0; i++) {
        if (i > 0 && list->items[i] == list->items[i - 1]) {
            s->items[s->n - 1].samples++;
            continue;
        }
        rc = find_object(s, list->items[i], &object, &begin);
        if (rc == 0)
            rc = tare_grow(&s->items, &s->capacity, s->n + 1, sizeof *s->items);
        if (rc == 0)
            s->items[s->n++] = (struct tare_spot){ object, list->items[i] - begin, 1 };
    }
    if (rc == 0 && s->n > 0)
        qsort(s->items, s->n, sizeof *s->items, compare_spots);
    s->samples = list->n;
    return rc;
}

/* ---- sampling ---- */

static int open_sampler(struct tare_sampler **sampler, struct tare_spots *s, enum tare_sampling choice)
{
    int rc = TARE_EUNSUP;
    if (choice != TARE_SAMPLING_TIMER) {
        s->method = TARE_SAMPLING_CLOCK;
        s->period_ns = clock_period_ns;
        rc = tare_sampler_open(sampler, TARE_SAMPLER_CLOCK, s->period_ns);
        if (rc != 0)
            snprintf(s->why_not, sizeof s->why_not, "%s", tare_error());
    }
    if (rc == TARE_EUNSUP && choice != TARE_SAMPLING_CLOCK) {
        s->method = TARE_SAMPLING_TIMER;
        s->period_ns = timer_period_ns;
        rc = tare_sampler_open(sampler, TARE_SAMPLER_TIMER, s->period_ns);
        if (rc != 0)
            snprintf(s->why_not, sizeof s->why_not, "%s", tare_error());
    }
    if (rc != 0)
        s->method = TARE_SAMPLING_NONE;
    return rc == TARE_ENOMEM ? rc : 0;
}

static void run_sampled(const struct tare_fixture *f, uint64_t iters, struct tare_sampler *sampler,
                        struct tare_ring_sink *sink, const struct tare_dive_plan *plan)
{
    const struct tare_loop loop = { .size = sizeof loop, .iters = iters };
    uint64_t begin = tare_clock_system();
    do {
        if (f->c->reset)
            f->c->reset(f->data);
        tare_sampler_start(sampler);
        f->c->run(f->data, &loop);
        tare_sampler_stop(sampler);
        tare_sampler_drain(sampler, sink);
        if (plan->alive)
            plan->alive(plan->ctx);
    } while ((double)(tare_clock_system() - begin) < plan->sample_ns);
}

static int sample(struct tare_spots *s, const struct tare_fixture *f, uint64_t iters, const struct tare_dive_plan *plan)
{
    struct ips list = { 0 };
    struct tare_ring_sink sink = { .sample = keep, .ctx = &list };
    struct tare_sampler *sampler = NULL;
    int rc = open_sampler(&sampler, s, plan->choice);
    if (rc == 0 && sampler)
        run_sampled(f, iters, sampler, &sink, plan);
    tare_sampler_close(sampler);
    if (rc == 0)
        rc = locate(s, &list, (uint64_t)(uintptr_t)f->c->run);
    s->lost = sink.lost + list.dropped;
    free(list.items);
    return rc;
}

/* ---- counting ---- */

static double count_runs(struct tare_counter_group *g, const struct tare_fixture *f, uint64_t iters,
                         const struct tare_dive_plan *plan)
{
    const struct tare_loop loop = { .size = sizeof loop, .iters = iters };
    uint64_t begin = tare_clock_system();
    double done = 0;
    do {
        if (f->c->reset)
            f->c->reset(f->data);
        tare_counters_start(g);
        f->c->run(f->data, &loop);
        tare_counters_stop(g);
        done += (double)iters;
        if (plan->alive)
            plan->alive(plan->ctx);
    } while ((double)(tare_clock_system() - begin) < plan->count_ns);
    return done;
}

static void keep_counts(struct tare_counts *to, const struct tare_counter_group *g, double iterations)
{
    double values[TARE_GROUP_EVENTS];
    struct tare_topdown t;
    for (size_t i = 0; i < g->n; i++) {
        const struct tare_counter *c = &g->items[i];
        values[i] = c->value;
        if (to->n >= TARE_MOST_COUNTS)
            continue;
        struct tare_count *count = &to->items[to->n++];
        snprintf(count->name, sizeof count->name, "%s", c->name);
        snprintf(count->why_not, sizeof count->why_not, "%s", c->why_not);
        count->value = iterations > 0 ? c->value / iterations : NAN;
        count->coverage = g->coverage;
    }
    if (tare_topdown_compute(&t, g->topdown, values))
        to->slots = (struct tare_slots){ true, t.frontend, t.bad_speculation, t.retiring, t.backend };
}

static void count(struct tare_counts *counts, const struct tare_fixture *f, uint64_t iters,
                  const struct tare_dive_plan *plan)
{
    struct tare_counter_group groups[TARE_MOST_GROUPS];
    size_t n = tare_counters_choose(groups, "");
    for (size_t i = 0; i < n; i++) {
        double iterations = 0;
        if (tare_counters_open(&groups[i]))
            iterations = count_runs(&groups[i], f, iters, plan);
        tare_counters_close(&groups[i]);
        keep_counts(counts, &groups[i], iterations);
    }
}

int tare_dive_run(struct tare_spots *spots, struct tare_counts *counts, struct tare_lab *lab, const struct tare_case *c,
                  const struct tare_dive_plan *plan)
{
    struct tare_fixture f, *arm = &f;
    struct tare_visit v = { 0 };
    const struct tare_visit_plan warm = {
        .warmup_ns = plan->warmup_ns, .sample_ns = run_ns, .iters = plan->iters, .alive = plan->alive, .ctx = plan->ctx
    };
    *spots = (struct tare_spots){ 0 };
    *counts = (struct tare_counts){ 0 };
    int rc = tare_fixture_setup(&f, lab, 0, c);
    if (rc != 0)
        return rc;
    rc = tare_warm_up(&v, &arm, 1, &warm, tare_clock_get());
    if (rc == 0 && plan->sample_ns > 0)
        rc = sample(spots, &f, v.iters, plan);
    if (rc == 0 && plan->count_ns > 0)
        count(counts, &f, v.iters, plan);
    tare_fixture_teardown(&f);
    tare_lab_clear(lab);
    if (rc != 0)
        tare_spots_free(spots);
    return rc;
}

void tare_spots_free(struct tare_spots *s)
{
    for (size_t i = 0; i < s->n_objects; i++)
        free(s->objects[i]);
    free(s->objects);
    free(s->items);
    *s = (struct tare_spots){ 0 };
}
