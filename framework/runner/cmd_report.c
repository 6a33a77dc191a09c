#include <stdio.h>
#include <stdlib.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/report/report.h"
#include "framework/runner/command.h"
#include "framework/store/baseline.h"

/* Where `run` keeps the last run: see keep_last in outcome.c. */
static int load_last(struct tare_baseline *b, const struct tare_store *s)
{
    char *root = tare_path_join(s->root, "last");
    if (!root)
        return TARE_ENOMEM;
    struct tare_store last = { root };
    int rc =
        tare_baseline_exists(&last, "run")
            ? tare_baseline_load(b, &last, "run")
            : tare_fail(TARE_ENOENT, "%s: there is no last run yet: `tare run` makes one, or name a baseline", s->root);
    free(root);
    return rc;
}

int cmd_report(const struct options *o)
{
    if (o->n_words > 1)
        return tare_fail(TARE_EUSAGE, "one report at a time: '%s' is one word too many", o->words[1]);
    const char *out = o->out ? o->out : "tare-report";
    struct tare_store store;
    struct tare_baseline b = { 0 };
    size_t n_plots = 0;
    char *self = tare_path_self();
    char *plots = self ? tare_path_join(self, "../share/tare/plots") : NULL;
    int rc = plots ? tare_store_open(&store, o->dir) : TARE_ENOMEM;
    if (rc == 0) {
        rc = o->n_words ? tare_baseline_load(&b, &store, o->words[0]) : load_last(&b, &store);
        if (rc == 0)
            rc = tare_report_html(out, plots, &b.run, &n_plots);
        if (rc == 0)
            printf("%s/index.html (%zu cases, %zu pictures)\n", out, b.run.n_results, n_plots);
        tare_baseline_free(&b);
        tare_store_close(&store);
    }
    free(plots);
    free(self);
    return rc;
}
