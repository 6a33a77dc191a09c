/* Commands that are programs of their own: `tare NAME ...` runs lib/tare/commands/tare-NAME, found from the program's
 * own place. What a command does stands in one line beside it, in tare-NAME.about. */
#ifndef TARE_RUNNER_PROGRAMS_H
#define TARE_RUNNER_PROGRAMS_H

#include <stddef.h>

struct program {
    char *name, *path;
    char *about; /* one line, "" where nothing says it */
};

struct programs {
    struct program *items; /* by name */
    size_t n, capacity;
};

/* Those there are; none where there is no such folder. */
int programs_find(struct programs *p);
void programs_free(struct programs *p);

/* Becomes the program; argv is that of its first argument on, NULL-terminated. Returns only when that fails. */
int programs_run(const struct program *p, int argc, char **argv);

#endif
