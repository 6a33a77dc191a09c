/* The reports of a history: several baselines measured again side by side. */
#ifndef TARE_REPORT_TIMELINE_H
#define TARE_REPORT_TIMELINE_H

#include "framework/report/report.h"
#include "framework/result/timeline.h"

struct tare_timeline_report {
    const char *name; /* "console" */
    /* Returns 0 or TARE_EIO / TARE_ENOMEM. */
    int (*write)(const struct tare_report_options *o, const struct tare_timeline *h);
};

/* console, json or csv; NULL when unknown. */
const struct tare_timeline_report *tare_timeline_report_find(const char *name);

int tare_timeline_console(const struct tare_report_options *o, const struct tare_timeline *h);

/* Draws the plots of scope `history` (plots.def) into a folder, which is made; *n_plots is how many. Without gnuplot
 * the data lie there all the same: TARE_EUNSUP. Else TARE_EIO, TARE_ECRASH, TARE_EPARSE. */
int tare_timeline_plot(const char *dir, const char *plots_dir, const struct tare_timeline *h, size_t *n_plots);

#endif
