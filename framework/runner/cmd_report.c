#include <stdio.h>
#include <stdlib.h>

#include "framework/base/error.h"
#include "framework/base/file.h"
#include "framework/base/mem.h"
#include "framework/report/report.h"
#include "framework/runner/command.h"
#include "framework/store/baseline.h"

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
        rc = o->n_words ? tare_baseline_load(&b, &store, o->words[0]) : tare_last_load(&b, &store);
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
