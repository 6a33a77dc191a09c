/* The ring in which the kernel leaves the records of one perf event (perf_event_open(2), "MMAP layout"). */
#ifndef TARE_PLATFORM_RING_H
#define TARE_PLATFORM_RING_H

#include <stddef.h>
#include <stdint.h>

struct tare_ring_sink {
    void (*sample)(void *ctx, uint64_t ip); /* one PERF_RECORD_SAMPLE of PERF_SAMPLE_IP alone */
    void *ctx;
    uint64_t lost; /* samples that PERF_RECORD_LOST says did not fit; added to */
};

/* Reads the records from `tail` up to `head`, both ever-growing positions, out of `data`, a ring of `size` bytes (a
 * power of two). Records may wrap. Returns the new tail: head, also where a record of an impossible size ends the
 * reading. */
uint64_t tare_ring_read(struct tare_ring_sink *sink, const void *data, size_t size, uint64_t tail, uint64_t head);

#endif
