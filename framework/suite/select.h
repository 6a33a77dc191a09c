/* Which suite files there are, and which cases a user's words name. */
#ifndef TARE_SUITE_SELECT_H
#define TARE_SUITE_SELECT_H

#include <stdbool.h>
#include <stddef.h>

/* Paths of suite files, sorted; owned. */
struct tare_paths {
    char **items;
    size_t n, capacity;
};

/* The .so files of every folder in $TARE_SUITES (colon-separated; a file counts as itself), else of ../lib/tare/suites
 * seen from the program's own folder. TARE_ENOENT names what is missing. */
int tare_suites_find(struct tare_paths *out);
int tare_paths_add(struct tare_paths *p, const char *path);
void tare_paths_free(struct tare_paths *p);

/* Whether a word on the command line names a suite file rather than a pattern: it ends in ".so". */
bool tare_is_suite_path(const char *word);

/* How a pattern meets an id. A pattern is a shell glob over the whole id, or the leading parts of it ("kernels",
 * "kernels/softmax"). */
enum tare_match {
    TARE_NO_MATCH,
    TARE_MATCH_SUITE, /* it names the suite as a whole: its core cases are meant */
    TARE_MATCH_CASE,  /* it names cases: every one it meets is meant */
};
enum tare_match tare_pattern_match(const char *pattern, const char *id);

#endif
