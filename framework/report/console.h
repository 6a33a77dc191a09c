/* The parts of the console report: console.c the table, console_case.c all statistics of a case, console_end.c what
 * follows the table. */
#ifndef TARE_REPORT_CONSOLE_H
#define TARE_REPORT_CONSOLE_H

#include "framework/base/mem.h"
#include "framework/report/report.h"

enum tare_style { TARE_PLAIN, TARE_BOLD, TARE_DIM, TARE_GOOD, TARE_BAD, TARE_DOUBT };

/* Text in a style; without colour it is the text alone. */
void tare_console_styled(struct tare_buf *out, const struct tare_report_options *o, enum tare_style style,
                         const char *text);
enum tare_style tare_console_outcome_style(const struct tare_result *r);

void tare_console_pad(struct tare_buf *out, size_t columns); /* spaces */

/* A paragraph: cleaned, broken at spaces so that it keeps within o->width, every line indented. A word that is longer
 * than a line is broken. Ends with a newline. */
void tare_console_wrap(struct tare_buf *out, const struct tare_report_options *o, size_t indent, const char *text);

void tare_console_case(struct tare_buf *out, const struct tare_report_options *o, const struct tare_result *r);
int tare_console_end(struct tare_buf *out, const struct tare_report_options *o, const struct tare_run *run);

#endif
