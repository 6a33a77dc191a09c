/* The parts of the page of `tare dive`, a file each. */
#ifndef TARE_REPORT_DIVE_PAGE_H
#define TARE_REPORT_DIVE_PAGE_H

#include "framework/base/mem.h"
#include "framework/report/report.h"
#include "framework/result/dive.h"

/* A label, or NULL, and its text, which wraps beneath itself; releases the text. */
void tare_dive_line(struct tare_buf *out, const struct tare_report_options *o, const char *label,
                    struct tare_buf *text);

void tare_dive_put_hot(struct tare_buf *out, const struct tare_report_options *o, const struct tare_hot *h);
void tare_dive_put_counts(struct tare_buf *out, const struct tare_report_options *o, const struct tare_counts *c);
void tare_dive_put_executed(struct tare_buf *out, const struct tare_report_options *o, const struct tare_executed *e,
                            const char *id);

#endif
