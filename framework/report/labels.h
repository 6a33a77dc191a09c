/* Names of rows beside a picture: the parts that tell them apart, and the room they take. */
#ifndef TARE_REPORT_LABELS_H
#define TARE_REPORT_LABELS_H

#include <stddef.h>
#include <stdint.h>

#include "framework/base/mem.h"

/* Which parts, between slashes, are the same in all of n names: bit i for part i. 0 where names have not as many parts
 * as the first, or nothing tells them apart. */
uint64_t tare_labels_shared(const char *const *names, size_t n);

/* Appends the parts of a name that are (or are not) in the mask, with slashes between them. */
void tare_labels_parts(struct tare_buf *out, const char *name, uint64_t shared, int wanted);

/* Columns of a picture's left margin that hold a label: by the widths of DejaVu Sans and Verdana, which other fonts
 * keep below. */
double tare_label_columns(const char *label);

#endif
