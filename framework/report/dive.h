/* What `tare dive` found, as a page of text. */
#ifndef TARE_REPORT_DIVE_H
#define TARE_REPORT_DIVE_H

#include "framework/report/report.h"
#include "framework/result/dive.h"

/* Appends the page. `run` has the machine, the setting and the warnings. TARE_ENOMEM. */
int tare_dive_page(struct tare_buf *out, const struct tare_report_options *o, const struct tare_dive *d,
                   const struct tare_run *run);

#endif
