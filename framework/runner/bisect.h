/* The search for the first bad one in a line of commits, apart from how a commit is tried. */
#ifndef TARE_RUNNER_BISECT_H
#define TARE_RUNNER_BISECT_H

#include <stddef.h>
#include <stdint.h>

enum trial { TRIAL_OPEN, TRIAL_GOOD, TRIAL_BAD, TRIAL_SKIPPED };

/* trials: [n], oldest first, by enum trial; what comes before the first is good, the last is bad. */

/* The one to try next: of those that may be the first bad one, the open one nearest to the middle. n when none is left
 * to try. */
size_t bisect_next(const uint8_t *trials, size_t n);

/* When none is left to try: the first bad one is in [*from, *to]; two equal numbers name it. */
void bisect_range(size_t *from, size_t *to, const uint8_t *trials, size_t n);

#endif
