/* The roofs of a machine, as a page of text. */
#ifndef TARE_REPORT_ROOFS_H
#define TARE_REPORT_ROOFS_H

#include "framework/base/mem.h"
#include "framework/result/result.h"

/* Appends a table for each thread count that run->roofs has, at the run's confidence. TARE_ENOMEM. */
int tare_roofs_page(struct tare_buf *out, const struct tare_run *run);

#endif
