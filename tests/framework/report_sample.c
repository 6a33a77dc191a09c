#include "report_sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/rng.h"
#include "tests/harness.h"

struct tare_run sample_run(enum tare_method method)
{
    struct tare_run run = { .seed = 4711, .margin = 0.005, .confidence = 0.99, .precision = 0.005, .method = method };
    run.version = tare_strdup("0.1.0");
    run.date = tare_strdup("2026-11-21T08:00:00Z");
    run.command = tare_strdup("tare run kernels --baseline main");
    run.commit = tare_strdup("1a2b3c4d");
    run.preset = tare_strdup("default");
    run.baseline = method == TARE_METHOD_NONE ? NULL : tare_strdup("main");
    run.elapsed_ns = 71e9;
    run.cpu = 1;
    run.n_threads = 1;
    tare_facts_set(&run.machine, "cpu.model", true, "AMD EPYC");
    tare_facts_set(&run.machine, "cpu.cores", true, "2");
    tare_facts_set(&run.machine, "hypervisor", true, "KVM");
    tare_facts_set(&run.machine, "clock.source", false, "tsc");
    run.builds = tare_calloc(1, sizeof *run.builds);
    run.n_builds = 1;
    run.builds[0] = (struct tare_build){ .suite = tare_strdup("kernels"),
                                         .path = tare_strdup("build/release/lib/tare/suites/kernels.so"),
                                         .compiler = tare_strdup("gcc 12.2.0"),
                                         .options = tare_strdup("-O2 -falign-functions=64") };
    return run;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Plausible figures; the statistics themselves are tested elsewhere. */
static void summarise(struct tare_result *r, double ns)
{
    struct tare_summary *s = &r->summary;
    double *used = tare_alloc(r->samples.n * sizeof *used);
    s->n = r->samples.n;
    for (size_t i = 0; i < s->n; i++) {
        unsigned cause = r->samples.cause[i];
        s->set_aside[cause] += cause != TARE_CAUSE_NONE;
        if (cause == TARE_CAUSE_NONE || cause == TARE_CAUSE_MILD)
            used[s->n_used++] = r->samples.ns[i];
    }
    qsort(used, s->n_used, sizeof *used, compare_doubles);
    double median = used[s->n_used / 2];
    s->time_ns = (struct tare_interval){ median, median * 0.997, median * 1.004 };
    s->confidence = 0.99;
    s->mean_ns = median * 1.001;
    s->sd_ns = ns * 0.01;
    s->mad_ns = ns * 0.008;
    s->min_ns = used[0];
    s->p5_ns = used[s->n_used / 20];
    s->p95_ns = used[s->n_used * 19 / 20];
    s->max_ns = used[s->n_used - 1];
    s->round_spread = 0.012;
    free(used);
}

static void fill_samples(struct tare_result *r, double ns, size_t n, uint64_t seed)
{
    struct tare_rng rng;
    tare_rng_seed(&rng, seed);
    r->samples.n = n;
    r->samples.ns = tare_calloc(n, sizeof(double));
    r->samples.cause = tare_calloc(n, 1);
    r->samples.round = tare_calloc(n, 1);
    for (size_t i = 0; i < n; i++) {
        size_t round = i * 5 / n;
        r->samples.round[i] = (uint8_t)round;
        r->samples.ns[i] = ns * (1 + 0.004 * (double)(round % 3) + 0.01 * tare_rng_normal(&rng));
        if (i % 97 == 13) { /* disturbed */
            r->samples.cause[i] = (uint8_t)(TARE_CAUSE_PREEMPTED + i / 97 % 5);
            r->samples.ns[i] *= 1.2 + tare_rng_uniform(&rng);
        } else if (i % 89 == 40) {
            r->samples.cause[i] = TARE_CAUSE_MILD;
            r->samples.ns[i] *= 1.03;
        }
    }
}

static struct tare_result *add(struct tare_run *run, char *id, const char *suite, const char *group,
                               const char *variant, double ns, size_t n)
{
    struct tare_result *r = tare_run_add(run);
    r->id = id;
    r->suite = tare_strdup(suite);
    r->group = tare_strdup(group);
    r->variant = variant ? tare_strdup(variant) : NULL;
    r->work.flops = 4.2 * ns;
    r->iters = 128;
    r->rounds = 5;
    r->warmup_ns = 8e6;
    r->measured_ns = 120e6;
    r->steady = r->precise = true;
    fill_samples(r, ns, n, run->n_results);
    summarise(r, ns);
    return r;
}

struct tare_result *sample_case(struct tare_run *run, const char *suite, const char *group, const char *variant,
                                const char *shape, double ns, size_t n)
{
    char *id = tare_format("%s/%s%s%s%s%s", suite, group, variant ? "/" : "", variant ? variant : "", shape ? "/" : "",
                           shape ? shape : "");
    struct tare_result *r = add(run, id, suite, group, variant, ns, n);
    if (shape) {
        r->params = tare_calloc(1, sizeof *r->params);
        r->params[0].text = tare_strdup(shape);
        r->n_params = 1;
    }
    return r;
}

struct tare_result *sample_odd(struct tare_run *run, const char *id)
{
    return add(run, tare_strdup(id), "odd", "odd", NULL, 1234.5, 60);
}

void sample_change(struct tare_result *r, enum tare_method method, enum tare_verdict verdict, double percent,
                   double half)
{
    struct tare_change *c = &r->change;
    double ratio = log1p(percent / 100);
    c->method = method;
    c->presence = TARE_IN_BOTH;
    c->verdict = verdict;
    c->ratio = (struct tare_interval){ ratio, log1p((percent - half) / 100), log1p((percent + half) / 100) };
    c->trimmed = c->ratio;
    c->drift = method == TARE_METHOD_STORED ? 0.042 : 0;
    c->blocks = 400;
    c->blocks_set_aside = 7;
    c->p = 0.01;
    c->q = 0.02;
    c->smallest_visible = 0.005 + half / 100;
    c->needed_ns = verdict == TARE_INCONCLUSIVE ? 42e9 : 0;
    double old = r->summary.time_ns.value / exp(ratio);
    c->old_time_ns = (struct tare_interval){ old, old * 0.996, old * 1.004 };
}

void sample_fail(struct tare_result *r, const char *message)
{
    r->status = TARE_CASE_FAILED;
    r->message = tare_strdup(message);
    r->change.method = TARE_METHOD_NONE;
    r->change.verdict = TARE_UNDECIDED;
    r->summary = (struct tare_summary){ 0 };
    r->samples.n = 0;
}

void sample_gone(struct tare_result *r)
{
    double ns = r->summary.time_ns.value;
    r->status = TARE_CASE_UNMEASURED;
    r->change = (struct tare_change){ .presence = TARE_ONLY_OLD };
    r->change.old_time_ns = (struct tare_interval){ ns, ns * 0.99, ns * 1.01 };
    r->summary = (struct tare_summary){ 0 };
    r->samples.n = 0;
}

struct tare_run sample_full(enum tare_method method, size_t cases)
{
    static const char *const groups[] = { "matmul/f32", "softmax/f32", "rmsnorm/f32", "rope/f32" };
    static const char *const variants[] = { "ref", "avx2", "avx512" };
    static const char *const shapes[] = { "llama-1b.attn_q/m=1",
                                          "llama-1b.ffn_up/m=1",
                                          "1024x1024",
                                          "qwen2.5-0.5b.h",
                                          "tinyllama-1.1b.ffn_down/m=512",
                                          "odd-sizes/m=3/n=5/k=1031",
                                          "llama-1b.logits/m=1",
                                          "x=64",
                                          "x=512" };
    struct tare_run run = sample_run(method);
    for (size_t i = 0; i < cases; i++) {
        const char *group = groups[i * 4 / cases], *variant = variants[i % 3], *shape = shapes[i / 3 % 9];
        struct tare_result *r =
            sample_case(&run, "kernels", group, variant, shape, 40 * pow(1.17, (double)(i % 60)), 500);
        if (method == TARE_METHOD_NONE)
            continue;
        double small = 0.01 * (double)(i % 7) - 0.03;
        sample_change(r, method, TARE_UNCHANGED, small, 0.05 + 0.03 * (double)(i % 5));
        if (cases < 20 ? i == 1 : i % 20 == 3)
            sample_change(r, method, TARE_REGRESSED, 5.02 + (double)i / 10, 0.2);
        if (i % 40 == 5)
            sample_change(r, method, TARE_IMPROVED, -12.4, 0.8);
        if (i % 30 == 7) {
            sample_change(r, method, TARE_INCONCLUSIVE, 0.31, 1.5);
            r->precise = false;
            r->summary.time_ns.hi *= 1.03;
        }
        if (i == 11) {
            r->change.state_dependent = true;
            r->change.trimmed = (struct tare_interval){ 0.017, 0.013, 0.021 };
            r->change.states[0] = (struct tare_state){ TARE_GAUGE_CLOCK, 0, 0.97, 1, 300, { 0.0001, -0.0004, 0.0006 } };
            r->change.states[1] =
                (struct tare_state){ TARE_GAUGE_CLOCK, 1, 0.61, 0.66, 100, { log(1.066), 0.06, 0.068 } };
            r->change.n_states = 2;
        }
        if (i == 17)
            sample_fail(r, "the worker ended by signal 11 (segmentation fault)");
        if (i == 18)
            r->change = (struct tare_change){ .presence = TARE_ONLY_NEW };
        if (i == 19)
            sample_gone(r);
    }
    if (method != TARE_METHOD_NONE && cases >= 20)
        tare_run_warn(&run, "the baseline was taken with another kernel version: 6.1.0-18 there, 6.1.0-25 here");
    return run;
}

char *sample_print(const char *report, const struct tare_run *run, struct tare_report_options options)
{
    char *text = NULL;
    size_t len = 0;
    options.out = open_memstream(&text, &len);
    assert_non_null(options.out);
    const struct tare_report *r = tare_report_find(report);
    assert_non_null(r);
    if (tare_report_write(r, &options, run) != 0)
        fail_msg("%s: %s", report, tare_error());
    fclose(options.out);
    return text;
}
