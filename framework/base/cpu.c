#include "framework/base/cpu.h"

#include "framework/base/error.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

static const struct level {
    const char *name;
    unsigned bit;
    unsigned up_to; /* the level and all weaker ones of its family */
} levels[] = {
    { "ref", TARE_CPU_REF, TARE_CPU_REF },
    { "avx2", TARE_CPU_AVX2, TARE_CPU_AVX2 },
    { "avx512", TARE_CPU_AVX512, TARE_CPU_AVX2 | TARE_CPU_AVX512 },
    { "avx512_vnni", TARE_CPU_AVX512_VNNI, TARE_CPU_AVX2 | TARE_CPU_AVX512 | TARE_CPU_AVX512_VNNI },
    { "neon", TARE_CPU_NEON, TARE_CPU_NEON },
    { "neon_dotprod", TARE_CPU_NEON_DOTPROD, TARE_CPU_NEON | TARE_CPU_NEON_DOTPROD },
};
enum { N_LEVELS = sizeof levels / sizeof *levels };

static pthread_once_t detected = PTHREAD_ONCE_INIT; /* cpuid leaves a virtual machine: ask once */
static unsigned own_levels;
static char brand[49];

#if defined(__x86_64__)

static uint64_t xgetbv0(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static bool all(uint32_t word, uint32_t bits)
{
    return (word & bits) == bits;
}

/* Bits: Intel SDM volume 2, CPUID, leaves 1 and 7; XCR0: volume 1, 13.3. */
static unsigned detect_levels(void)
{
    enum { XCR0_AVX = 0x6, XCR0_AVX512 = 0xe6 };
    const uint32_t fma = 1u << 12, osxsave = 1u << 27, avx = 1u << 28, f16c = 1u << 29;
    const uint32_t avx2 = 1u << 5, f = 1u << 16, dq = 1u << 17, cd = 1u << 28, bw = 1u << 30, vl = 1u << 31;
    const uint32_t vnni = 1u << 11;
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !all(c, fma | osxsave | avx | f16c))
        return TARE_CPU_REF;
    uint64_t enabled = xgetbv0();
    if (!all((uint32_t)enabled, XCR0_AVX) || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !all(b, avx2))
        return TARE_CPU_REF;
    unsigned found = TARE_CPU_AVX2;
    if (all((uint32_t)enabled, XCR0_AVX512) && all(b, f | dq | cd | bw | vl)) {
        found |= TARE_CPU_AVX512;
        if (all(c, vnni))
            found |= TARE_CPU_AVX512_VNNI;
    }
    return found;
}

static void detect_brand(void)
{
    uint32_t words[12];
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t *w = words + 4 * i;
        if (!__get_cpuid(0x80000002u + i, &w[0], &w[1], &w[2], &w[3]))
            return;
    }
    char text[sizeof words + 1] = { 0 };
    memcpy(text, words, sizeof words);
    const char *start = text + strspn(text, " ");
    size_t len = strlen(start);
    while (len && start[len - 1] == ' ')
        len--;
    memcpy(brand, start, len);
}

#elif defined(__aarch64__)

static unsigned detect_levels(void)
{
    unsigned long caps = getauxval(AT_HWCAP);
    unsigned found = TARE_CPU_REF;
    if (caps & HWCAP_ASIMD)
        found |= TARE_CPU_NEON;
    if ((caps & HWCAP_ASIMD) && (caps & HWCAP_ASIMDDP))
        found |= TARE_CPU_NEON_DOTPROD;
    return found;
}

static void detect_brand(void)
{
}

#else

static unsigned detect_levels(void)
{
    return TARE_CPU_REF;
}

static void detect_brand(void)
{
}

#endif

static void detect(void)
{
    own_levels = detect_levels();
    detect_brand();
}

unsigned tare_cpu_levels(void)
{
    pthread_once(&detected, detect);
    return own_levels;
}

const char *tare_cpu_brand(void)
{
    pthread_once(&detected, detect);
    return brand;
}

const char *tare_cpu_level_name(unsigned level)
{
    for (size_t i = 0; i < N_LEVELS; i++)
        if (levels[i].bit == level)
            return levels[i].name;
    return "unknown";
}

/* The names of the levels in `have`, for a message. */
static void list_levels(char *text, size_t size, unsigned have)
{
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < N_LEVELS && len < size; i++)
        if ((levels[i].bit & have) == levels[i].bit)
            len += (size_t)snprintf(text + len, size - len, "%s%s", len ? ", " : "", levels[i].name);
}

int tare_cpu_mask(unsigned *left, const char *mask, unsigned have)
{
    if (!mask) {
        *left = have;
        return TARE_OK;
    }
    char names[128];
    for (size_t i = 0; i < N_LEVELS; i++) {
        const struct level *l = &levels[i];
        if (strcmp(l->name, mask) != 0)
            continue;
        if ((have & l->bit) != l->bit) {
            list_levels(names, sizeof names, have);
            return tare_fail(TARE_EUSAGE, "cpu mask '%s': this processor has only %s", mask, names);
        }
        *left = have & l->up_to;
        return TARE_OK;
    }
    list_levels(names, sizeof names, ~0u);
    return tare_fail(TARE_EUSAGE, "cpu mask '%s': unknown; one of %s", mask, names);
}
