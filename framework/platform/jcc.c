#include "framework/platform/jcc.h"

#include <stddef.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

bool tare_jcc_affects(unsigned family, unsigned model, unsigned stepping)
{
    static const struct {
        unsigned model, last_stepping;
    } affected[] = {
        { 0x4e, 3 },  { 0x5e, 3 },  /* Skylake */
        { 0x55, 7 },                /* Skylake and Cascade Lake servers; Cooper Lake follows */
        { 0x8e, 12 }, { 0x9e, 13 }, /* Kaby, Coffee, Amber, Whiskey, Comet Lake */
        { 0xa6, 0 },  { 0xae, 10 }, /* Comet Lake */
    };
    for (size_t i = 0; i < sizeof affected / sizeof *affected; i++)
        if (family == 6 && model == affected[i].model && stepping <= affected[i].last_stepping)
            return true;
    return false;
}

bool tare_jcc_here(void)
{
#if defined(__x86_64__)
    unsigned a, b, c, d;
    if (!__get_cpuid(0, &a, &b, &c, &d) || b != signature_INTEL_ebx || !__get_cpuid(1, &a, &b, &c, &d))
        return false;
    return tare_jcc_affects(((a >> 8) & 15) + ((a >> 20) & 255), ((a >> 4) & 15) | ((a >> 12) & 0xf0), a & 15);
#else
    return false;
#endif
}
