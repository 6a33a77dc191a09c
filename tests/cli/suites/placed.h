/* A chain of dependent steps, in a library that the suite carries: `percent` more of them than a hundred, always or
 * only where this very function begins at a multiple of 64. */
#include <stdbool.h>
#include <stdint.h>

uint64_t placed_chain(uint64_t x, uint64_t percent, bool by_address);
