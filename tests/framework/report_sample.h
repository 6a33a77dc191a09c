/* Made-up runs for the tests of the reports. Everything is owned by the run: tare_run_free releases it. */
#ifndef TARE_TESTS_REPORT_SAMPLE_H
#define TARE_TESTS_REPORT_SAMPLE_H

#include <stdio.h>

#include "framework/report/report.h"

/* A run without results: version, machine, preset, and for a comparison the baseline "main". */
struct tare_run sample_run(enum tare_method method);

/* Appends a measured case "suite/group/variant/shape" (variant and shape may be NULL) with n noisy samples around ns,
 * some of them set aside. The result stays valid until the next one is added. */
struct tare_result *sample_case(struct tare_run *run, const char *suite, const char *group, const char *variant,
                                const char *shape, double ns, size_t n);

/* Appends a case with an id of any form, in group "odd". */
struct tare_result *sample_odd(struct tare_run *run, const char *id);

/* Compares it: new / old = 1 + percent / 100, with bounds half a percentage on each side. */
void sample_change(struct tare_result *r, enum tare_method method, enum tare_verdict verdict, double percent,
                   double half);

void sample_fail(struct tare_result *r, const char *message);
void sample_gone(struct tare_result *r); /* the case is in the baseline only */

/* A run as a user may see it: `cases` of them in several groups with every outcome from 20 cases on. */
struct tare_run sample_full(enum tare_method method, size_t cases);

/* What the report prints; caller frees. */
char *sample_print(const char *report, const struct tare_run *run, struct tare_report_options options);

#endif
