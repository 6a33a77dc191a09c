/* Data that are in no cache. */
#ifndef BENCHES_KERNELS_COLD_H
#define BENCHES_KERNELS_COLD_H

#include <stdbool.h>
#include <stddef.h>

/* Whether this processor lets a program empty lines from its caches. */
bool cold_can_flush(void);

/* Writes the lines of [data, data + bytes) back and removes them from every level of cache. */
void cold_flush(const void *data, size_t bytes);

#endif
