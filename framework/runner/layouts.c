/* Layouts: the same code at other addresses takes other times, by several percent where a loop loses its place in the
 * instruction cache (Mytkowicz et al. 2009). Of a build's change that much is luck. */
#include <math.h>

#include "framework/runner/judge.h"

bool judge_layouts(struct tare_change *c, const struct tare_interval *ratios, size_t n, bool settled)
{
    c->n_layouts = n < TARE_MOST_LAYOUTS ? n : TARE_MOST_LAYOUTS;
    for (size_t i = 0; i < c->n_layouts; i++)
        c->layouts[i] = (struct tare_layout){ LAYOUT_STEP * (i + 1), ratios[i] };
    struct tare_interval width = tare_layout_spread(c).width;
    bool changed = c->verdict == TARE_REGRESSED || c->verdict == TARE_IMPROVED;
    c->layout_dependent = changed && !(fabs(c->ratio.value) > width.hi);
    if (n > 0)
        c->smallest_visible = fmax(c->smallest_visible, expm1(width.hi));
    if (!c->layout_dependent)
        return settled;
    c->verdict = TARE_INCONCLUSIVE;
    return settled && fabs(c->ratio.value) <= width.lo;
}
