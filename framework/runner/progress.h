/* Progress on standard error: one line rewritten on a terminal, a plain line now and then elsewhere. */
#ifndef TARE_RUNNER_PROGRESS_H
#define TARE_RUNNER_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum progress_mode { PROGRESS_NONE, PROGRESS_PLAIN, PROGRESS_LINE };

struct progress {
    enum progress_mode mode;
    int width; /* columns, 0 unknown */
    uint64_t begin_ns, last_ns;
    bool shown;
    char about[64]; /* what the cases are part of, printed before; "" for nothing */
};

void progress_begin(struct progress *p, enum progress_mode mode, int width);

/* A case is about to be visited: `settled` of `cases` are done, about left_s seconds remain. */
void progress_case(struct progress *p, size_t settled, size_t cases, double left_s, const char *id);
void progress_end(struct progress *p); /* wipes the line */

#endif
