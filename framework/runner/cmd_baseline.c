#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/mem.h"
#include "framework/base/text.h"
#include "framework/report/report.h"
#include "framework/runner/command.h"
#include "framework/store/baseline.h"

static int list(const struct tare_store *s, const struct options *o)
{
    (void)o;
    struct tare_baseline_entry *entries;
    size_t n;
    int rc = tare_baseline_list(&entries, &n, s);
    if (rc != 0)
        return rc;
    if (n == 0)
        printf("no baselines in %s: `tare run --save NAME` makes one\n", s->root);
    for (size_t i = 0; i < n; i++) {
        const struct tare_baseline_entry *e = &entries[i];
        char bytes[32];
        if (e->problem)
            printf("%-16s damaged: %s\n", e->name, e->problem);
        else
            printf("%-16s %s  %6zu cases  %9s  %s  %s\n", e->name, e->date, e->n_cases,
                   tare_format_bytes(bytes, sizeof bytes, (double)e->bytes), e->commit ? e->commit : "-",
                   e->machine ? e->machine : "");
    }
    tare_baseline_list_free(entries, n);
    return EXIT_FINE;
}

static int show(const struct tare_store *s, const struct options *o)
{
    struct tare_baseline b;
    int rc = tare_baseline_load(&b, s, o->words[1]);
    if (rc != 0)
        return rc;
    const struct tare_run *run = &b.run;
    printf("baseline %s in %s\n", b.name, b.path);
    printf("  saved      %s by tare %s\n  commit     %s\n  command    %s\n", run->date, run->version,
           run->commit ? run->commit : "none", run->command ? run->command : "");
    printf("  preset     %s, seed %llu\n", run->preset, (unsigned long long)run->seed);
    for (size_t i = 0; i < run->n_builds; i++)
        printf("  build      %s: %s, %s\n", run->builds[i].suite, run->builds[i].compiler, run->builds[i].options);
    for (size_t i = 0; i < run->machine.n; i++)
        printf("  %-24s %s\n", run->machine.items[i].key, run->machine.items[i].value);
    printf("\n");
    for (size_t i = 0; i < run->n_results; i++) {
        const struct tare_result *r = &run->results[i];
        char time[32];
        if (r->status == TARE_CASE_OK)
            printf("%12s  %s\n", tare_format_value(time, sizeof time, r->quantity, r->summary.time_ns.value), r->id);
        else
            printf("%12s  %s%s%s\n", r->status == TARE_CASE_FAILED ? "failed" : "unmeasured", r->id,
                   r->message ? ": " : "", r->message ? r->message : "");
    }
    tare_baseline_free(&b);
    return EXIT_FINE;
}

static int remove_one(const struct tare_store *s, const struct options *o)
{
    return tare_baseline_remove(s, o->words[1]);
}

static int export_one(const struct tare_store *s, const struct options *o)
{
    return tare_baseline_export(s, o->words[1], o->words[2]);
}

static int import_one(const struct tare_store *s, const struct options *o)
{
    return tare_baseline_import(s, o->words[1], o->words[2], o->force);
}

static const struct verb {
    const char *name, *words;
    size_t n_words;
    int (*run)(const struct tare_store *s, const struct options *o);
} verbs[] = {
    { "list", "", 0, list },
    { "show", "NAME", 1, show },
    { "remove", "NAME", 1, remove_one },
    { "export", "NAME FILE", 2, export_one },
    { "import", "NAME FILE", 2, import_one },
};
enum { N_VERBS = sizeof verbs / sizeof *verbs };

int cmd_baseline(const struct options *o)
{
    const char *word = o->n_words ? o->words[0] : "list";
    const char *names[N_VERBS];
    const struct verb *v = NULL;
    for (size_t i = 0; i < N_VERBS; i++) {
        names[i] = verbs[i].name;
        if (strcmp(word, verbs[i].name) == 0)
            v = &verbs[i];
    }
    if (!v) {
        const char *near = tare_nearest(word, names, N_VERBS);
        return tare_fail(TARE_EUSAGE, "unknown word '%s' behind baseline: did you mean '%s'?", word,
                         near ? near : "list");
    }
    if (o->n_words > 0 && o->n_words != v->n_words + 1)
        return tare_fail(TARE_EUSAGE, "usage: tare baseline %s %s", v->name, v->words);
    struct tare_store store;
    int rc = tare_store_open(&store, o->dir);
    if (rc == 0) {
        rc = v->run(&store, o);
        tare_store_close(&store);
    }
    return rc;
}
