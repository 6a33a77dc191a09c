/* The clock: the invariant time-stamp counter with fences where there is one, else CLOCK_MONOTONIC_RAW. */
#ifndef TARE_PLATFORM_CLOCK_H
#define TARE_PLATFORM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

struct tare_clock {
    bool tsc;             /* the counter is used */
    double ns_per_tick;   /* calibrated against CLOCK_MONOTONIC_RAW; 1 without the counter */
    double frequency_ghz; /* ticks a nanosecond */
    double overhead_ns;   /* median time of a pair of readings with nothing between */
    double resolution_ns; /* smallest step seen between successive different readings */
};

/* Chooses and calibrates (some 20 ms, once a process; later calls return the same). allow_tsc false forces the system's
 * clock. Never fails. */
const struct tare_clock *tare_clock_init(bool allow_tsc);
const struct tare_clock *tare_clock_get(void); /* as initialised, or initialises with the counter allowed */

/* The work of tare_clock_init, for a clock of one's own. */
void tare_clock_calibrate(struct tare_clock *c, bool allow_tsc);

static inline uint64_t tare_clock_system(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Readings in ticks: earlier instructions are finished before `begin` reads and before `end` reads, and later ones do
 * not start before either has (Paoloni, Intel 324264, 2010). */
static inline uint64_t tare_clock_begin(const struct tare_clock *c)
{
#if defined(__x86_64__)
    if (c->tsc) {
        _mm_lfence();
        uint64_t t = __rdtsc();
        _mm_lfence();
        return t;
    }
#endif
    (void)c;
    return tare_clock_system();
}

static inline uint64_t tare_clock_end(const struct tare_clock *c)
{
#if defined(__x86_64__)
    if (c->tsc) {
        unsigned aux;
        uint64_t t = __rdtscp(&aux);
        _mm_lfence();
        return t;
    }
#endif
    (void)c;
    return tare_clock_system();
}

static inline double tare_clock_ns(const struct tare_clock *c, uint64_t begin, uint64_t end)
{
    return (double)(int64_t)(end - begin) * c->ns_per_tick;
}

#endif
