/* What `tare trust` found, as a page of text and as a picture. */
#ifndef TARE_REPORT_TRUST_H
#define TARE_REPORT_TRUST_H

#include "framework/result/trust.h"

/* Appends the page. `run` has machine, margin, confidence, elapsed time and warnings. TARE_ENOMEM. */
int tare_trust_page(struct tare_buf *out, const struct tare_trust *t, const struct tare_run *run);

/* Draws <dir>/trust.svg; its data and gnuplot's messages lie in <dir>/plots/. TARE_EIO, TARE_EPARSE (plots.def);
 * TARE_EUNSUP without gnuplot, TARE_ECRASH when it failed. */
int tare_trust_draw(const char *dir, const char *plots_dir, const struct tare_trust *t);

#endif
