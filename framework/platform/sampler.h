/* Where the processor is: instruction pointers sampled while code runs. */
#ifndef TARE_PLATFORM_SAMPLER_H
#define TARE_PLATFORM_SAMPLER_H

#include "framework/platform/ring.h"

enum tare_sampler_kind {
    TARE_SAMPLER_CLOCK, /* the kernel's software clock event, on every thread the process has when it is opened */
    TARE_SAMPLER_TIMER, /* a timer that interrupts the calling thread by SIGPROF: where perf_event_open is refused */
};

struct tare_sampler;

/* One of a kind at a time. A sample is due every period_ns of the thread's running time, TARE_SAMPLER_TIMER's of wall
 * time. TARE_EUNSUP says which setting refuses it and the command that changes it; TARE_ENOMEM, TARE_EIO. */
int tare_sampler_open(struct tare_sampler **out, enum tare_sampler_kind kind, double period_ns);
void tare_sampler_close(struct tare_sampler *s); /* NULL is fine */

/* Sampling happens between these two; both are cheap (system calls, one a thread). */
void tare_sampler_start(struct tare_sampler *s);
void tare_sampler_stop(struct tare_sampler *s);

/* Hands over what was sampled since the last time. Not while it is started. */
void tare_sampler_drain(struct tare_sampler *s, struct tare_ring_sink *sink);

#endif
