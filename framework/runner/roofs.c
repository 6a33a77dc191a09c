#include "framework/runner/roofs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/base/rng.h"
#include "framework/runner/crew.h"
#include "framework/suite/select.h"

struct roof_case {
    enum tare_roof_kind kind;
    enum tare_level level;
    int n_threads;
    size_t index; /* of the case in the file */
};

static const char *const groups[TARE_ROOF_KINDS] = {
    [TARE_ROOF_F32] = "fma/f32", [TARE_ROOF_INT8] = "dot/int8", [TARE_ROOF_READ] = "read",
    [TARE_ROOF_ADD] = "add",     [TARE_ROOF_COPY] = "copy",     [TARE_ROOF_FILL] = "fill",
};

/* A roof is what the fastest tenth of the samples reach: neighbours and other processes make a machine slower than it
 * is, never faster. 60 samples and more bound that quantile at 99%. */
static const double budget_ns = 25e6, budget_memory_ns = 40e6, warmup_ns = 4e6, sample_ns = 0.3e6, fast_part = 0.1;
enum { MIN_SAMPLES = 60, MAX_SAMPLES = 400 };

/* ---- what the suite offers ---- */

static const char *param_text(const struct listed_case *c, const char *name)
{
    for (size_t i = 0; i < c->n_params; i++) {
        const char *is = c->params[i].name;
        if (name ? is && strcmp(is, name) == 0 : !is)
            return c->params[i].text;
    }
    return NULL;
}

static enum tare_level find_level(const char *name)
{
    for (int i = TARE_LEVEL_L1; name && i < TARE_LEVELS; i++)
        if (strcmp(tare_level_names[i], name) == 0)
            return (enum tare_level)i;
    return TARE_LEVEL_NONE;
}

/* Which roof a case measures; false: none. Those that are bound to one pattern are not the best. */
static bool read_case(struct roof_case *out, const struct listed_case *c)
{
    const char *threads = param_text(c, "threads");
    size_t kind = 0;
    while (kind < TARE_ROOF_KINDS && strcmp(groups[kind], c->group) != 0)
        kind++;
    if (kind == TARE_ROOF_KINDS || !threads || param_text(c, "pattern"))
        return false;
    out->kind = (enum tare_roof_kind)kind;
    out->level = find_level(param_text(c, NULL));
    out->n_threads = atoi(threads);
    return (out->kind >= TARE_ROOF_READ) == (out->level != TARE_LEVEL_NONE);
}

static struct roof_case *find_case(const struct roof_meter *m, enum tare_roof_kind kind, enum tare_level level,
                                   int n_threads)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->cases[i].kind == kind && m->cases[i].level == level && m->cases[i].n_threads == n_threads)
            return &m->cases[i];
    return NULL;
}

/* The suite lists instruction sets weakest first: the last one of a roof counts. */
static int read_cases(struct roof_meter *m)
{
    const struct suite_file *f = &m->files.items[0];
    int rc = 0;
    for (size_t i = 0; i < f->n_cases && rc == 0; i++) {
        struct roof_case c = { .index = i };
        if (!read_case(&c, &f->cases[i]))
            continue;
        struct roof_case *known = find_case(m, c.kind, c.level, c.n_threads);
        if (!known && (rc = tare_grow(&m->cases, &m->capacity, m->n + 1, sizeof *m->cases)) == 0)
            known = &m->cases[m->n++];
        if (known)
            *known = c;
    }
    return rc;
}

static bool is_roofs(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash ? slash + 1 : path, "roofs.so") == 0;
}

/* The suite's file; the caller frees. */
static int find_file(char **out)
{
    struct tare_paths paths = { 0 };
    *out = NULL;
    if (tare_suites_find(&paths) == 0)
        for (size_t i = 0; i < paths.n && !*out; i++)
            if (is_roofs(paths.items[i]))
                *out = tare_strdup(paths.items[i]);
    tare_paths_free(&paths);
    char *self = *out ? NULL : tare_path_self();
    if (self)
        *out = tare_path_join(self, "../lib/tare/suites/roofs.so");
    free(self);
    if (*out && tare_path_exists(*out))
        return 0;
    free(*out);
    *out = NULL;
    return tare_fail(TARE_ENOENT, "the suite 'roofs' is neither among the suites nor beside the program");
}

int roofs_open(struct roof_meter *m, const struct bench_setting *setting, const volatile int *stop)
{
    *m = (struct roof_meter){ .setting = setting, .stop = stop, .confidence = 0.99 };
    char *path;
    size_t index;
    int rc = find_file(&path);
    if (rc == 0)
        rc = files_add(&m->files, &index, path);
    if (rc == 0)
        rc = files_list(&m->files, setting, stop);
    if (rc == 0 && m->files.items[0].problem)
        rc = tare_fail(TARE_EUSAGE, "%s", m->files.items[0].problem);
    if (rc == 0)
        rc = read_cases(m);
    free(path);
    return rc;
}

void roofs_close(struct roof_meter *m)
{
    files_free(&m->files);
    free(m->cases);
    *m = (struct roof_meter){ 0 };
}

/* ---- which are wanted ---- */

void roofs_caches(struct tare_roofs *out, const struct tare_topology *t)
{
    for (size_t i = 0; i < t->n_caches; i++) {
        const struct tare_cache *c = &t->caches[i];
        if (c->level < 1 || c->level > 3 || c->type == 'i')
            continue;
        struct tare_roof_cache *to = &out->caches[c->level - 1];
        to->bytes = fmax(to->bytes, (double)c->bytes); /* cores of several kinds: the larger */
        to->count += c->count;
    }
}

static int want(const struct roof_meter *m, struct tare_roofs *out, enum tare_roof_kind kind, enum tare_level level,
                int n_threads)
{
    const struct roof_case *c = find_case(m, kind, level, n_threads);
    if (!c || tare_roofs_find(out, kind, level, n_threads))
        return 0;
    const struct listed_case *listed = &m->files.items[0].cases[c->index];
    int rc = tare_grow(&out->items, &out->capacity, out->n + 1, sizeof *out->items);
    if (rc != 0)
        return rc;
    const struct tare_interval none = { NAN, -INFINITY, INFINITY };
    struct tare_roof *r = &out->items[out->n++];
    *r = (struct tare_roof){ .kind = kind,
                             .level = level,
                             .n_threads = n_threads,
                             .variant = tare_strdup(listed->variant ? listed->variant : ""),
                             .bytes = listed->work.working_set,
                             .first = none,
                             .last = none };
    return r->variant ? 0 : TARE_ENOMEM;
}

int roofs_want_all(const struct roof_meter *m, struct tare_roofs *out, int n_threads)
{
    int rc = 0;
    for (int kind = 0; kind < TARE_ROOF_KINDS; kind++)
        for (int level = 0; level < TARE_LEVELS && rc == 0; level++)
            rc = want(m, out, (enum tare_roof_kind)kind, (enum tare_level)level, n_threads);
    return rc;
}

int roofs_want(const struct roof_meter *m, struct tare_roofs *out, const struct tare_demand *d)
{
    struct tare_need needs[TARE_MOST_NEEDS];
    size_t n = tare_demand_needs(needs, d, out->caches);
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = want(m, out, needs[i].kind, needs[i].level, d->n_threads > 1 ? d->n_threads : 1);
    return rc;
}

size_t roofs_thread_counts(const struct roof_meter *m, int *counts, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        size_t at = 0;
        while (at < n && counts[at] < m->cases[i].n_threads)
            at++;
        if ((at < n && counts[at] == m->cases[i].n_threads) || n == most)
            continue;
        memmove(&counts[at + 1], &counts[at], (n - at) * sizeof *counts);
        counts[at] = m->cases[i].n_threads;
        n++;
    }
    return n;
}

/* ---- measuring ---- */

/* The fast samples' time as a rate, its interval turned over with it. */
static int rate_of(struct tare_interval *out, const struct tare_visit *v, double amount, double confidence)
{
    double *ns = tare_calloc(v->n + 1, sizeof *ns);
    if (!ns)
        return TARE_ENOMEM;
    for (size_t i = 0; i < v->n; i++)
        ns[i] = v->readings[i].ns;
    tare_sort(ns, v->n);
    struct tare_interval t = tare_quantile_interval(ns, v->n, fast_part, confidence);
    out->value = t.value > 0 ? amount / t.value : NAN;
    out->lo = t.value > 0 && isfinite(t.hi) ? amount / t.hi : -INFINITY;
    out->hi = t.value > 0 && t.lo > 0 ? amount / t.lo : INFINITY;
    free(ns);
    return 0;
}

static int measure(struct roof_meter *m, struct crew *crew, const struct roof_case *c, const struct tare_roof *r,
                   struct tare_interval *out)
{
    const struct listed_case *listed = &m->files.items[0].cases[c->index];
    const struct tare_work_done *w = &listed->work;
    const struct tare_visit_plan plan = {
        .warmup_ns = warmup_ns,
        .budget_ns = r->level == TARE_LEVEL_DRAM ? budget_memory_ns : budget_ns,
        .sample_ns = sample_ns,
        .min_samples = MIN_SAMPLES,
        .max_samples = MAX_SAMPLES,
        .seed = tare_rng_fresh_seed(),
        .cpu = m->setting->n_cpus ? m->setting->cpus[0] : -1,
    };
    const struct crew_arm arm = { 0, (uint32_t)c->index };
    struct tare_visit v;
    int rc = crew_visit(crew, &v, &arm, 1, &plan);
    if (rc == TARE_ESTOP || rc == TARE_ENOMEM || rc == TARE_EIO)
        return rc;
    if (rc != 0)
        return 0; /* no memory for its buffer, say: then there is no such roof */
    rc = rate_of(out, &v, r->kind < TARE_ROOF_READ ? w->flops : w->bytes_read + w->bytes_written, m->confidence);
    tare_visit_free(&v);
    return rc;
}

int roofs_measure(struct roof_meter *m, struct tare_roofs *out, bool last, struct progress *progress)
{
    static const double usual_s = 0.08;
    struct crew crew = { .files = &m->files, .setting = m->setting, .stop = m->stop };
    int rc = 0;
    snprintf(progress->about, sizeof progress->about, "roofs: ");
    for (size_t i = 0; i < out->n && rc == 0; i++) {
        struct tare_roof *r = &out->items[i];
        const struct roof_case *c = find_case(m, r->kind, r->level, r->n_threads);
        if (!c)
            continue;
        progress_case(progress, i, out->n, usual_s * (double)(out->n - i), m->files.items[0].cases[c->index].id);
        rc = *m->stop ? TARE_ESTOP : measure(m, &crew, c, r, last ? &r->last : &r->first);
    }
    progress->about[0] = '\0';
    crew_dismiss(&crew);
    return rc;
}
