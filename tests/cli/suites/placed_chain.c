#include "tests/cli/suites/placed.h"

#include <stdint.h>

__attribute__((aligned(64))) int placed_steps(int percent, bool by_address)
{
    bool slow = !by_address || (uintptr_t)placed_steps % 64 == 0;
    return 2 * (100 + (slow ? percent : 0));
}
