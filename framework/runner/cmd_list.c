#include <stdio.h>
#include <stdlib.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/runner/command.h"
#include "framework/runner/session.h"
#include "framework/runner/stop.h"
#include "framework/suite/select.h"

static int add_suites(struct suite_files *files, const struct options *o)
{
    struct tare_paths paths = { 0 };
    size_t index;
    int rc = 0;
    for (size_t i = 0; i < o->n_words && rc == 0; i++)
        if (tare_is_suite_path(o->words[i]))
            rc = tare_paths_add(&paths, o->words[i]);
    if (rc == 0 && paths.n == 0)
        rc = tare_suites_find(&paths);
    for (size_t i = 0; i < paths.n && rc == 0; i++)
        rc = files_add(files, &index, paths.items[i]);
    tare_paths_free(&paths);
    return rc;
}

/* Counts what each pattern met in hits[]. */
static void print_cases(const struct suite_file *f, const struct options *o, size_t *hits)
{
    for (size_t i = 0; i < f->n_cases; i++) {
        bool chosen = true, any = false;
        for (size_t k = 0; k < o->n_words; k++) {
            if (tare_is_suite_path(o->words[k]))
                continue;
            bool met = tare_pattern_match(o->words[k], f->cases[i].id) != TARE_NO_MATCH;
            hits[k] += met;
            chosen = any ? chosen || met : met;
            any = true;
        }
        if (chosen)
            printf("%s  %s\n", f->cases[i].core ? "core" : "full", f->cases[i].id);
    }
}

static int list(struct suite_files *files, const struct options *o, size_t *hits)
{
    int status = EXIT_FINE;
    for (size_t i = 0; i < files->n; i++) {
        const struct suite_file *f = &files->items[i];
        if (f->problem) {
            fprintf(stderr, "tare: %s\n", f->problem);
            status = EXIT_FAULT;
        }
        print_cases(f, o, hits);
    }
    for (size_t k = 0; k < o->n_words && status == EXIT_FINE; k++)
        if (!tare_is_suite_path(o->words[k]) && hits[k] == 0)
            return session_no_match(files, o->words[k]);
    return status;
}

int cmd_list(const struct options *o)
{
    struct suite_files files = { 0 };
    struct bench_setting setting;
    struct tare_topology topology = { 0 };
    size_t *hits = tare_calloc(o->n_words + 1, sizeof *hits);
    if (!hits)
        return TARE_ENOMEM;
    stop_watch();
    int rc = setting_read(&setting, &topology, o);
    if (rc == 0)
        rc = add_suites(&files, o);
    if (rc == 0)
        rc = files_list(&files, &setting, &stop_asked);
    if (rc == 0)
        rc = list(&files, o, hits);
    files_free(&files);
    tare_topology_free(&topology);
    free(hits);
    return rc;
}
