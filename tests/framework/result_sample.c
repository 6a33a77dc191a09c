#include "tests/framework/result_sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/mem.h"
#include "tests/harness.h"

/* A positive double of a random exponent and a full mantissa. */
static double any(struct tare_rng *rng)
{
    return ldexp(1 + tare_rng_uniform(rng), (int)tare_rng_below(rng, 120) - 60);
}

/* Seven significant digits, as the samples are kept. */
static double seven_digits(struct tare_rng *rng)
{
    char text[40];
    snprintf(text, sizeof text, "%.7g", 100 + 1000 * tare_rng_uniform(rng));
    return strtod(text, NULL);
}

static struct tare_interval interval(struct tare_rng *rng)
{
    double x = any(rng);
    return (struct tare_interval){ x, -any(rng), tare_rng_below(rng, 2) ? any(rng) : INFINITY };
}

static void fill_change(struct tare_change *c, size_t index, struct tare_rng *rng)
{
    *c = (struct tare_change){
        .method = index % 2 ? TARE_METHOD_PAIRED : TARE_METHOD_STORED,
        .presence = TARE_IN_BOTH,
        .verdict = (enum tare_verdict)(index % TARE_VERDICTS),
        .ratio = { -any(rng), -INFINITY, any(rng) },
        .trimmed = interval(rng),
        .state_dependent = index % 2,
        .check = interval(rng),
        .has_check = index % 2 == 0,
        .drift = any(rng),
        .blocks = tare_rng_below(rng, 1000),
        .blocks_set_aside = tare_rng_below(rng, 1000),
        .p = tare_rng_uniform(rng),
        .q = tare_rng_uniform(rng),
        .smallest_visible = index % 2 ? INFINITY : any(rng),
        .needed_ns = any(rng),
        .old_time_ns = { NAN, -INFINITY, INFINITY },
        .drift_runs = tare_rng_below(rng, 100),
        .n_states = index % 3 * 3,
        .n_layouts = index % 4 == 3 ? TARE_MOST_LAYOUTS : 0,
        .layout_dependent = index % 4 == 3,
    };
    for (size_t i = 0; i < c->n_layouts; i++)
        c->layouts[i] = (struct tare_layout){ 16 * (i + 1), interval(rng) };
    for (size_t i = 0; i < c->n_states; i++)
        c->states[i] = (struct tare_state){
            .gauge = i < 3 ? TARE_GAUGE_CLOCK : TARE_GAUGE_MEMORY,
            .bin = i % 3,
            .low = tare_rng_uniform(rng),
            .high = tare_rng_uniform(rng),
            .blocks = tare_rng_below(rng, 1000),
            .ratio = interval(rng),
        };
    if (index % 4 == 1)
        c->answer = (struct tare_answer){
            .compared = true, .ulp = index % 8 == 1 ? INFINITY : any(rng), .bound = any(rng), .what = "y[3] was \"1\""
        };
    if (index % 4 == 2)
        c->answer = (struct tare_answer){ .unsteady = true, .bound = INFINITY, .what = "y[0] was NaN and is 0" };
}

static void fill_samples(struct tare_samples *s, size_t n, struct tare_rng *rng)
{
    s->n = n;
    s->ns = calloc(n + 1, sizeof *s->ns);
    s->cause = calloc(n + 1, 1);
    s->round = calloc(n + 1, 1);
    for (size_t i = 0; i < n; i++) {
        s->ns[i] = seven_digits(rng);
        s->cause[i] = (uint8_t)(tare_rng_below(rng, 4) ? 0 : tare_rng_below(rng, TARE_CAUSES));
        s->round[i] = (uint8_t)(i * 256 / n);
    }
}

void sample_result(struct tare_result *r, size_t index, size_t n_samples, struct tare_rng *rng)
{
    static const char *const messages[] = { NULL, "it \"failed\"\n\ttwice: \xc2\xb5s", "" };
    bool odd = index % 2;
    *r = (struct tare_result){
        .id = tare_format("kernels/softmax/f32/%zu", index),
        .suite = tare_strdup("kernels"),
        .group = tare_strdup("softmax/f32"),
        .variant = odd ? tare_strdup("avx2") : NULL,
        .n_params = index % 3,
        .params = calloc(3, sizeof *r->params),
        .work = { any(rng), any(rng), any(rng), any(rng), odd ? NULL : tare_strdup("tokens"),
                  (enum tare_arithmetic)(index % TARE_ARITHMETICS), (int)index, any(rng), odd },
        .quantity = (enum tare_quantity)(index % TARE_QUANTITIES),
        .status = (enum tare_case_status)(index % 3),
        .message = messages[index % 3] ? tare_strdup(messages[index % 3]) : NULL,
        .iters = tare_rng_u64(rng) >> 1,
        .rounds = 7 + index,
        .warmup_ns = any(rng),
        .steady = odd,
        .precise = !odd,
        .measured_ns = any(rng),
    };
    for (size_t i = 0; i < r->n_params; i++)
        r->params[i] = (struct tare_param_value){ i ? tare_strdup("threads") : NULL, tare_format("%zu", i) };
    fill_samples(&r->samples, n_samples, rng);
    r->summary = (struct tare_summary){
        .n = n_samples,
        .n_used = n_samples / 2,
        .time_ns = interval(rng),
        .confidence = tare_rng_uniform(rng),
        .mean_ns = any(rng),
        .sd_ns = any(rng),
        .mad_ns = any(rng),
        .min_ns = any(rng),
        .max_ns = any(rng),
        .p5_ns = any(rng),
        .p95_ns = any(rng),
        .round_spread = any(rng),
    };
    for (int c = TARE_CAUSE_NONE + 1; c < TARE_CAUSES; c++)
        r->summary.set_aside[c] = tare_rng_below(rng, 3);
    if (index % 5)
        r->bound = (struct tare_bound){ any(rng), (enum tare_roof_kind)(index % TARE_ROOF_KINDS),
                                        (enum tare_level)(index % TARE_LEVELS), any(rng), any(rng) };
    if (index % 4)
        fill_change(&r->change, index, rng);
    if (index % 4 == 3)
        r->change = (struct tare_change){ .presence = TARE_ONLY_NEW };
}

static void sample_roofs(struct tare_roofs *roofs, size_t n, struct tare_rng *rng)
{
    *roofs = (struct tare_roofs){ .items = calloc(n + 1, sizeof *roofs->items), .n = n, .capacity = n + 1 };
    for (size_t i = 0; i < n; i++)
        roofs->items[i] = (struct tare_roof){
            .kind = (enum tare_roof_kind)(i % TARE_ROOF_KINDS),
            .level = (enum tare_level)(i % TARE_LEVELS),
            .n_threads = (int)i + 1,
            .variant = tare_strdup(i % 2 ? "avx512" : "ref"),
            .bytes = any(rng),
            .first = interval(rng),
            .last = i % 3 ? interval(rng) : (struct tare_interval){ NAN, -INFINITY, INFINITY },
        };
    for (int i = 0; i < 3; i++)
        roofs->caches[i] = (struct tare_roof_cache){ any(rng), i };
    roofs->problem = n ? NULL : tare_strdup("no suite \"roofs\"");
}

void sample_run(struct tare_run *run, size_t n_results, size_t n_samples, uint64_t seed)
{
    struct tare_rng rng;
    tare_rng_seed(&rng, seed);
    *run = (struct tare_run){
        .version = tare_strdup("0.1.0"),
        .date = tare_format("2024-05-%02uT12:00:00Z", (unsigned)(1 + seed % 28)),
        .command = tare_strdup("tare run 'kernels/*' --save main"),
        .commit = seed % 2 ? tare_strdup("1a2b3c4d+changes") : NULL,
        .preset = tare_strdup("default"),
        .baseline = seed % 2 ? NULL : tare_strdup("main"),
        .method = TARE_METHOD_STORED,
        .seed = UINT64_MAX - seed,
        .margin = any(&rng),
        .confidence = tare_rng_uniform(&rng),
        .precision = any(&rng),
        .budget_ns = any(&rng),
        .elapsed_ns = any(&rng),
        .cpu = (int)(seed % 3) - 1,
        .n_threads = 2,
        .interrupted = seed % 2,
    };
    tare_facts_set(&run->machine, "cpu.model", true, "Model \"%u\"", 7u);
    tare_facts_set(&run->machine, "kernel", false, "6.1.0");
    run->n_builds = 1;
    run->builds = calloc(1, sizeof *run->builds);
    run->builds[0] = (struct tare_build){
        tare_strdup("kernels"), tare_strdup("/nowhere/kernels.so"), tare_strdup("gcc 12.2.0"), tare_strdup("-O2"), 3,
    };
    sample_roofs(&run->roofs, seed % 3 * 7, &rng);
    for (size_t i = 0; i < n_results; i++)
        sample_result(tare_run_add(run), i, n_samples, &rng);
    tare_run_warn(run, "drift of %g%%", 1.5);
    tare_run_warn(run, "another machine");
}

/* ---- comparison ---- */

static void same_text(const char *a, const char *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a)
        assert_string_equal(a, b);
}

/* Bit for bit, any NaN being one value. */
static void same_number(double a, double b)
{
    if (!isnan(a) || !isnan(b))
        assert_memory_equal(&a, &b, sizeof a);
}

static void same_interval(struct tare_interval a, struct tare_interval b)
{
    same_number(a.value, b.value);
    same_number(a.lo, b.lo);
    same_number(a.hi, b.hi);
}

static void same_numbers(const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        same_number(a[i], b[i]);
}

static void same_summary(const struct tare_summary *a, const struct tare_summary *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->n_used, b->n_used);
    assert_memory_equal(a->set_aside, b->set_aside, sizeof a->set_aside);
    same_interval(a->time_ns, b->time_ns);
    same_numbers((const double[]){ a->confidence, a->mean_ns, a->sd_ns, a->mad_ns, a->min_ns, a->max_ns, a->p5_ns,
                                   a->p95_ns, a->round_spread },
                 (const double[]){ b->confidence, b->mean_ns, b->sd_ns, b->mad_ns, b->min_ns, b->max_ns, b->p5_ns,
                                   b->p95_ns, b->round_spread },
                 9);
}

static void same_change(const struct tare_change *a, const struct tare_change *b)
{
    assert_int_equal(a->method, b->method);
    assert_int_equal(a->presence, b->presence);
    assert_int_equal(a->verdict, b->verdict);
    same_interval(a->ratio, b->ratio);
    same_interval(a->trimmed, b->trimmed);
    same_interval(a->check, b->check);
    same_interval(a->old_time_ns, b->old_time_ns);
    assert_int_equal(a->state_dependent, b->state_dependent);
    assert_int_equal(a->has_check, b->has_check);
    assert_int_equal(a->answer.compared, b->answer.compared);
    assert_int_equal(a->answer.unsteady, b->answer.unsteady);
    assert_true(a->answer.ulp == b->answer.ulp && a->answer.bound == b->answer.bound);
    assert_string_equal(a->answer.what, b->answer.what);
    assert_int_equal(a->blocks, b->blocks);
    assert_int_equal(a->blocks_set_aside, b->blocks_set_aside);
    assert_int_equal(a->drift_runs, b->drift_runs);
    assert_int_equal(a->n_states, b->n_states);
    for (size_t i = 0; i < a->n_states; i++) {
        const struct tare_state *s = &a->states[i], *t = &b->states[i];
        assert_int_equal(s->gauge, t->gauge);
        assert_int_equal(s->bin, t->bin);
        assert_int_equal(s->blocks, t->blocks);
        same_interval(s->ratio, t->ratio);
        same_numbers((const double[]){ s->low, s->high }, (const double[]){ t->low, t->high }, 2);
    }
    assert_int_equal(a->n_layouts, b->n_layouts);
    assert_int_equal(a->layout_dependent, b->layout_dependent);
    for (size_t i = 0; i < a->n_layouts; i++) {
        assert_int_equal(a->layouts[i].shift, b->layouts[i].shift);
        same_interval(a->layouts[i].ratio, b->layouts[i].ratio);
    }
    same_numbers((const double[]){ a->drift, a->p, a->q, a->smallest_visible, a->needed_ns },
                 (const double[]){ b->drift, b->p, b->q, b->smallest_visible, b->needed_ns }, 5);
}

void assert_same_result(const struct tare_result *a, const struct tare_result *b)
{
    same_text(a->id, b->id);
    same_text(a->suite, b->suite);
    same_text(a->group, b->group);
    same_text(a->variant, b->variant);
    same_text(a->message, b->message);
    same_text(a->work.item_unit, b->work.item_unit);
    assert_int_equal(a->n_params, b->n_params);
    for (size_t i = 0; i < a->n_params; i++) {
        same_text(a->params[i].name, b->params[i].name);
        same_text(a->params[i].text, b->params[i].text);
    }
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->iters, b->iters);
    assert_int_equal(a->rounds, b->rounds);
    assert_int_equal(a->steady, b->steady);
    assert_int_equal(a->precise, b->precise);
    same_numbers((const double[]){ a->work.flops, a->work.bytes_read, a->work.bytes_written, a->work.items,
                                   a->warmup_ns, a->measured_ns },
                 (const double[]){ b->work.flops, b->work.bytes_read, b->work.bytes_written, b->work.items,
                                   b->warmup_ns, b->measured_ns },
                 6);
    assert_int_equal(a->work.arithmetic, b->work.arithmetic);
    assert_int_equal(a->work.n_threads, b->work.n_threads);
    assert_int_equal(a->work.cold, b->work.cold);
    assert_int_equal(a->bound.kind, b->bound.kind);
    assert_int_equal(a->bound.level, b->bound.level);
    assert_int_equal(a->quantity, b->quantity);
    same_numbers((const double[]){ a->work.working_set, a->bound.ns, a->bound.arithmetic_ns, a->bound.memory_ns },
                 (const double[]){ b->work.working_set, b->bound.ns, b->bound.arithmetic_ns, b->bound.memory_ns }, 4);
    same_summary(&a->summary, &b->summary);
    same_change(&a->change, &b->change);
    assert_int_equal(a->samples.n, b->samples.n);
    same_numbers(a->samples.ns, b->samples.ns, a->samples.n);
    assert_memory_equal(a->samples.cause, b->samples.cause, a->samples.n);
    assert_memory_equal(a->samples.round, b->samples.round, a->samples.n);
}

static void same_builds(const struct tare_run *a, const struct tare_run *b, bool paths)
{
    assert_int_equal(a->n_builds, b->n_builds);
    for (size_t i = 0; i < a->n_builds; i++) {
        same_text(a->builds[i].suite, b->builds[i].suite);
        same_text(a->builds[i].compiler, b->builds[i].compiler);
        same_text(a->builds[i].options, b->builds[i].options);
        assert_int_equal(a->builds[i].flags, b->builds[i].flags);
        if (paths)
            same_text(a->builds[i].path, b->builds[i].path);
    }
}

static void same_roofs(const struct tare_roofs *a, const struct tare_roofs *b)
{
    same_text(a->problem, b->problem);
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        assert_int_equal(a->items[i].kind, b->items[i].kind);
        assert_int_equal(a->items[i].level, b->items[i].level);
        assert_int_equal(a->items[i].n_threads, b->items[i].n_threads);
        same_text(a->items[i].variant, b->items[i].variant);
        same_number(a->items[i].bytes, b->items[i].bytes);
        same_interval(a->items[i].first, b->items[i].first);
        same_interval(a->items[i].last, b->items[i].last);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(a->caches[i].count, b->caches[i].count);
        same_number(a->caches[i].bytes, b->caches[i].bytes);
    }
}

void assert_same_run(const struct tare_run *a, const struct tare_run *b, bool paths)
{
    same_text(a->version, b->version);
    same_text(a->date, b->date);
    same_text(a->command, b->command);
    same_text(a->commit, b->commit);
    same_text(a->preset, b->preset);
    same_text(a->baseline, b->baseline);
    assert_int_equal(a->method, b->method);
    assert_true(a->seed == b->seed);
    same_numbers((const double[]){ a->margin, a->confidence, a->precision, a->budget_ns, a->elapsed_ns },
                 (const double[]){ b->margin, b->confidence, b->precision, b->budget_ns, b->elapsed_ns }, 5);
    assert_int_equal(a->cpu, b->cpu);
    assert_int_equal(a->n_threads, b->n_threads);
    assert_int_equal(a->interrupted, b->interrupted);
    assert_int_equal(a->machine.n, b->machine.n);
    for (size_t i = 0; i < a->machine.n; i++) {
        same_text(a->machine.items[i].key, b->machine.items[i].key);
        same_text(a->machine.items[i].value, b->machine.items[i].value);
        assert_int_equal(a->machine.items[i].identity, b->machine.items[i].identity);
    }
    same_builds(a, b, paths);
    same_roofs(&a->roofs, &b->roofs);
    assert_int_equal(a->n_warnings, b->n_warnings);
    for (size_t i = 0; i < a->n_warnings; i++)
        same_text(a->warnings[i], b->warnings[i]);
    assert_int_equal(a->n_results, b->n_results);
    for (size_t i = 0; i < a->n_results; i++)
        assert_same_result(&a->results[i], &b->results[i]);
}
