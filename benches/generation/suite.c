/* The suite `generation`: whole generations, each metric as cases of its own. One axis is varied at a time, from a
 * base. */
#include "benches/generation/generation.h"

#include <lm/config.h>
#include <lm/file.h>
#include <lm/model.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"

enum axis {
    PROMPT = 1 << 0,
    NEW = 1 << 1,
    SAMPLER = 1 << 2,
    BATCH = 1 << 3,
    DEPTH = 1 << 4,
    CACHE = 1 << 5,
    THREADS = 1 << 6,
    KV = 1 << 7,
};

enum {
    MOST_SCENARIOS = 1024,
    BASE_PROMPT = 50,
    BASE_NEW = 20,
    GAPS_NEW = 100,
    CACHE_PROMPT = 507,
    CACHE_NEW = 5,
    COLD_PROMPT = 10,
    MOST_MADE = 256 << 20 /* bytes of weights that a file is made of, in memory, to be loaded */
};

static const struct {
    const char *name;
    unsigned axes;
    uint32_t value;
} metrics[N_METRICS] = {
#define GENERATION_METRIC(name, axes, value, definition) { #name, axes, TARE_VALUE_##value },
#include "benches/generation/metrics.def"
#undef GENERATION_METRIC
};

static const char *const built_in[] = { "tiny", "small", "stories15m" };
static const char *const types[] = { "f32", "f16", "q8_0", "q4_k" };
static const char *const file_types[] = { "stored", "f16", "q8_0", "q4_k" };
static const size_t prompts[] = { 10, 50, 128, 200 };
static const size_t news[] = { 1, 5, 10, 20, 100 };
static const size_t batches[] = { 1, 2, 4, 8, 16 };
static const size_t depths[] = { 0, 1024, 4096, 8192 };
static const enum kn_type kv_types[] = { KN_TYPE_f32, KN_TYPE_f16, KN_TYPE_i8 };
static const struct sampling samplings[] = {
    { "greedy", { 0 } },
    { "temperature", { .temperature = 0.8 } },
    { "top_k", { .temperature = 0.8, .top_k = 40 } },
    { "top_p", { .temperature = 0.8, .top_p = 0.9 } },
};

static bool is_percentile(enum metric m)
{
    return m >= METRIC_itl_p50 && m <= METRIC_itl_p99;
}

static bool is_cold(enum metric m)
{
    return m == METRIC_cold_start || m == METRIC_warmup_gain;
}

/* Whether the length of the prompt, and the number of new tokens, matter. */
static bool has_prompt(enum metric m)
{
    return m != METRIC_load && m != METRIC_sampling && m != METRIC_model_bytes;
}

static bool has_new(enum metric m)
{
    return has_prompt(m) && !is_cold(m) && m != METRIC_prefill && m != METRIC_ttft && m != METRIC_itl;
}

static struct scenario scenarios[MOST_SCENARIOS]; /* what the cases point at, one emitting after another the same */

struct emitter {
    const struct tare_host *host;
    size_t n;
    const char *label; /* the model in ids */
    size_t n_ctx;      /* of a file; 0 = any */
    bool many;         /* models: the built-in ones */
    struct lm_config config;
    const struct lm_file *file;                           /* open while its cases are emitted */
    struct weights weights[sizeof types / sizeof *types]; /* of each type */
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static size_t params_of(struct tare_param *p, const struct scenario *s, const char *label)
{
    unsigned axes = metrics[s->metric].axes;
    size_t n = 0;
    p[n++] = (struct tare_param){ .text = label };
    if (s->text)
        p[n++] = (struct tare_param){ .name = "prompt", .text = s->text->name };
    else if (has_prompt(s->metric))
        p[n++] = (struct tare_param){ .name = "prompt", .num = (int64_t)s->prompt };
    if (has_new(s->metric))
        p[n++] = (struct tare_param){ .name = "new", .num = (int64_t)s->n_new };
    if (axes & SAMPLER)
        p[n++] = (struct tare_param){ .text = s->sampling->name };
    if (axes & BATCH)
        p[n++] = (struct tare_param){ .name = "batch", .num = (int64_t)s->batch };
    if (axes & DEPTH)
        p[n++] = (struct tare_param){ .name = "depth", .num = (int64_t)s->depth };
    if (axes & CACHE)
        p[n++] = (struct tare_param){ .name = "cache", .text = s->uncached ? "off" : "on" };
    if (axes & KV)
        p[n++] = (struct tare_param){ .name = "kv", .text = kn_type_name(s->kv) };
    if (axes & THREADS)
        p[n++] = (struct tare_param){ .name = "threads", .num = s->n_threads };
    return n;
}

/* Of built-in models the metrics that cost whole loads or a hundred tokens come with `small` alone. */
static bool is_core(const struct emitter *e, const struct scenario *s)
{
    size_t prompt = is_cold(s->metric) ? COLD_PROMPT : BASE_PROMPT;
    size_t n_new = is_percentile(s->metric) ? GAPS_NEW : BASE_NEW;
    bool base = !s->text && s->prompt == prompt && s->n_new == n_new && s->batch == 1 && s->depth == 0 &&
                s->sampling == samplings && s->n_threads == 1 && !s->uncached && s->kv == KN_TYPE_f32;
    bool plain = strcmp(s->type, types[0]) == 0 || strcmp(s->type, file_types[0]) == 0;
    bool light = s->value == TARE_VALUE_TIME && s->metric != METRIC_total;
    if (!light && !s->is_file && strcmp(e->label, "small") != 0 && e->many)
        return false;
    return base && (plain || (s->metric == METRIC_tpot && strcmp(e->label, "tiny") != 0));
}

static int add(struct emitter *e, struct scenario s, const struct weights *weights)
{
    struct tare_param params[10];
    if ((s.metric == METRIC_tpot && s.n_new < 2) || (e->n_ctx && generation_context(&s) > e->n_ctx))
        return 0;
    if (e->n == MOST_SCENARIOS)
        return e->host->fail(e->host, "more than %d cases", MOST_SCENARIOS);
    scenarios[e->n] = s;
    const struct scenario *kept = &scenarios[e->n++];
    bool whole = kept->metric != METRIC_itl && kept->metric != METRIC_sampling;
    struct tare_case c = {
        .size = sizeof c,
        .flags = (is_core(e, kept) ? TARE_CASE_CORE : 0) | (whole ? TARE_CASE_COUNTED : 0),
        .group = metrics[kept->metric].name,
        .variant = kept->type,
        .params = params,
        .n_params = params_of(params, kept, e->label),
        .arg = kept,
        .setup = generation_setup,
        .run = generation_run,
        .teardown = generation_teardown,
        .output = generation_output,
        .n_threads = (uint32_t)kept->n_threads,
        .value = kept->value,
    };
    generation_declare(&c, kept, &e->config, weights);
    return e->host->add(e->host, &c);
}

/* The values of each axis that the metric has, the others at their base. */
static int add_axes(struct emitter *e, const struct scenario *base, const struct weights *w)
{
    unsigned axes = metrics[base->metric].axes;
    struct scenario s = *base;
    int rc = 0;
    for (size_t i = 0; i < COUNT(prompts) && (axes & PROMPT) && !rc; i++)
        if ((s.prompt = prompts[i]) != base->prompt)
            rc = add(e, s, w);
    s = *base;
    for (size_t i = 0; i < generation_n_texts && (axes & PROMPT) && base->metric != METRIC_prefill && !rc; i++) {
        s.text = &generation_texts[i];
        rc = add(e, s, w);
    }
    s = *base;
    for (size_t i = 0; i < COUNT(news) && (axes & NEW) && !rc; i++)
        if ((s.n_new = news[i]) != base->n_new)
            rc = add(e, s, w);
    s = *base;
    for (size_t i = 1; i < COUNT(samplings) && (axes & SAMPLER) && !rc; i++) {
        s.sampling = &samplings[i];
        rc = add(e, s, w);
    }
    s = *base;
    for (size_t i = 1; i < COUNT(batches) && (axes & BATCH) && !rc; i++) {
        s.batch = batches[i];
        rc = add(e, s, w);
    }
    s = *base;
    for (size_t i = 1; i < COUNT(depths) && (axes & DEPTH) && !rc; i++) {
        s.depth = depths[i];
        rc = add(e, s, w);
    }
    s = *base;
    s.prompt = CACHE_PROMPT;
    s.n_new = CACHE_NEW;
    for (int off = 0; off < 2 && base->metric == METRIC_e2e && !rc; off++) {
        s.uncached = off;
        rc = add(e, s, w);
    }
    s = *base;
    for (size_t i = 1; i < COUNT(kv_types) && (axes & KV) && !rc; i++) {
        s.kv = kv_types[i];
        rc = add(e, s, w);
    }
    s = *base;
    for (int n = 2; n <= e->host->n_threads && (axes & THREADS) && !rc; n *= 2) {
        s.n_threads = n;
        rc = add(e, s, w);
    }
    return rc;
}

static int add_metric(struct emitter *e, enum metric metric, const char *model, bool is_file)
{
    const char *const *names = is_file ? file_types : types;
    struct scenario s = { .metric = metric,
                          .value = metrics[metric].value,
                          .model = model,
                          .is_file = is_file,
                          .prompt = is_cold(metric) ? COLD_PROMPT : BASE_PROMPT,
                          .n_new = is_percentile(metric) ? GAPS_NEW : BASE_NEW,
                          .sampling = samplings,
                          .batch = 1,
                          .kv = KN_TYPE_f32,
                          .n_threads = 1 };
    int rc = 0;
    for (size_t t = 0; t < COUNT(types) && !rc; t++) {
        enum kn_type type;
        s.type = names[t];
        if (kn_type_find(&type, s.type) && lm_type_fitting(type, e->config.n_embd) != type)
            continue; /* rows of this width are no whole blocks */
        if (metric == METRIC_load && !is_file && e->weights[t].layer_bytes + e->weights[t].head_bytes > MOST_MADE)
            continue;
        if (t > 0 && (metrics[metric].axes & KV))
            break; /* the cache is the same whatever the weights are */
        rc = add(e, s, &e->weights[t]);
        if (t == 0 && !rc)
            rc = add_axes(e, &s, &e->weights[t]);
    }
    return rc;
}

static int add_model(struct emitter *e, const char *model, bool is_file)
{
    int rc = 0;
    for (size_t t = 0; t < COUNT(types); t++) {
        enum kn_type type = KN_TYPE_f32;
        bool stored = !kn_type_find(&type, (is_file ? file_types : types)[t]);
        generation_weigh(&e->weights[t], &e->config, type, stored ? e->file : NULL);
    }
    for (int m = 0; m < N_METRICS && !rc; m++)
        rc = add_metric(e, (enum metric)m, model, is_file);
    return rc;
}

static int add_file(struct emitter *e, const char *path)
{
    struct lm_file *file = NULL;
    const char *slash = strrchr(path, '/');
    e->label = slash && slash[1] ? slash + 1 : path;
    int rc = lm_file_open(&file, path);
    if (!rc)
        rc = lm_config_read(&e->config, file, NULL);
    if (rc) {
        lm_file_close(file);
        return e->host->fail(e->host, "%s", tare_error());
    }
    e->n_ctx = e->config.n_ctx;
    e->file = file;
    rc = add_model(e, path, true);
    lm_file_close(file);
    return rc;
}

static int emit(const struct tare_host *host)
{
    const char *path = getenv("TARE_MODEL"); /* stays where it is: nobody changes the environment here */
    struct emitter e = { .host = host };
    const struct lm_config *named = path && *path ? lm_config_find(path) : NULL;
    if (path && *path && !named)
        return add_file(&e, path);
    int rc = 0;
    e.many = !named;
    for (size_t i = 0; i < COUNT(built_in) && !rc && !named; i++) {
        e.config = *lm_config_find(built_in[i]);
        e.label = built_in[i];
        rc = add_model(&e, built_in[i], false);
    }
    if (named) {
        e.config = *named;
        e.label = named->name;
        rc = add_model(&e, named->name, false);
    }
    return rc;
}

TARE_EXPORT const struct tare_suite tare_suite = {
    TARE_SUITE_HEAD,
    .name = "generation",
    .description = "whole generations of language models, each metric as cases of its own",
    .emit = emit,
};
