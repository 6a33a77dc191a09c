#include "framework/platform/clock.h"

#include "framework/platform/probe.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

enum {
    CALIBRATION_NS = 20 * 1000 * 1000, /* an end is known to some 20 ns: 2 parts in a million */
    BRACKETS = 100,                    /* tries at an end; the tightest counts */
    PAIRS = 1001,                      /* pairs of readings for the overhead */
    STEPS = 20000,                     /* readings for the resolution */
};

#if defined(__x86_64__)

/* Does the counter run at one rate, whatever the processor's state, and does the kernel think so too? Bits: Intel SDM
 * volume 3, 17.17.1; AMD APM volume 3, appendix E.4. */
static bool counter_is_invariant(void)
{
    const unsigned rdtscp = 1u << 27, invariant = 1u << 8;
    unsigned a, b, c, d;
    if (!__get_cpuid(0x80000001u, &a, &b, &c, &d) || !(d & rdtscp))
        return false;
    if (!__get_cpuid(0x80000007u, &a, &b, &c, &d) || !(d & invariant))
        return false;
    /* The kernel takes the counter off its list when the processors disagree. */
    char sources[TARE_PROBE_TEXT];
    return !tare_probe_text(sources, "", "sys/devices/system/clocksource/clocksource0/available_clocksource") ||
           strstr(sources, "tsc");
}

/* One moment on both clocks. A try that was interrupted has a wide bracket; the narrowest of many is taken. */
struct moment {
    uint64_t ticks, system_ns;
};

static struct moment read_both(const struct tare_clock *c)
{
    struct moment best = { 0 };
    uint64_t narrowest = UINT64_MAX;
    for (int i = 0; i < BRACKETS; i++) {
        uint64_t before = tare_clock_begin(c);
        uint64_t system_ns = tare_clock_system();
        uint64_t width = tare_clock_end(c) - before;
        if (width < narrowest) {
            narrowest = width;
            best = (struct moment){ before + width / 2, system_ns };
        }
    }
    return best;
}

/* True when the counter can serve; then its rate is set. */
static bool calibrate_counter(struct tare_clock *c)
{
    c->tsc = true;
    struct moment first = read_both(c);
    while (tare_clock_system() - first.system_ns < CALIBRATION_NS)
        _mm_pause();
    struct moment last = read_both(c);
    int64_t ticks = (int64_t)(last.ticks - first.ticks);
    if (ticks > 0) {
        c->frequency_ghz = (double)ticks / (double)(last.system_ns - first.system_ns);
        c->ns_per_tick = 1 / c->frequency_ghz;
    }
    c->tsc = ticks > 0;
    return c->tsc;
}

#else

static bool counter_is_invariant(void)
{
    return false;
}

static bool calibrate_counter(struct tare_clock *c)
{
    (void)c;
    return false;
}

#endif

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The median: an interruption makes a few of the pairs long. */
static double measure_overhead(const struct tare_clock *c)
{
    double pairs[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        uint64_t begin = tare_clock_begin(c);
        pairs[i] = tare_clock_ns(c, begin, tare_clock_end(c));
    }
    qsort(pairs, PAIRS, sizeof *pairs, by_value);
    return pairs[PAIRS / 2];
}

static double measure_resolution(const struct tare_clock *c)
{
    uint64_t smallest = UINT64_MAX, before = tare_clock_begin(c);
    for (int i = 0; i < STEPS; i++) {
        uint64_t now = tare_clock_begin(c);
        if (now > before && now - before < smallest)
            smallest = now - before;
        before = now;
    }
    return smallest == UINT64_MAX ? 0 : (double)smallest * c->ns_per_tick;
}

void tare_clock_calibrate(struct tare_clock *c, bool allow_tsc)
{
    *c = (struct tare_clock){ .ns_per_tick = 1, .frequency_ghz = 1 };
    if (allow_tsc && counter_is_invariant())
        calibrate_counter(c);
    c->overhead_ns = measure_overhead(c);
    c->resolution_ns = measure_resolution(c);
}

const struct tare_clock *tare_clock_init(bool allow_tsc)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct tare_clock clock;
    static bool ready;
    pthread_mutex_lock(&lock);
    if (!ready)
        tare_clock_calibrate(&clock, allow_tsc);
    ready = true;
    pthread_mutex_unlock(&lock);
    return &clock;
}

const struct tare_clock *tare_clock_get(void)
{
    return tare_clock_init(true);
}
