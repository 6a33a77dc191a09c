#include "framework/runner/conductor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/rng.h"

const struct schedule schedules[] = {
    { "quick", 0.25e9, 4, 30e6, 5e6, 0.01, 1, 20 },
    { "default", 1e9, 8, 100e6, 10e6, 0.005, 1, 50 },
    { "thorough", 5e9, 12, 300e6, 30e6, 0.002, 5, 100 },
};
const size_t n_schedules = sizeof schedules / sizeof *schedules;

enum {
    MIN_BLOCKS = 16,   /* of every turn, in all rounds: enough for an interval at the confidence of one look of many */
    MAX_BLOCKS = 4096, /* in all turns and rounds */
    MIN_SAMPLES = 20,
    MAX_SAMPLES = 2000, /* of a case that is not compared */
};
static const size_t answer_bytes = (size_t)64 << 20;
static const double sample_least_ns = 50e3, sample_most_ns = 1e6;

const struct schedule *schedule_find(const char *name)
{
    for (size_t i = 0; i < n_schedules; i++)
        if (strcmp(schedules[i].name, name) == 0)
            return &schedules[i];
    return NULL;
}

void schedule_set_budget(struct schedule *s, double budget_ns)
{
    s->warmup_ns *= budget_ns / s->budget_ns;
    s->rewarm_ns *= budget_ns / s->budget_ns;
    s->budget_ns = budget_ns;
    s->repetitions = 0;
}

struct entry *conductor_add(struct conductor *c)
{
    if (tare_grow(&c->entries, &c->capacity, c->n_entries + 1, sizeof *c->entries) != 0)
        return NULL;
    struct entry *e = &c->entries[c->n_entries++];
    *e = (struct entry){ 0 };
    return e;
}

static double clamp(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* Measuring time of an entry: with more builds than a comparison has, each gets as long as it would in one. */
static double budget_of(const struct conductor *c, const struct entry *e)
{
    return c->schedule.budget_ns * (e->n_arms > 3 ? (double)e->n_arms / 3 : 1);
}

/* Repetitions that the preset promises and that are not taken yet. */
static size_t repetitions_owed(const struct conductor *c, const struct entry *e)
{
    size_t promised = e->counted ? c->schedule.repetitions : 0, taken = c->run->results[e->result].samples.n;
    return promised > taken ? promised - taken : 0;
}

struct tare_visit_plan conductor_plan(const struct conductor *c, const struct entry *e, uint64_t seed)
{
    const struct schedule *s = &c->schedule;
    bool paired = e->n_arms > 1, exact = c->run->results[e->result].quantity == TARE_QUANTITY_BYTES;
    size_t least = paired ? 2 * MIN_BLOCKS * e->n_arms : MIN_SAMPLES, most = paired ? 2 * MAX_BLOCKS : MAX_SAMPLES;
    size_t left = s->rounds > e->rounds ? s->rounds - e->rounds : 1;
    if (exact) /* bytes hardly scatter: more of them say nothing new */
        most = least;
    return (struct tare_visit_plan){
        .warmup_ns = (e->rounds == 0 ? s->warmup_ns : s->rewarm_ns) * (e->n_arms > 3 ? 3.0 / (double)e->n_arms : 1),
        .budget_ns = budget_of(c, e) / (double)s->rounds,
        .sample_ns = clamp(budget_of(c, e) / (double)(most * e->n_arms), sample_least_ns, sample_most_ns),
        .min_samples = (least + s->rounds - 1) / s->rounds,
        .max_samples = (most + s->rounds - 1) / s->rounds,
        .repetitions = (repetitions_owed(c, e) + left - 1) / left,
        .iters = e->iters,
        .seed = seed,
        .cpu = c->setting->n_cpus ? c->setting->cpus[0] : -1,
        .answer_bytes = paired && e->same_problem ? answer_bytes : 0,
    };
}

static struct judge_rules rules_of(const struct conductor *c)
{
    size_t compared = 0;
    for (size_t i = 0; i < c->n_entries; i++)
        compared += c->entries[i].n_arms > 1;
    return (struct judge_rules){
        .margin = c->run->margin,
        .confidence = c->run->confidence,
        .rounds = c->schedule.rounds,
        .precision = c->schedule.precision,
        .processes = c->schedule.processes,
        .cases = compared,
        .grain_ns = tare_clock_get()->resolution_ns,
    };
}

static int fail_case(struct tare_result *r)
{
    r->status = TARE_CASE_FAILED;
    r->change.verdict = TARE_UNDECIDED;
    r->change.method = TARE_METHOD_NONE;
    r->message = tare_strdup(tare_error());
    return r->message ? 0 : TARE_ENOMEM;
}

static bool look_at_layouts(const struct entry *e, struct tare_result *r)
{
    struct tare_interval ratios[TARE_MAX_ARMS];
    for (size_t a = 3; a < e->n_arms; a++)
        ratios[a - 3] = e->builds[a].ratio;
    return judge_layouts(&r->change, ratios, e->n_arms - 3, e->done);
}

/* One visit to one case. Returns errors of the runner, not of the case. */
static int visit(struct conductor *c, struct crew *crew, struct entry *e, struct tare_rng *rng)
{
    struct tare_result *r = &c->run->results[e->result];
    struct tare_visit_plan plan = conductor_plan(c, e, tare_rng_u64(rng));
    struct judge_rules rules = rules_of(c);
    rules.to_first = e->to_first;
    struct tare_visit v;
    int rc = crew_visit(crew, &v, e->arms, e->n_arms, &plan);
    if (rc == TARE_ESTOP || rc == TARE_ENOMEM || rc == TARE_EIO)
        return rc;
    if (rc != 0) {
        e->done = true;
        return fail_case(r);
    }
    e->iters = r->iters = v.iters;
    r->warmup_ns += v.warmup_ns;
    r->measured_ns += v.measured_ns;
    r->steady = e->rounds == 0 ? v.steady : r->steady;
    r->status = TARE_CASE_OK;
    tare_answer_add(&r->change.answer, &v.answer);
    rc = evidence_add(&e->evidence, r, &v, e->n_arms, e->rounds);
    tare_visit_free(&v);
    size_t round = e->rounds++;
    r->rounds = e->rounds;
    if (rc != 0)
        return rc;
    if (e->n_arms > 1) {
        e->done = judge_look(&e->evidence, r, round, &rules);
        bool settled = !e->builds || judge_arms(e->builds, e->n_arms, &e->evidence, r, round, &rules);
        e->done = e->every_step ? settled : e->done;
        if (e->layouts)
            e->done = look_at_layouts(e, r);
    } else {
        e->done =
            round >= 1 && e->rounds >= c->schedule.processes && repetitions_owed(c, e) == 0 && judge_precise(r, &rules);
    }
    e->done = e->done || e->rounds >= c->schedule.rounds;
    return 0;
}

/* At most how long the cases that are not done will take, s. */
static double time_left(const struct conductor *c, size_t *settled)
{
    double ns = 0;
    *settled = 0;
    for (size_t i = 0; i < c->n_entries; i++) {
        const struct entry *e = &c->entries[i];
        if (e->done) {
            ++*settled;
            continue;
        }
        double rounds = (double)(c->schedule.rounds - e->rounds), budget = budget_of(c, e) / (double)c->schedule.rounds;
        double so_far = e->rounds > 0 ? c->run->results[e->result].measured_ns / (double)e->rounds : 0;
        ns += rounds * (fmax(budget, so_far) + c->schedule.rewarm_ns) + (e->rounds == 0 ? c->schedule.warmup_ns : 0);
    }
    return ns * 1e-9;
}

/* Every round has a worker of its own: a fresh process, at fresh addresses, is part of what may vary. */
static int run_round(struct conductor *c, struct tare_rng *rng, size_t *order)
{
    struct crew crew = { .files = c->files, .setting = c->setting, .stop = c->stop };
    tare_rng_shuffle(rng, order, c->n_entries);
    int rc = 0;
    for (size_t i = 0; i < c->n_entries && rc == 0; i++) {
        struct entry *e = &c->entries[order[i]];
        if (e->done)
            continue;
        size_t settled;
        double left = time_left(c, &settled);
        progress_case(c->progress, settled, c->n_entries, left, c->run->results[e->result].id);
        rc = *c->stop ? TARE_ESTOP : visit(c, &crew, e, rng);
    }
    crew_dismiss(&crew);
    return rc;
}

static int finish(struct conductor *c)
{
    struct judge_rules rules = rules_of(c);
    int rc = 0;
    for (size_t i = 0; i < c->n_entries && rc == 0; i++) {
        struct entry *e = &c->entries[i];
        struct tare_result *r = &c->run->results[e->result];
        evidence_free(&e->evidence);
        if (r->status != TARE_CASE_OK || r->samples.n == 0)
            continue;
        rc = tare_result_summarise(r, c->run->confidence);
        if (rc == TARE_EPARSE)
            rc = fail_case(r);
        const struct tare_interval *t = &r->summary.time_ns;
        r->precise = t->hi - t->lo <= 2 * c->schedule.precision * t->value;
    }
    if (rc == 0)
        rc = judge_run(c->run, &rules);
    return rc == 0 ? judge_answers(c->run) : rc;
}

int conductor_run(struct conductor *c)
{
    struct tare_rng rng;
    tare_rng_seed(&rng, c->run->seed);
    size_t *order = tare_calloc(c->n_entries + 1, sizeof *order);
    if (!order)
        return TARE_ENOMEM;
    for (size_t i = 0; i < c->n_entries; i++) {
        order[i] = i;
        c->entries[i].done = c->entries[i].n_arms == 0;
    }
    int rc = 0;
    for (size_t round = 0; round < c->schedule.rounds && rc == 0; round++)
        rc = run_round(c, &rng, order);
    progress_end(c->progress);
    free(order);
    if (rc == TARE_ESTOP) {
        c->run->interrupted = true;
        rc = 0;
    }
    return rc == 0 ? finish(c) : rc;
}

void conductor_free(struct conductor *c)
{
    for (size_t i = 0; i < c->n_entries; i++) {
        evidence_free(&c->entries[i].evidence);
        free(c->entries[i].builds);
    }
    free(c->entries);
    c->entries = NULL;
    c->n_entries = c->capacity = 0;
}
