/* Reports: a table of events. The runner calls them in order; a report that only needs the end leaves the rest NULL.
 * Reports print what is in the run; they compute nothing but units. */
#ifndef TARE_REPORT_REPORT_H
#define TARE_REPORT_REPORT_H

#include <stdio.h>

#include "framework/result/result.h"

struct tare_report_options {
    FILE *out;
    bool color;   /* escape sequences allowed */
    int width;    /* columns of the terminal, 0 = unknown */
    bool samples; /* raw samples in machine-readable formats */
    bool verbose; /* console: every statistic a case */
};

struct tare_report {
    const char *name; /* "console" */
    const char *description;
    /* Each returns 0 or TARE_EIO / TARE_ENOMEM. */
    int (*begin)(const struct tare_report_options *o, const struct tare_run *run);
    int (*result)(const struct tare_report_options *o, const struct tare_run *run, const struct tare_result *r);
    int (*end)(const struct tare_report_options *o, const struct tare_run *run);
};

/* console, json, csv, markdown, junit. */
extern const struct tare_report *const tare_reports[];
extern const size_t tare_n_reports;
const struct tare_report *tare_report_find(const char *name); /* NULL when unknown */

/* Runs all three events over a finished run. */
int tare_report_write(const struct tare_report *r, const struct tare_report_options *o, const struct tare_run *run);

/* A folder with index.html and its pictures: gnuplot draws them where it is there; without it the page says so and
 * carries tables. *n_plots may be NULL. plots_dir holds the scripts and plots.def. */
int tare_report_html(const char *dir, const char *plots_dir, const struct tare_run *run, size_t *n_plots);

/* Text forms shared by the reports; each returns buf. */
char *tare_format_time(char *buf, size_t n, double ns);                       /* "612.3 µs" */
char *tare_format_value(char *buf, size_t n, enum tare_quantity q, double x); /* the like, "57.93 MiB", "0.0310" */
char *tare_format_percent(char *buf, size_t n, double log_ratio);             /* "+5.02%" from ln(1.0502) */
char *tare_format_bytes(char *buf, size_t n, double bytes);                   /* "64.0 MiB" */
char *tare_format_count(char *buf, size_t n, uint64_t count);                 /* "51,200" */

#endif
