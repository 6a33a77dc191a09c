/* The reports, one a file; report.c lists them. */
#ifndef TARE_REPORT_FORMATS_H
#define TARE_REPORT_FORMATS_H

#include "framework/report/report.h"

extern const struct tare_report tare_report_console;
extern const struct tare_report tare_report_json;
extern const struct tare_report tare_report_csv;
extern const struct tare_report tare_report_markdown;
extern const struct tare_report tare_report_junit;

#endif
