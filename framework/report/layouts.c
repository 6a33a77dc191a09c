/* The change over the layouts of the new build, in words. */
#include <math.h>

#include "framework/report/pick.h"
#include "framework/report/text.h"

bool tare_text_layouts(struct tare_buf *out, const struct tare_change *c)
{
    struct tare_spread s = tare_layout_spread(c);
    char least[64], most[64];
    if (c->n_layouts == 0)
        return false;
    tare_buf_fmt(out, "from %s to %s at %zu addresses", tare_format_percent(least, sizeof least, s.least),
                 tare_format_percent(most, sizeof most, s.most), c->n_layouts + 1);
    return true;
}

const char *tare_layout_meaning(const struct tare_change *c)
{
    if (tare_layout_spread(c).width.value < fabs(c->ratio.value) / 2)
        return "the layouts are not known closely enough to tell the change from what they do: a longer --budget is "
               "needed";
    return "the change may be where the code lies rather than what it does, and the next build may undo it: align what "
           "is hot (-falign-functions=64 -falign-loops=64), or take the middle of the addresses for the change";
}

void tare_text_widest_layout(struct tare_buf *out, const struct tare_run *run)
{
    const struct tare_result *widest = NULL;
    double most = -1;
    for (size_t i = 0; i < run->n_results; i++) {
        const struct tare_result *r = &run->results[i];
        double width = tare_layout_spread(&r->change).width.value;
        if (tare_is_compared(r) && r->change.n_layouts > 0 && width > most) {
            most = width;
            widest = r;
        }
    }
    if (!widest)
        return;
    tare_buf_fmt(out,
                 "Layouts: the new code was measured where it lies and moved by %zu to %zu bytes; it matters most "
                 "in %s, ",
                 widest->change.layouts[0].shift, widest->change.layouts[widest->change.n_layouts - 1].shift,
                 widest->id);
    tare_text_layouts(out, &widest->change);
}
