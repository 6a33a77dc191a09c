#include "framework/runner/once.h"

#include <string.h>

#include "framework/base/cpu.h"
#include "framework/base/error.h"
#include "framework/measure/lab.h"
#include "framework/platform/topology.h"
#include "framework/runner/session.h"
#include "framework/suite/load.h"
#include "framework/suite/select.h"

char *once_levels(char *text, size_t n)
{
    size_t at = 0;
    snprintf(text, n, "ref");
    for (unsigned left = tare_cpu_levels(); left && at < n; left &= left - 1)
        at += (size_t)snprintf(text + at, n - at, "%s%s", at ? " " : "", tare_cpu_level_name(left & -left));
    return text;
}

static int run_case(const struct tare_suite_handle *s, size_t i, const struct tare_lab_options *lo, uint64_t iters)
{
    struct tare_lab *lab = NULL;
    struct tare_fixture f = { 0 };
    const struct tare_loop loop = { .size = sizeof loop, .iters = iters };
    char levels[128];
    int rc = tare_lab_create(&lab, lo);
    if (rc == 0)
        rc = tare_fixture_setup(&f, lab, 0, &s->cases[i]);
    if (rc == 0) {
        if (f.c->reset)
            f.c->reset(f.data);
        f.c->run(f.data, &loop);
        tare_fixture_teardown(&f);
        printf("%s: %llu iterations; instruction sets %s\n", s->ids[i], (unsigned long long)iters,
               once_levels(levels, sizeof levels));
    }
    tare_lab_free(lab);
    return rc;
}

/* The case of the suite that is named: by its id, or alone by a pattern. *hits counts. */
static long find_case(const struct tare_suite_handle *s, const char *pattern, size_t *hits)
{
    long found = -1;
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->ids[i], pattern) == 0) {
            *hits = 1;
            return (long)i;
        }
        if (tare_pattern_match(pattern, s->ids[i]) != TARE_NO_MATCH) {
            found = (long)i;
            ++*hits;
        }
    }
    return found;
}

static int run_in(const struct tare_paths *paths, const char *pattern, const struct options *o,
                  const struct bench_setting *setting)
{
    const int *cpus = setting->n_cpus ? setting->cpus : NULL;
    const struct tare_suite_options so = { setting->n_threads, cpus, setting->cpu_mask };
    const struct tare_lab_options lo = { setting->n_threads, cpus, setting->cpu_mask };
    for (size_t i = 0; i < paths->n; i++) {
        struct tare_suite_handle s;
        size_t hits = 0;
        int rc = tare_suite_load(&s, paths->items[i], paths->items[i], &so);
        if (rc != 0)
            return rc;
        long found = find_case(&s, pattern, &hits);
        if (hits == 1)
            rc = run_case(&s, (size_t)found, &lo, o->iterations);
        else if (hits > 1)
            rc = tare_fail(TARE_EUSAGE, "'%s' names %zu cases: dive takes one", pattern, hits);
        tare_suite_unload(&s);
        if (hits > 0)
            return rc;
    }
    return tare_fail(TARE_EUSAGE, "no case matches '%s': `tare list` shows what there is", pattern);
}

int once_run(const struct options *o)
{
    struct bench_setting setting;
    struct tare_topology topology = { 0 };
    struct tare_paths paths = { 0 };
    const char *pattern = NULL;
    int rc = setting_read(&setting, &topology, o);
    for (size_t i = 0; i < o->n_words && rc == 0; i++) {
        if (tare_is_suite_path(o->words[i]))
            rc = tare_paths_add(&paths, o->words[i]);
        else if (pattern)
            rc = tare_fail(TARE_EUSAGE, "dive takes one case: '%s' is one word too many", o->words[i]);
        else
            pattern = o->words[i];
    }
    if (rc == 0 && !pattern)
        rc = tare_fail(TARE_EUSAGE, "dive needs a case: tare dive CASE (`tare list` shows what there is)");
    if (rc == 0 && paths.n == 0)
        rc = tare_suites_find(&paths);
    if (rc == 0 && setting.n_cpus > 0)
        rc = tare_bind_cpu(setting.cpus[0]);
    if (rc == 0)
        rc = run_in(&paths, pattern, o, &setting);
    tare_paths_free(&paths);
    tare_topology_free(&topology);
    return rc;
}
