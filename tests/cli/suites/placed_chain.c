#include "tests/cli/suites/placed.h"

__attribute__((aligned(64))) uint64_t placed_chain(uint64_t x, uint64_t percent, bool by_address)
{
    bool slow = !by_address || (uintptr_t)placed_chain % 64 == 0;
    uint64_t steps = 2 * (100 + (slow ? percent : 0));
    for (uint64_t k = 0; k < steps; k++) {
        x = x * 0x9e3779b97f4a7c15u + 1;
        __asm__ volatile("" : "+r"(x));
    }
    return x;
}
