#include "framework/runner/progress.h"

#include <stdio.h>
#include <string.h>

#include "framework/platform/clock.h"

static const uint64_t line_every_ns = 100000000u;   /* on a terminal */
static const uint64_t plain_every_ns = 5000000000u; /* elsewhere */

void progress_begin(struct progress *p, enum progress_mode mode, int width)
{
    *p = (struct progress){ .mode = mode, .width = width > 20 ? width : 80, .begin_ns = tare_clock_system() };
}

static void format_left(char *buf, size_t n, double s)
{
    if (s < 60)
        snprintf(buf, n, "%.0f s", s < 1 ? 1 : s);
    else
        snprintf(buf, n, "%.0f min %02.0f s", (double)((long)s / 60), (double)((long)s % 60));
}

void progress_case(struct progress *p, size_t settled, size_t cases, double left_s, const char *id)
{
    if (p->mode == PROGRESS_NONE)
        return;
    uint64_t now = tare_clock_system();
    if (p->last_ns && now - p->last_ns < (p->mode == PROGRESS_LINE ? line_every_ns : plain_every_ns))
        return;
    p->last_ns = now;
    char left[64], text[512];
    format_left(left, sizeof left, left_s);
    int n =
        snprintf(text, sizeof text, "%s%zu of %zu done, %s left at most, now %s", p->about, settled, cases, left, id);
    if (p->mode == PROGRESS_PLAIN) {
        fprintf(stderr, "%s\n", text);
        return;
    }
    if (n >= p->width)
        text[p->width - 1] = '\0';
    fprintf(stderr, "\r%s\033[K", text);
    fflush(stderr);
    p->shown = true;
}

void progress_end(struct progress *p)
{
    if (p->shown) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
    p->shown = false;
}
