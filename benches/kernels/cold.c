#include "benches/kernels/cold.h"

#include <stdint.h>

enum { LINE = 64 };

#if defined(__x86_64__)
#include <cpuid.h>
#include <emmintrin.h>

bool cold_can_flush(void)
{
    return true; /* clflush is of SSE2 */
}

static bool has_clflushopt(void)
{
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_CLFLUSHOPT);
}

void cold_flush(const void *data, size_t bytes)
{
    const char *line = (const char *)((uintptr_t)data & ~(uintptr_t)(LINE - 1)), *end = (const char *)data + bytes;
    if (has_clflushopt())
        for (; line < end; line += LINE)
            __asm__ volatile("clflushopt %0" : : "m"(*line));
    else
        for (; line < end; line += LINE)
            _mm_clflush(line);
    _mm_mfence();
}
#elif defined(__aarch64__)
bool cold_can_flush(void)
{
    return true;
}

void cold_flush(const void *data, size_t bytes)
{
    const char *line = (const char *)((uintptr_t)data & ~(uintptr_t)(LINE - 1)), *end = (const char *)data + bytes;
    for (; line < end; line += LINE)
        __asm__ volatile("dc civac, %0" : : "r"(line) : "memory");
    __asm__ volatile("dsb sy" : : : "memory");
}
#else
bool cold_can_flush(void)
{
    return false;
}

void cold_flush(const void *data, size_t bytes)
{
    (void)data;
    (void)bytes;
}
#endif
