/* The change by state of the machine, in words. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "framework/report/text.h"

static const struct {
    const char *gauge, *bins[TARE_MOST_BINS]; /* the last bin of two is the third name */
} words[TARE_GAUGES] = {
    [TARE_GAUGE_CLOCK] = { "core", { "fast", "slower", "slow" } },
    [TARE_GAUGE_MEMORY] = { "memory", { "quiet", "busier", "busy" } },
};

static size_t bins_of(const struct tare_change *c, enum tare_gauge g)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_states; i++)
        n += c->states[i].gauge == g;
    return n;
}

static void add_state(struct tare_buf *out, const struct tare_state *s, bool last)
{
    char change[96], low[32], high[32];
    size_t name = s->bin >= TARE_MOST_BINS || last ? TARE_MOST_BINS - 1 : s->bin;
    tare_buf_fmt(out, "%s %s", words[s->gauge].bins[name], words[s->gauge].gauge);
    if (s->bin > 0) {
        snprintf(low, sizeof low, "%.0f", 100 * s->low);
        snprintf(high, sizeof high, "%.0f", 100 * s->high);
        if (strcmp(low, high) == 0)
            tare_buf_fmt(out, " (%s%% of its speed)", high);
        else
            tare_buf_fmt(out, " (%s to %s%% of its speed)", low, high);
    }
    if (isfinite(s->ratio.lo) && isfinite(s->ratio.hi))
        tare_format_change(change, sizeof change, s->ratio);
    else
        tare_format_percent(change, sizeof change, s->ratio.value);
    tare_buf_fmt(out, " %s", change);
}

bool tare_text_states(struct tare_buf *out, const struct tare_change *c, enum tare_gauge g)
{
    size_t bins = bins_of(c, g), done = 0;
    for (size_t i = 0; i < c->n_states; i++) {
        if (c->states[i].gauge != g)
            continue;
        tare_buf_str(out, done++ ? ", " : "");
        add_state(out, &c->states[i], done == bins);
    }
    return bins > 0;
}

/* The widest distance between intervals of the gauge's states; 0 where all meet. */
static double distance(const struct tare_change *c, enum tare_gauge g)
{
    double most = 0;
    for (size_t i = 0; i < c->n_states; i++)
        for (size_t k = 0; k < c->n_states; k++)
            if (c->states[i].gauge == g && c->states[k].gauge == g)
                most = fmax(most, c->states[i].ratio.lo - c->states[k].ratio.hi);
    return most;
}

bool tare_state_gauge(enum tare_gauge *g, const struct tare_change *c)
{
    double clock = distance(c, TARE_GAUGE_CLOCK), memory = distance(c, TARE_GAUGE_MEMORY);
    *g = clock >= memory ? TARE_GAUGE_CLOCK : TARE_GAUGE_MEMORY;
    return clock > 0 || memory > 0;
}

const char *tare_state_meaning(const struct tare_change *c)
{
    enum tare_gauge g;
    if (!tare_state_gauge(&g, c))
        return "the median and the trimmed mean disagree beyond their intervals: code or data layout rather than work";
    return g == TARE_GAUGE_CLOCK ? "work takes the same share more at every speed of the core: this is code or data "
                                   "layout rather than work"
                                 : "it goes with how busy the memory is: layout, or another share of memory traffic";
}
