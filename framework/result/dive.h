/* What `tare dive` found out about one case. */
#ifndef TARE_RESULT_DIVE_H
#define TARE_RESULT_DIVE_H

#include "framework/base/mem.h"
#include "framework/result/result.h"

#define TARE_DIVE_SCHEMA "tare.dive/1"

struct tare_dive {
    const struct tare_result *result; /* time and declared work; borrowed from the run */
};

void tare_dive_free(struct tare_dive *d); /* what it owns */

/* Declared work over the median time: 0 where nothing is declared or measured. */
double tare_dive_gflops(const struct tare_result *r); /* GFLOP/s */
double tare_dive_gbytes(const struct tare_result *r); /* GB/s, read and written */

/* Declared operations a byte of memory, FLOP/byte; 0 where either is not declared. */
double tare_dive_intensity(const struct tare_result *r);

/* The document for `--format json`. TARE_ENOMEM; TARE_EPARSE for a number that JSON can't hold. */
int tare_dive_document(struct tare_buf *out, const struct tare_dive *d, const struct tare_run *run);

#endif
