/* The parts of the page: html.c the whole, html_case.c the section of a case. */
#ifndef TARE_REPORT_HTML_H
#define TARE_REPORT_HTML_H

#include "framework/report/plots.h"

struct tare_page {
    const char *dir;
    const struct tare_run *run;
    struct tare_plots plots;
    struct tare_gnuplot gnuplot;
    size_t n_pictures;
    struct tare_buf problems; /* lines: what could not be drawn and why */
};

enum { TARE_SUBJECT_BYTES = 32 };

/* The name that the files of a subject begin with: "comparison", "group-02", "case-017" (numbers from 0 here). */
char *tare_page_subject(char *subject, enum tare_plot_scope scope, size_t number);

/* The pictures that were drawn of a subject, as figures; `of` is what the alternative text calls it. */
void tare_page_pictures(struct tare_buf *out, const struct tare_page *page, enum tare_plot_scope scope, size_t number,
                        const char *of, const char *figures);

void tare_page_case(struct tare_buf *out, const struct tare_page *page, size_t number);

/* A row of a table of two columns; the value is escaped. */
void tare_page_pair(struct tare_buf *out, const char *name, const char *value);

#endif
