/* The reports of variants side by side. */
#ifndef TARE_REPORT_CONTEST_H
#define TARE_REPORT_CONTEST_H

#include "framework/report/report.h"
#include "framework/result/contest.h"

struct tare_contest_report {
    const char *name; /* "console" */
    /* Returns 0 or TARE_EIO / TARE_ENOMEM. */
    int (*write)(const struct tare_report_options *o, const struct tare_contest *c);
};

/* console, json, csv or markdown; NULL when unknown. */
const struct tare_contest_report *tare_contest_report_find(const char *name);

int tare_contest_console(const struct tare_report_options *o, const struct tare_contest *c);

/* "1.832 [1.801, 1.861]": how many times as fast the first variant is. buf should hold 64 bytes. */
char *tare_format_times(char *buf, size_t n, struct tare_interval log_ratio);

#endif
