/* Words a user types: the nearest known name, and shell patterns. */
#ifndef TARE_BASE_TEXT_H
#define TARE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* The name nearest to `word` by edits: a byte added, dropped, replaced, or two neighbours exchanged (Damerau 1964,
 * Levenshtein 1966; no part is edited twice). The first of equals; NULL when n is 0 or none is within a third of the
 * word. Looks at 255 bytes of a word. */
const char *tare_nearest(const char *word, const char *const *names, size_t n);

/* The number of edits between two words, as tare_nearest counts them. */
size_t tare_edit_distance(const char *a, const char *b);

/* Does the whole text match a shell pattern? `*` is any text, `/` included; `?` one character; `[...]` one of a set. */
bool tare_glob(const char *pattern, const char *text);

#endif
