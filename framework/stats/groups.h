/* Natural groups of values on a line. */
#ifndef TARE_STATS_GROUPS_H
#define TARE_STATS_GROUPS_H

#include <stddef.h>

enum { TARE_MOST_GROUPS = 3 };

/* Parts sorted values into at most three neighbouring groups whose squares within are least (Fisher 1958, On Grouping
 * for Maximum Homogeneity), all of whose means lie `apart` or more from the next; fewer groups where they do not.
 * Cuts are sought at the widest gap about each multiple of n / 32 alone, and the outer 32nds count as no further out
 * than where they begin, so that a few outliers make no group. ends[i]: one past the last value of group i. Returns how
 * many groups there are; one where n < 32. */
size_t tare_groups(size_t ends[TARE_MOST_GROUPS], const double *sorted, size_t n, double apart);

#endif
