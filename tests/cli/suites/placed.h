/* A number of steps, in a library that the suite carries: `percent` more than two hundred, always or only where this
 * very function begins at a multiple of 64. */
#include <stdbool.h>

int placed_steps(int percent, bool by_address);
